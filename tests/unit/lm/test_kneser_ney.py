import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.lm.alphabet import SCALAR_VALUES, Alphabet
from tasks.lm.grams import count_grams
from tasks.lm.kneser_ney import FALLBACK_DISCOUNTS, KneserNey, discounts_of
from tests.unit.lm.kneser_ney_oracle import BEGIN, END, KneserNeyOracle

TOY = ["中外科学名著", "科学的春天", "科学的名著", "中国人民", "人民的科学", "哈哈哈", "中 外", "𠀀中"]


def texts(rows):
    return pa.array(rows, pa.string())


def model(rows, order, **options):
    alphabet = Alphabet.of(texts(rows))
    return KneserNey.of(alphabet, count_grams(alphabet.symbols(texts(rows)), order), order, **options)


def many(seed=1, documents=400):
    draw = random.Random(seed)
    return [
        "".join(draw.choices("的人民中国科学", [9, 5, 3, 3, 2, 1, 1], k=draw.randint(1, 12)))
        for _ in range(documents)
    ]


@pytest.mark.parametrize("order", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("rows", [TOY, many(), ["中"]], ids=["toy", "many", "one"])
def test_probabilities_are_those_of_the_definition(rows, order):
    found, oracle = model(rows, order), KneserNeyOracle(rows, order)
    asked = [*rows[:20], "的学科", "中外外外科", "科中国人民的"]
    symbols = found.alphabet.symbols(texts(asked))
    logs = found.log_probabilities(symbols)
    expected = []
    for text in asked:
        padded = (BEGIN, *text, END)
        expected += [
            oracle.probability(s, padded[:i]) if s in oracle.vocabulary else None
            for i, s in enumerate(padded)
            if i
        ]
    known = [i for i, p in enumerate(expected) if p is not None]
    assert len(known) > len(asked)
    np.testing.assert_allclose(np.exp(logs[known]), [expected[i] for i in known], rtol=1e-12)


def test_discounts_are_estimated_where_there_is_enough_and_fall_back_where_not():
    oracle = KneserNeyOracle(many(), 3)
    found = model(many(), 3)
    assert np.allclose(found.discounts, [oracle.discounts[k] for k in (1, 2, 3)])
    assert tuple(found.discounts[2]) != FALLBACK_DISCOUNTS
    assert discounts_of(np.array([1, 1, 2, 3])) == FALLBACK_DISCOUNTS
    # n1 = 1, n2 = 1, n3 = 9: the first discount is fine, the second would be below 0
    assert discounts_of(np.repeat([1, 2, 3, 4], [1, 1, 9, 1])) == FALLBACK_DISCOUNTS


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.text("ab的😀 ", min_size=1, max_size=9), min_size=1, max_size=12),
    st.integers(1, 6),
    st.text("ab的😀 x", max_size=8),
)
def test_every_conditional_distribution_sums_to_one(rows, order, context):
    found = model(rows, order)
    symbols = found.alphabet.symbols(texts([context])).symbol[:-1]
    p = found.distribution(symbols)
    assert p.min() > 0
    assert p.sum() == pytest.approx(1, abs=1e-12)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text("ab的", min_size=1, max_size=9), min_size=1, max_size=12), st.integers(1, 6))
def test_the_distribution_is_what_scoring_reads_symbol_by_symbol(rows, order):
    found = model(rows, order)
    text = found.alphabet.symbols(texts(["abba的ab"]))
    logs = found.log_probabilities(text)
    for i in range(1, len(text.symbol)):
        if text.symbol[i] != found.alphabet.unknown:
            p = found.distribution(text.symbol[:i])[text.symbol[i]]
            assert np.log(p) == pytest.approx(logs[i - 1], abs=1e-12)


def test_one_trie_serves_every_lower_order():
    alphabet = Alphabet.of(texts(many()))
    symbols = alphabet.symbols(texts(many()))
    grams = count_grams(symbols, 6)
    for order in (1, 3, 5):
        direct = model(many(), order)
        np.testing.assert_array_equal(
            KneserNey.of(alphabet, grams, order).log_probabilities(symbols), direct.log_probabilities(symbols)
        )


def test_an_unknown_character_shortens_the_context_and_can_be_one_of_the_base():
    rows = many()
    found = model(rows, 3)
    like_kenlm = model(rows, 3, base=found.alphabet.unknown + 1)
    symbols = found.alphabet.symbols(texts(["人民x人民"]))
    logs = found.log_probabilities(symbols)
    oracle = KneserNeyOracle(rows, 3)
    assert np.exp(logs[3]) == pytest.approx(oracle.probability("人", "x"), rel=1e-12)
    context = symbols.symbol[:3]
    with_unknown = np.append(
        like_kenlm.distribution(context), np.exp(like_kenlm.log_probabilities(symbols)[2])
    )
    assert with_unknown.sum() == pytest.approx(1, abs=1e-12)


def test_a_model_taken_apart_is_put_together_the_same():
    found = model(many(), 4)
    again = KneserNey.from_arrays(found.to_arrays())
    symbols = found.alphabet.symbols(texts(["人民x科学", "中"]))
    np.testing.assert_array_equal(found.log_probabilities(symbols), again.log_probabilities(symbols))
    assert again.order == 4 and again.alphabet.escape == found.alphabet.escape


def test_the_number_of_threads_changes_nothing():
    alphabet = Alphabet.of(texts(many()))
    one, two = (count_grams(alphabet.symbols(texts(many())), 5, threads) for threads in (1, 3))
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)


def test_orders_and_texts_that_cannot_be_are_refused():
    alphabet = Alphabet.of(texts(TOY))
    symbols = alphabet.symbols(texts(TOY))
    with pytest.raises(ValueError, match="from 1 to 16, got 0"):
        count_grams(symbols, 0)
    with pytest.raises(ValueError, match="at least one character"):
        count_grams(alphabet.symbols(texts([])), 2)
    with pytest.raises(ValueError, match="from 1 to 2, the grams' own, got 3"):
        KneserNey.of(alphabet, count_grams(symbols, 2), 3)


def test_symbols_spell_the_documents_back_and_mark_what_is_unknown():
    alphabet = Alphabet.of(texts(["中国", "中"]))
    symbols = alphabet.symbols(texts(["国中", "", "人"]))
    assert symbols.symbol.tolist() == [0, 2, 1, 0, 0, 3, 0]
    assert symbols.offsets.tolist() == [1, 4, 5, 7]
    assert (symbols.documents, symbols.characters) == (3, 3)
    assert alphabet.spell(symbols.symbol) == "国中�"


def test_the_escape_is_good_and_turings_and_all_code_points_share_it():
    alphabet = Alphabet.of(texts(["中中国人", "中"]))
    assert alphabet.escape == pytest.approx(2.5 / 8)
    unseen = SCALAR_VALUES - 3
    assert unseen * np.exp(-alphabet.unseen_nats) + np.exp(-alphabet.known_nats) == pytest.approx(1)
    assert Alphabet.of(texts(["abc"])).escape == 0.5
    with pytest.raises(ValueError, match="at least one character"):
        Alphabet.of(texts([""]))
