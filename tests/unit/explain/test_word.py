import math

import pytest

from tasks.errors import InputError
from tasks.explain.word import LINES, LONGEST, explain
from tests import tiny_corpus
from tests.tiny_corpus import lexicon_row, rows


@pytest.fixture
def tables():
    made = rows()
    # Three of the characters are words too, so that words have another spelling with a cost.
    made["lexicon"] += [lexicon_row(c, 0, 0.0625, 4.0) for c in "科学名"]
    return made


@pytest.fixture
def corpus(tables):
    with tiny_corpus.views_of(tables) as connection:
        yield connection


def test_a_word_of_the_lexicon_is_told_with_all_its_figures(corpus):
    told = explain(corpus, "科学")
    assert (told.in_lexicon, told.is_known) == (True, True)
    assert (told.occurrences, told.occurrence_documents, told.documents) == (3, 2, 2)
    assert (told.figures.token_count, told.figures.token_documents) == (3, 2)
    assert (told.figures.left_entropy, told.figures.lexicon_gain) == (0.5, 30.0)
    assert told.bits == 1.0
    assert (told.other_spelling.parts, told.other_spelling.bits, told.saved_bits) == (("科", "学"), 8.0, 7.0)
    assert [(part.string, part.raw_count) for part in told.parts] == [("科", 3), ("学", 3)]
    assert (told.decision.kept, told.decision.step, told.decision.detail) == (
        True,
        "kept",
        "pmi 0.50 below 1.00",
    )
    assert (told.interval.low, told.interval.high) == (2, 4)


def test_its_contexts_are_sentences_of_every_document(corpus):
    told = explain(corpus, "科学")
    found = [(c.record, c.sentence_no, c.start, c.before, c.after, c.is_token) for c in told.contexts]
    assert found == [
        (11, 0, 2, "中外", "。", True),
        (12, 0, 0, "", " 名著", True),
        (11, 1, 0, "", "名著", True),
    ]
    assert {c.source for c in told.contexts} == {"news/1.txt"}


def test_a_dropped_candidate_has_the_cost_it_would_have(corpus):
    told = explain(corpus, "学名")
    assert (told.in_lexicon, told.is_known) == (False, True)
    assert (told.decision.kept, told.decision.reason) == (False, "low_pmi")
    assert told.occurrences == 1
    assert told.bits == pytest.approx(math.log2(7))
    assert told.saved_bits == pytest.approx(8 - math.log2(7))
    assert told.interval is None
    assert [(c.before, c.word, c.after, c.is_token) for c in told.contexts] == [("科", "学名", "著", False)]


def test_an_advantage_in_nats_is_told_in_bits(tables):
    tables["lexicon_decisions"][0] |= {"parts": "科 学", "parts_advantage": math.log(8)}
    with tiny_corpus.views_of(tables) as corpus:
        assert explain(corpus, "科学").decision.advantage_bits == pytest.approx(3.0)


def test_a_string_that_no_table_knows_is_told_by_its_parts(corpus):
    told = explain(corpus, "外科学")
    assert not told.is_known
    assert (told.occurrences, told.decision, told.figures.pmi) == (1, None, None)
    assert told.other_spelling.parts == ("外", "科学")
    assert (told.other_spelling.bits, told.saved_bits) == (None, None)
    assert [(part.string, part.raw_count, part.bits) for part in told.parts] == [
        ("外", 1, None),
        ("科学", 3, 1.0),
    ]


def test_a_string_with_a_blank_is_counted_as_it_stands(corpus):
    told = explain(corpus, "学 名")
    assert (told.occurrences, told.is_known) == (1, False)
    assert [part.string for part in told.parts] == ["学", "名"]


def test_a_token_is_shown_rather_than_an_earlier_occurrence(tables):
    tables["tokens"] = [row | {"word": "著"} if row["word"] == "名著" else row for row in tables["tokens"]]
    tables["sentences"][1]["text"] = tables["documents"][0]["text"] = "著科学著"
    tables["tokens"] = [t for t in tables["tokens"] if t["sentence_no"] == 0] + [
        {"doc_id": 11, "sentence_no": 1, "start": 3, "word": "著"}
    ]
    with tiny_corpus.views_of(tables) as corpus:
        assert [(c.start, c.is_token) for c in explain(corpus, "著").contexts if c.record == 11] == [
            (3, True)
        ]


def test_a_part_of_no_probability_leaves_the_cost_unknown(tables):
    tables["lexicon"][-3:] = [lexicon_row(c, 0, 0.0, math.inf) for c in "科学名"]
    with tiny_corpus.views_of(tables) as corpus:
        told = explain(corpus, "科学")
    assert (told.other_spelling.parts, told.other_spelling.bits) == (("科", "学"), None)


def test_what_a_user_decided_of_a_word_that_never_occurs_is_told(tables):
    tables["lexicon"].append(lexicon_row("学中", 0, 0.0, math.inf))
    forced = {"kept": True, "step": "user", "reason": "forced", "detail": "the user dictionary forces it"}
    forbidden = {"kept": False, "step": "user", "reason": "forbidden", "count": 0}
    tables["lexicon_decisions"] += [
        tiny_corpus.decision("学中", True) | forced | {"count": 0},
        tiny_corpus.decision("龘", False) | forbidden,
    ]
    with tiny_corpus.views_of(tables) as corpus:
        told = explain(corpus, "学中")
        banned = explain(corpus, "龘")
    assert (told.in_lexicon, told.decision.reason, told.decision.kept) == (True, "forced", True)
    assert (told.occurrences, told.occurrence_documents, told.figures.token_count) == (0, 0, 0)
    assert (told.bits, told.saved_bits, told.interval, told.contexts) == (None, None, None, ())
    assert (banned.in_lexicon, banned.decision.reason, banned.occurrences) == (False, "forbidden", 0)
    assert (banned.bits, banned.contexts) == (None, ())


def test_overlaps_count_where_ngrams_do_not_go(tables):
    tables["sentences"][1]["text"] = "哈哈哈哈"
    with tiny_corpus.views_of(tables) as corpus:
        assert explain(corpus, "哈哈哈").occurrences == 2


def test_lines_come_from_all_over_a_larger_corpus(tables):
    many = range(100, 150)
    tables["documents"] = [tiny_corpus.document(n, "科学。科学") for n in many]
    tables["sentences"] = [
        {"doc_id": n, "sentence_no": s, "start": 3 * s, "chars": 3, "text": "科学。"}
        for n in many
        for s in (0, 1)
    ]
    with tiny_corpus.views_of(tables) as corpus:
        told = explain(corpus, "科学")
    assert [c.record for c in told.contexts] == [105, 115, 125, 135, 145]
    assert len(told.contexts) == LINES


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("", f"1 to {LONGEST} characters, got 0"),
        ("科" * (LONGEST + 1), f"1 to {LONGEST} characters, got {LONGEST + 1}"),
        ("龘", "'龘' does not, anywhere"),
        ("' or 1=1 --", "does not, anywhere"),
        ("%", "does not, anywhere"),
        ("\udcff", "must be text in UTF-8"),
    ],
)
def test_what_cannot_be_explained_is_refused(corpus, word, says):
    with pytest.raises(InputError, match=r"^a word must") as caught:
        explain(corpus, word)
    assert says in str(caught.value)
