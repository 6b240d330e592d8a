"""`minlex train text-vae`: tables, the ladder's rung, texts written and kept, and what a kill must not change."""

import shutil
import subprocess
from pathlib import Path

import pytest

from flows.mine_corpus import mine_corpus
from flows.train_language_model import train_language_model
from flows.train_text_vae import train_text_vae
from tasks.errors import InputError
from tasks.settings import (
    EngineSettings,
    EvaluationSettings,
    LanguageModelSettings,
    LexiconSettings,
    MineSettings,
    TextVaeSettings,
    TrainingSettings,
)
from tests.flows.conftest import MinlexCommand
from tests.flows.killed_training import bytes_made, kill_once_kept, start
from tests.flows.newspaper import lines
from tests.flows.test_mine_corpus import query, write

MINED = MineSettings(
    lexicon=LexiconSettings(method="four-step", min_count=3),
    engine=EngineSettings(workers=1),
    evaluation=EvaluationSettings(held_out_share=0.2),
)
SMALL = TextVaeSettings(
    dimensions=4,
    embedding=8,
    width=16,
    longest=20,
    draws=5,
    shown=8,
    training=TrainingSettings(epochs=2, batch=16, learning_rate=0.02, validation_share=0.1, threads=1),
)
SETTINGS = """[text_vae]
dimensions = 4
embedding = 8
width = 16
longest = 20
draws = 5
[text_vae.training]
epochs = 2
batch = 16
learning_rate = 0.02
validation_share = 0.1
checkpoint_steps = 1
threads = 1
"""


@pytest.fixture(scope="module")
def mined(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("text-vae")
    text = write(folder / "news.txt", lines(300, seed=1))
    mine_corpus([str(text)], "news", str(folder / "home"), MINED)
    return folder / "home"


@pytest.fixture(scope="module")
def trained(mined: Path) -> tuple[Path, str]:
    return mined, train_text_vae("news", str(mined), SMALL)


def rungs(home: Path) -> dict[str, float]:
    return dict(query(home, "select rung, bits_per_char from news.entropy_ladder order by step"))


def test_the_bound_joins_the_ladder_on_the_same_characters(trained: tuple[Path, str]) -> None:
    home = trained[0]
    assert list(rungs(home))[-1] == "text_vae"
    assert rungs(home)["text_vae"] < rungs(home)["uniform"]
    assert query(home, "select count(distinct chars) from news.entropy_ladder") == [(1,)]
    assert query(home, "select bound from news.entropy_ladder where rung = 'text_vae'") == [(True,)]
    figures = dict(query(home, "select metric, value from news.metrics where stage = 'train_text_vae'"))
    assert figures["text_vae_iwae_bits"] == rungs(home)["text_vae"]
    assert set(figures) == {
        f"text_vae_{name}"
        for name in (
            "kl", "active_units", "mutual_information", "reconstruction_accuracy", "iwae_bits", "twin_bits",
        )
    }  # fmt: skip


def test_what_it_writes_names_the_sentences_and_their_documents(trained: tuple[Path, str]) -> None:
    home, page = trained
    kinds = query(home, "select kind, count(*) from news.vae_texts group by kind order by kind")
    assert kinds == [("interpolation", 4 * 7), ("reconstruction", 8), ("sample", 8)]
    strangers = query(
        home,
        "select count(*) from news.vae_texts v left join news.documents d using (doc_id) "
        "where v.source is not null and (d.text is null or not contains(d.text, v.source))",
    )
    assert strangers == [(0,)]
    html = Path(page).read_text(encoding="utf-8")
    assert "A machine that writes sentences from points" in html
    [(sample,)] = query(home, "select text from news.vae_texts where kind = 'sample' and number = 1")
    assert sample in html


def test_the_same_settings_train_nothing_anew_and_other_models_keep_the_rung(
    trained: tuple[Path, str],
) -> None:
    home = trained[0]
    bits = rungs(home)["text_vae"]
    before = {path: path.stat().st_mtime_ns for path in (home / "models").rglob("model.safetensors")}
    train_text_vae("news", str(home), SMALL)
    assert {path: path.stat().st_mtime_ns for path in (home / "models").rglob("model.safetensors")} == before
    train_language_model("news", str(home), LanguageModelSettings(order=2, gpt2="none"))
    assert rungs(home)["text_vae"] == bits
    mine_corpus([str(home.parent / "news.txt")], "news", str(home), MINED)
    assert rungs(home)["text_vae"] == bits


def test_it_writes_and_what_it_wrote_is_kept(trained: tuple[Path, str], minlex: MinlexCommand) -> None:
    home = trained[0]

    def generate(*options: object) -> subprocess.CompletedProcess[str]:
        return minlex("generate", "--corpus", "news", "--home", home, "--model", "text-vae", *options)

    drawn = generate("-n", 3, "--max-length", 30, "--seed", 5)
    assert drawn.returncode == 0, drawn.stderr
    assert len(drawn.stdout.splitlines()) == 3
    kept = generate("--prompt", "中国", "--top-k", 5, "--max-length", 8, "--keep")
    assert kept.returncode == 0, kept.stderr
    rows = query(home, "select prompt, text, kind from news.generations join news.models using (model_id)")
    assert [(prompt + text, kind) for prompt, text, kind in rows] == [(kept.stdout.strip("\n"), "text-vae")]


def test_of_words_it_is_another_model_of_the_same_kind(mined: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(mined, home)
    train_text_vae("news", str(home), SMALL.model_copy(update={"unit": "words"}))
    assert query(home, "select count(*) from news.models where kind = 'text-vae'") == [(1,)]
    assert rungs(home)["text_vae"] < rungs(home)["uniform"]


def test_a_corpus_that_is_not_mined_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"must be one mined below .*; got 'other'"):
        train_text_vae("other", str(tmp_path / "home"), SMALL)


@pytest.mark.slow
def test_a_corpus_without_documents_to_spare_is_one_line(tmp_path: Path) -> None:
    text = write(tmp_path / "two.txt", lines(2, seed=1))
    mine_corpus([str(text)], "two", str(tmp_path / "home"), MINED)
    with pytest.raises(InputError, match="corpus 'two' must have three documents and more"):
        train_text_vae("two", str(tmp_path / "home"), SMALL)


@pytest.mark.slow
def test_a_training_that_was_killed_ends_with_the_same_bytes(mined: Path, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(SETTINGS, encoding="utf-8")
    homes = {name: tmp_path / name for name in ("whole", "killed")}
    for home in homes.values():
        shutil.copytree(mined, home)

    def begin(name: str) -> subprocess.Popen[bytes]:
        return start("text-vae", "news", homes[name], "--settings", tmp_path / "settings.toml")

    assert begin("whole").wait(timeout=600) == 0
    checkpoints = homes["killed"] / "models" / "news" / ".checkpoints"
    # One kill while the twin is trained, one while the VAE is.
    for pattern in ("twin-*.safetensors", "[!t]*.safetensors"):
        assert kill_once_kept(begin("killed"), checkpoints, pattern), "no training was there to be killed"
    assert begin("killed").wait(timeout=600) == 0
    tables = {"models", "training_curves", "entropy_ladder", "vae_texts"}
    assert bytes_made(homes["killed"], "news", tables) == bytes_made(homes["whole"], "news", tables)
    assert not list(checkpoints.glob("*"))
