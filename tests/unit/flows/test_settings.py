from pathlib import Path

import pytest

from minlex.settings import mine_settings, training_settings
from tasks.errors import InputError
from tasks.settings import CrfSettings, EngineSettings, IngestSettings, MineSettings, NgramSettings


@pytest.fixture
def toml(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "settings.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write


def refused(*args, **options):
    with pytest.raises(InputError) as caught:
        mine_settings(*args, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_a_file_or_options_there_are_defaults():
    assert mine_settings(None) == MineSettings()
    assert mine_settings(None, ingest={"sample": None}, engine={}) == MineSettings()


def test_a_file_is_merged_with_the_defaults(toml):
    file = toml("[ingest]\nunit = 'file'\n[ngrams]\nmax_order = 4\n")
    assert mine_settings(file) == MineSettings(
        ingest=IngestSettings(unit="file"), ngrams=NgramSettings(max_order=4)
    )


def test_options_win_over_the_file_name_by_name(toml):
    file = toml("[ingest]\nunit = 'file'\nsample = 5\n[engine]\nworkers = 3\nmemory_mb = 512\n")
    chosen = mine_settings(file, ingest={"sample": 7}, engine={"workers": None, "memory_mb": 256})
    assert chosen.ingest == IngestSettings(unit="file", sample=7)
    assert chosen.engine == EngineSettings(workers=3, memory_mb=256)


def test_an_empty_file_is_the_defaults(toml):
    assert mine_settings(toml("")) == MineSettings()


def test_files_that_a_file_names_lie_beside_it(toml, tmp_path, monkeypatch):
    file = toml(
        "[lexicon]\nforce = 'force.txt'\nforbid = '../forbid.txt'\nknown = '/lists/known.txt'\n"
        "[evaluation]\ngold = '~/gold.txt'\n[crf]\ngold = 'gold.conll'\n"
    )
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for path in (file, Path("..") / file.name):
        chosen = mine_settings(path)
        assert chosen.lexicon.force == str(tmp_path / "force.txt")
        assert chosen.lexicon.forbid == str(tmp_path / "../forbid.txt")
        assert chosen.lexicon.known == "/lists/known.txt"
        assert chosen.evaluation.gold == "~/gold.txt"
        assert training_settings(CrfSettings, "crf", path).gold == str(tmp_path / "gold.conll")
    assert mine_settings(file, lexicon={"force": "/given"}).lexicon.force == "/given"


def test_words_in_a_file_stay_words(toml):
    assert mine_settings(toml("[lexicon]\nforce = ['force.txt']")).lexicon.force == ("force.txt",)


def test_a_mark_of_byte_order_is_not_read(toml):
    assert mine_settings(toml("[ngrams]\nmax_order = 4\n", "utf-8-sig")).ngrams.max_order == 4


def test_one_file_serves_mine_and_train(toml):
    file = toml("[ngrams]\nmax_order = 4\n[crf]\nmembers = 2\n[topics]\ntopics = 7\n")
    assert mine_settings(file) == MineSettings(ngrams=NgramSettings(max_order=4))
    assert training_settings(CrfSettings, "crf", file).members == 2


@pytest.mark.parametrize("text", ["[CRF]\nmembers = 2", "members = 2", "[lexikon]"])
def test_a_table_that_no_command_knows_is_refused_by_both(toml, text):
    file = toml(text)
    told = refused(file)
    assert told.startswith("settings must be tables named ingest, ngrams, lexicon, ")
    assert "lm; got " in told
    with pytest.raises(InputError, match="settings must be tables named"):
        training_settings(CrfSettings, "crf", file)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "[ngrams]\nmax_order = 99",
            "setting ngrams.max_order: input should be less than or equal to 16; got 99",
        ),
        (
            "[engine]\nmaster = 'yarn'",
            "setting engine.master: input should be local, local[THREADS] or spark://HOST:PORT; got 'yarn'",
        ),
        (
            '[engine]\nmaster = "local\\n"',
            "setting engine.master: input should be local, local[THREADS] or spark://HOST:PORT; got 'local\\n'",
        ),
        ("[ngrams]\nmax_oder = 2", "setting ngrams.max_oder: extra inputs are not permitted; got 2"),
        (
            "[ingest]\nunit = 'word'",
            "setting ingest.unit: input should be 'line', 'paragraph' or 'file'; got 'word'",
        ),
    ],
    ids=["bounds", "engine", "engine-and-line-end", "name", "choice"],
)
def test_a_setting_that_is_refused_is_named_with_its_value(toml, text, error):
    assert refused(toml(text)) == error


def test_every_setting_that_is_refused_is_named(toml):
    text = refused(toml("[ngrams]\nmax_order = 0\nmin_count = 'x'"))
    assert text.startswith("setting ngrams.max_order: ")
    assert "; setting ngrams.min_count: " in text


def test_an_option_out_of_bounds_is_refused():
    assert refused(None, ingest={"sample": 0}).startswith("setting ingest.sample: ")


@pytest.mark.parametrize("value", ["3", "'x'", "[1]", "true"])
def test_a_stage_that_is_no_table_is_refused_with_and_without_options(toml, value):
    file = toml(f"ingest = {value}")
    for options in ({}, {"ingest": {"sample": 7}}):
        assert refused(file, **options).startswith("setting ingest: input should be a valid dictionary")


def test_a_missing_file_is_refused(tmp_path):
    missing = tmp_path / "none.toml"
    assert refused(missing) == f"cannot read settings {str(missing)!r}: No such file or directory"
    assert refused(tmp_path) == f"cannot read settings {str(tmp_path)!r}: Is a directory"


@pytest.mark.parametrize("text", ["[ingest", "unit: line", "a = 1\na = 2", b"\xff\xfe", b"a = '\0'"])
def test_a_file_that_is_not_toml_is_refused(toml, text):
    file = toml(text)
    assert refused(file).startswith(f"settings {str(file)!r} are not TOML: ")
