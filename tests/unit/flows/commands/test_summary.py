import pytest

from flows.commands import summary as outcome

FIGURES = {
    ("ingest_corpus", "documents"): 2.0,
    ("ingest_corpus", "duplicates"): 0.0,
    ("ingest_corpus", "rejects"): 0.0,
    ("cut_sentences", "tokens"): 9.0,
    ("count_words", "types"): 3.0,
}
CLIMBED = {"char_unigram": 9.6, "lexicon_marginal": 7.31, "word_bigram": 6.04, "kn5": 5.85}


@pytest.mark.parametrize(
    ("rungs", "line"),
    [
        (
            {**CLIMBED, "word_bigram_marginal": 6.02},
            "9.60 by its frequency, 6.02 in words, 5.85 after the 4 before it",
        ),
        (CLIMBED, "9.60 by its frequency, 7.31 in words, 5.85 after the 4 before it"),
        ({"char_unigram": 0.0}, "0.00 by its frequency"),
        ({}, None),
    ],
    ids=["now", "as it was mined before", "without words", "one document"],
)
def test_words_cost_what_the_best_rung_of_words_says(rungs, line, monkeypatch):
    figures = FIGURES | {("climb_ladder", f"bits_per_char_{rung}"): bits for rung, bits in rungs.items()}
    said = []
    monkeypatch.setattr(outcome, "figures_of", lambda *where: figures)
    monkeypatch.setattr(outcome, "say", said.append)
    outcome.say_mined("home", "tiny", "page")
    costs = [line for line in said if line.startswith("bits a character")]
    assert costs == ([f"bits a character of unseen documents: {line}"] if line else [])
