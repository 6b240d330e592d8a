import random

import numpy as np
import pyarrow as pa
import pytest

from tasks.evaluation.ladder import climb, weight_of_words
from tasks.lm.alphabet import Alphabet
from tasks.lm.rungs import CLIMBED, RUNGS
from tasks.lm.split import HELD_OUT, TRAINING, VALIDATION, part_of, sample_documents
from tasks.lm.tokens import Cut
from tasks.text.token_rules import TokenRules

WORDS = ["中国", "人民", "科学", "名著", "的", "在", "经济", "发展", "，", "。", "一九"]


def documents(count, seed):
    draw = random.Random(seed)
    return [
        draw.choices(WORDS, [5, 5, 3, 1, 9, 3, 3, 3, 4, 6, 1], k=draw.randint(4, 30)) for _ in range(count)
    ]


def joined(rows):
    return pa.array(["".join(row) for row in rows], pa.string())


def words_in(rows):
    return pa.array([word for row in rows for word in row], pa.string())


@pytest.fixture(scope="module")
def rungs():
    training = documents(600, 1)
    found = climb(joined(training), joined(documents(80, 2)), words_in(training), TokenRules())
    return {rung.rung: rung for rung in found}


def test_every_rung_is_there_in_order_on_the_same_characters(rungs):
    assert tuple(rungs) == CLIMBED
    assert set(RUNGS) - set(CLIMBED) == {"gpt2_char", "gpt2_word", "text_vae"}
    assert len({rung.chars for rung in rungs.values()}) == 1
    rows = [rung.row for rung in rungs.values()]
    assert [row["step"] for row in rows] == list(range(len(rungs)))
    assert {row["rung"] for row in rows if row["bound"]} == {"four_step", "lexicon", "word_bigram"}
    assert all(known.bound == ("upper bound" in known.note) for known in RUNGS.values())


def test_knowing_more_costs_less(rungs):
    bits = {name: rung.bits_per_char for name, rung in rungs.items()}
    assert bits["uniform"] > bits["char_unigram"] > bits["lexicon"] >= bits["lexicon_marginal"]
    assert bits["char_unigram"] > bits["four_step"]
    assert bits["char_unigram"] > bits["kn2"]
    # The entropy of the words that were drawn is what no model can go below.
    p = np.array([5, 5, 3, 1, 9, 3, 3, 3, 4, 6, 1]) / 43
    length = p @ np.array([len(word) for word in WORDS])
    assert bits["lexicon_marginal"] > -(p @ np.log2(p)) / length


def test_the_uniform_rung_is_what_it_says(rungs):
    characters = len(set("".join(WORDS)))
    ends = 80 / rungs["uniform"].chars
    assert rungs["uniform"].bits_per_char == pytest.approx(np.log2(characters + 1) * (1 + ends), rel=1e-3)


def test_an_unknown_character_costs_every_rung_the_same():
    training = documents(200, 1)
    plain, odd = (
        {
            r.rung: r.bits_per_char * r.chars
            for r in climb(joined(training), pa.array([text]), words_in(training), TokenRules())
        }
        for text in ("的", "的x")
    )
    extra = {name: odd[name] - plain[name] for name in plain}
    for name in ("char_unigram", "four_step", "lexicon", "lexicon_marginal"):
        assert extra[name] == pytest.approx(extra["uniform"], abs=1e-9)
    assert extra["uniform"] > 20


def test_without_words_their_rungs_are_left_out_and_without_text_there_is_none():
    none = pa.array([], pa.string())
    names = [r.rung for r in climb(joined(documents(50, 1)), joined(documents(5, 2)), none, TokenRules())]
    assert names == [name for name in CLIMBED if RUNGS[name].family == "characters" or name == "four_step"]
    with pytest.raises(ValueError, match="held_out must hold at least one character"):
        next(climb(joined(documents(5, 1)), none, none, TokenRules()))


def test_words_and_n_grams_together_cost_less_than_either():
    """Words follow each other as they like, but none follows itself."""
    draw = random.Random(4)
    rows = []
    for _ in range(400):
        row = [draw.choice(WORDS)]
        while len(row) < 20:
            row.append(draw.choice([w for w in WORDS if w != row[-1]]))
        rows.append(row)
    found = climb(joined(rows[:360]), joined(rows[360:]), words_in(rows[:360]), TokenRules())
    bits = {rung.rung: rung.bits_per_char for rung in found}
    assert bits["word_bigram_marginal"] < bits["lexicon_marginal"] - 0.05
    assert bits["word_bigram_kn"] <= min(bits["word_bigram_marginal"], bits["kn6"]) + 0.01
    assert bits["word_bigram_kn"] < bits["kn6"]


def test_the_weight_of_the_words_is_a_half_when_nothing_is_left_to_learn_from():
    one = pa.array(["中国人民"])
    alphabet = Alphabet.of(one)
    assert weight_of_words(alphabet, one, Cut.of(one, pa.array(["中国", "人民"]))) == 0.5
    more = joined(documents(60, 3))
    alphabet = Alphabet.of(more)
    assert weight_of_words(alphabet, more, Cut.of(more, words_in(documents(60, 3)))) != 0.5


def test_the_part_of_a_document_depends_on_its_key_and_the_seed_alone():
    keys = np.random.default_rng(1).integers(0, 1 << 63, 20_000)
    parts = part_of(keys, 0, held_out=0.1, validation=0.2)
    shares = np.bincount(parts, minlength=3) / len(parts)
    assert shares == pytest.approx([0.72, 0.18, 0.1], abs=0.01)
    np.testing.assert_array_equal(part_of(keys[5000:], 0, held_out=0.1, validation=0.2), parts[5000:])
    assert (part_of(keys, 0, held_out=0.1)[parts == HELD_OUT] == HELD_OUT).all()
    assert (part_of(keys, 1, held_out=0.1) != part_of(keys, 0, held_out=0.1)).any()
    assert set(part_of(keys[:2], 0, held_out=0.001, validation=0.5)) >= {TRAINING, HELD_OUT}
    assert VALIDATION in parts


def test_a_sample_of_documents_is_independent_of_the_split():
    keys = np.random.default_rng(1).integers(0, 1 << 63, 20_000)
    batch = pa.record_batch({"doc_id": keys})
    drawn = pa.Table.from_batches(sample_documents([batch], 20_000, 5_000, 0))["doc_id"].to_numpy()
    assert len(drawn) == pytest.approx(5_000, rel=0.05)
    assert np.mean(part_of(drawn, 0, held_out=0.1) == HELD_OUT) == pytest.approx(0.1, abs=0.02)
    assert pa.Table.from_batches(sample_documents([batch], 20_000, 20_000, 0)).num_rows == 20_000
