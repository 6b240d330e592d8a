import polars as pl
import pytest

from tasks.lexicon.four_step import LexiconResult
from tasks.lexicon.judge import DECISION_COLUMNS, LEXICON_COLUMNS
from tasks.lexicon.user_decisions import decided_by_user
from tasks.text.token_rules import TokenRules
from tasks.text.user_dictionary import UserDictionary
from tests.tiny_corpus import CHARACTERS, batch_of, lexicon_row, rows

NGRAMS = pl.DataFrame(batch_of("ngrams", rows()["ngrams"]))


def found():
    characters = [lexicon_row(character, 1, 0.01, 6.6) for character in CHARACTERS if character != "。"]
    lexicon = pl.DataFrame(batch_of("lexicon", rows()["lexicon"] + characters)).select(LEXICON_COLUMNS)
    decisions = pl.DataFrame(batch_of("lexicon_decisions", rows()["lexicon_decisions"]))
    return LexiconResult(lexicon, decisions.select(DECISION_COLUMNS), TokenRules())


def decided(**words):
    given = {"force": (), "forbid": (), "stop_characters": ""} | words
    result = decided_by_user(found(), NGRAMS, UserDictionary.of(**given))
    by_user = result.decisions.filter(pl.col("step") == "user")
    return set(result.lexicon["word"]), dict(by_user.select("candidate", "reason").rows())


@pytest.mark.parametrize(
    ("words", "added", "left_out", "reasons"),
    [
        ({"force": ["学名"]}, {"学名"}, set(), {"学名": "forced"}),
        ({"forbid": ["名著"]}, set(), {"名著"}, {"名著": "forbidden"}),
        ({"stop_characters": "学"}, set(), {"科学"}, {"科学": "stop_character"}),
        (
            {"force": ["学名"], "forbid": ["名著"]},
            {"学名"},
            {"名著"},
            {"学名": "forced", "名著": "forbidden"},
        ),
    ],
    ids=["force", "forbid", "stop characters", "force and forbid"],
)
def test_each_decision_holds_without_the_others(words, added, left_out, reasons):
    before = set(found().lexicon["word"])
    assert decided(**words) == ((before | added) - left_out, reasons)


def test_without_decisions_all_stays_as_it_was():
    lexicon = found()
    assert decided_by_user(lexicon, NGRAMS, UserDictionary()) is lexicon
