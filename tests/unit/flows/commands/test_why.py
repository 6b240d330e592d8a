import json

import pytest

from flows.commands.why import why
from tasks.errors import InputError
from tasks.settings import IngestSettings, MineSettings
from tests import tiny_corpus


@pytest.fixture(scope="module")
def published_home(tmp_path_factory):
    """One home for all tests here, which only read it."""
    home = tmp_path_factory.mktemp("home")
    tiny_corpus.publish(home, "tiny", tiny_corpus.rows())
    tiny_corpus.publish(home, "half", {"words": []})
    return home


def told(home, capsys, word, **options):
    why(word, "tiny", str(home), **options)
    return capsys.readouterr().out


def test_a_word_is_told_line_by_line(published_home, capsys):
    lines = [" ".join(line.split()) for line in told(published_home, capsys, "科学").splitlines()]
    assert lines[0] == "科学 in tiny: a word of the lexicon"
    assert "occurrences 3 in 2 of 2 documents" in lines
    assert "uses as a token 3 in 2 of 2 documents; 2 to 4 in 95 % of 10000 draws" in lines
    assert "gain as a word 30.00 bits of the corpus, over its parts" in lines
    assert "left entropy 0.50 nats, of the character before" in lines
    assert "best other spelling 科 学: of unknown cost, not all of them are in the lexicon" in lines
    assert "decision kept, kept: pmi 0.50 below 1.00" in lines
    assert "科 3 0 not in the lexicon" in lines
    assert "in the text, 3 of 3" in lines
    assert "中外 科学 。 a token news/1.txt:11" in lines


@pytest.mark.parametrize(
    ("word", "verdict"),
    [
        ("学名", "considered and dropped"),
        ("外科", "no table knows it; it only occurs in the text"),
        ("中", "counted, but never a candidate"),
    ],
)
def test_what_is_no_word_is_said_to_be_none(published_home, capsys, word, verdict):
    out = told(published_home, capsys, word)
    assert out.splitlines()[0] == f"{word} in tiny: {verdict}"
    assert "were each occurrence a use" in out
    assert ("dropped at step cut, low_pmi: pmi 0.50 below 1.00" in out) == (word == "学名")


def test_a_forced_word_that_never_occurs_is_told_to_be_forced(home, capsys):
    rows = tiny_corpus.rows()
    rows["lexicon"].append(tiny_corpus.lexicon_row("学中", 0, 0.0, float("inf")))
    forced = {"step": "user", "reason": "forced", "detail": "the user dictionary forces it", "count": 0}
    rows["lexicon_decisions"].append(tiny_corpus.decision("学中", True) | forced)
    tiny_corpus.publish(home, "tiny", rows)
    lines = [" ".join(line.split()) for line in told(home, capsys, "学中").splitlines()]
    assert lines[0] == "学中 in tiny: forced by the user dictionary, occurs 0 times"
    assert "cost of a use not defined: it is never used" in lines
    assert "decision kept, forced: the user dictionary forces it" in lines
    assert not any(line.startswith("in the text") for line in lines)
    found = json.loads(told(home, capsys, "学中", json=True))
    assert (found["occurrences"], found["bits"], found["decision"]["reason"]) == (0, None, "forced")


def test_json_has_it_all_in_one_object(published_home, capsys):
    found = json.loads(told(published_home, capsys, "科学", json=True, seed=7))
    assert (found["corpus"], found["word"], found["occurrences"]) == ("tiny", "科学", 3)
    assert found["interval"] == {
        "low": 2,
        "high": 4,
        "level": 0.95,
        "draws": 10_000,
        "seed": 7,
        "method": "documents drawn with replacement (multinomial), percentile interval",
    }
    assert found["contexts"][0]["before"] == "中外"
    assert found["other_spelling"] == {"parts": ["科", "学"], "bits": None}
    assert found["decision"]["kept"] is True


def test_no_control_character_of_the_text_reaches_the_terminal(home, capsys):
    rows = tiny_corpus.rows()
    rows["sentences"][0]["text"] = "\x1b[2J中外\u202e\u3000科学。"
    rows["tokens"] = rows["tokens"][1:]
    tiny_corpus.publish(home, "tiny", rows)
    out = told(home, capsys, "中外")
    assert "\ufffd[2J" in out
    assert "\ufffd\u3000科学。" in out
    assert not {"\x1b", "\u202e"} & set(out)


def test_a_word_is_folded_as_the_corpus_was(home, capsys):
    settings = MineSettings(ingest=IngestSettings(script="simplified", width="half"))
    rows = tiny_corpus.rows()
    rows["sentences"][0]["text"] = "AB科学。"
    tiny_corpus.publish(home, "tiny", rows, settings=settings.model_dump(mode="json"))
    assert told(home, capsys, "Ａ\uff22科學").startswith("AB科学 in tiny: no table knows it")


def test_what_does_not_occur_or_is_not_mined_is_refused(published_home):
    for word, corpus, says in (
        ("龘", "tiny", "'龘' does not, anywhere"),
        ("科学", "news", "corpus must be one mined below .*: half, tiny; got 'news'"),
        ("科学", "x; drop", "got 'x; drop'"),
    ):
        with pytest.raises(InputError, match=says):
            why(word, corpus, str(published_home))
    with pytest.raises(
        InputError, match=r"'half' has no documents, lexicon, lexicon_decisions, ngrams, .* yet"
    ):
        why("科学", "half", str(published_home))
