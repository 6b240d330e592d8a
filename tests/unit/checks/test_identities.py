import sys

import pytest

from tasks.checks.identities import IDENTITIES, check_identity, identities_of
from tasks.tables import TABLES
from tests.tiny_corpus import decision, document, gram, lexicon_row, reject, rows, views_of

BY_NAME = {identity.name: identity for identity in IDENTITIES}
FOUND = "sentences are found in their documents"
CHARACTERS = "order-1 counts sum to the characters of the sentences"
ONE = "probabilities of the lexicon sum to 1"
DECIDED = "every word of the lexicon was decided on"
SPELL = "tokens spell their sentences"
COUNTS = "counts of the words sum to the tokens"
REFUSED = "no line or file was refused"
DAMAGED = "no text was damaged before it came here"


def change(table, row, **values):
    def corrupt(tables):
        tables[table][row].update(values)

    return corrupt


def drop(table, row):
    def corrupt(tables):
        del tables[table][row]

    return corrupt


def add(table, row):
    def corrupt(tables):
        tables[table].append(row)

    return corrupt


def empty(table):
    def corrupt(tables):
        tables[table].clear()

    return corrupt


def blank_for_a_character(tables):
    tables["tokens"][5:] = [{"doc_id": 12, "sentence_no": 0, "start": 0, "word": "科学 名"}]


def finding_of(identity, tables):
    with views_of({name: tables[name] for name in identity.tables}) as views:
        return check_identity(views, identity)


def token(doc_id, sentence_no, start, word):
    return {"doc_id": doc_id, "sentence_no": sentence_no, "start": start, "word": word}


CORRUPTIONS = [
    (FOUND, "a sentence shifted", change("sentences", 1, start=4), 1),
    (FOUND, "a character changed", change("sentences", 0, text="中外科學。"), 1),
    (FOUND, "a sentence longer than its document", change("sentences", 1, text="科学名著。"), 1),
    (FOUND, "a document lost", drop("documents", 0), 2),
    (FOUND, "a document's text changed", change("documents", 1, text="科学名著"), 1),
    (CHARACTERS, "a count too high", change("ngrams", 0, count=5), 2),
    (CHARACTERS, "a character lost", drop("ngrams", 2), 2),
    (CHARACTERS, "a character too many", add("ngrams", gram("新", 1)), 1),
    (CHARACTERS, "a sentence lost", drop("sentences", 2), 4),
    (CHARACTERS, "nothing counted", empty("ngrams"), 13),
    (ONE, "a probability changed", change("lexicon", 0, probability=0.500001), 1e-6),
    (ONE, "a word lost", drop("lexicon", 0), 0.5),
    (ONE, "no words", empty("lexicon"), float("inf")),
    (DECIDED, "a word without a decision", add("lexicon", lexicon_row("新", 1, 0.0, 9.0)), 1),
    (DECIDED, "a kept candidate without a word", add("lexicon_decisions", decision("新词", True)), 1),
    (DECIDED, "a word that was dropped", change("lexicon_decisions", 0, kept=False), 1),
    (SPELL, "a token lost", drop("tokens", 3), 1),
    (SPELL, "a token twice", add("tokens", token(11, 0, 0, "中外")), 1),
    (SPELL, "a character changed", change("tokens", 0, word="中內"), 1),
    (SPELL, "a token shifted", change("tokens", 5, start=1), 1),
    (SPELL, "tokens that overlap", change("tokens", 4, start=1, word="学名"), 1),
    (SPELL, "a sentence without tokens", add("sentences", rows()["sentences"][0] | {"doc_id": 13}), 1),
    (SPELL, "a token of no sentence", add("tokens", token(13, 0, 0, "新")), 1),
    (SPELL, "a blank in place of a character", blank_for_a_character, 1),
    (COUNTS, "a count too high", change("words", 0, count=9), 6),
    (COUNTS, "a word lost", drop("words", 1), 2),
    (COUNTS, "a token lost", drop("tokens", 0), 1),
    (COUNTS, "no words", empty("words"), 7),
    (REFUSED, "a file refused", add("rejects", reject("news/2.txt")), 1),
    (DAMAGED, "characters replaced", add("documents", document(13, "x", replaced=3)), 3),
]


def test_every_identity_is_broken_by_a_corruption_here():
    assert {name for name, *_ in CORRUPTIONS} == set(BY_NAME)


@pytest.mark.parametrize("identity", IDENTITIES, ids=BY_NAME)
def test_identity_holds_on_a_consistent_corpus(identity):
    finding = finding_of(identity, rows())
    assert (finding.name, finding.kind, finding.severity) == (identity.name, "identity", identity.severity)
    assert finding.passed
    assert finding.observed == "0"


@pytest.mark.parametrize(
    ("name", "corrupt", "observed"),
    [pytest.param(name, corrupt, seen, id=f"{name}: {what}") for name, what, corrupt, seen in CORRUPTIONS],
)
def test_corruption_breaks_its_identity(name, corrupt, observed):
    tables = rows()
    corrupt(tables)
    finding = finding_of(BY_NAME[name], tables)
    assert not finding.passed
    assert float(finding.observed) == pytest.approx(observed)


def test_no_white_space_passes_for_a_character():
    blanks = [c for c in map(chr, range(sys.maxunicode + 1)) if c.isspace()]
    sentence = {"doc_id": 1, "start": 0, "chars": 2}
    tables = {
        "sentences": [sentence | {"sentence_no": i, "text": f"a{c}b"} for i, c in enumerate(blanks)],
        "tokens": [token(1, number, 0, f"a{blank}") for number, blank in enumerate(blanks)],
    }
    assert float(finding_of(BY_NAME[SPELL], tables).observed) == len(blanks) > 25


def test_a_difference_up_to_the_slack_is_none():
    tables = rows()
    tables["lexicon"][0]["probability"] += 5e-10
    assert finding_of(BY_NAME[ONE], tables).passed


def test_identities_are_checked_when_their_last_table_is_made():
    assert [i.name for i in identities_of("tokens", TABLES)] == [SPELL]
    assert [i.name for i in identities_of("sentences", TABLES)] == [FOUND]
    assert identities_of("tokens", ["tokens"]) == []
    assert identities_of("models", TABLES) == []
    assert sorted(i.name for table in TABLES for i in identities_of(table, TABLES)) == sorted(BY_NAME)


def test_what_stops_a_run_and_what_is_only_told():
    assert {i.name for i in IDENTITIES if i.severity == "warning"} == {REFUSED, DAMAGED}
    assert {i.severity for i in IDENTITIES} == {"warning", "critical"}
