import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.lm.alphabet import EDGE
from tasks.lm.sampling import NextTokenModel, generate, restrict
from tasks.settings import GenerationSettings

TEXT = "一二三。"


def distributions():
    return st.lists(st.floats(0, 1), min_size=1, max_size=30).filter(lambda p: max(p) > 1e-6).map(np.array)


def ranked(p):
    """Tokens from the likeliest to the least likely, the lower number first among equals."""
    return sorted(range(len(p)), key=lambda token: (-p[token], token))


@settings(deadline=None)
@given(distributions(), st.integers(1, 40), st.floats(0.05, 5))
def test_the_top_k_are_exactly_the_k_likeliest(p, k, temperature):
    found = restrict(p, GenerationSettings(top_k=k, temperature=temperature))
    possible = {token for token in ranked(p)[:k] if p[token] > 0}
    assert found.sum() == pytest.approx(1)
    assert set(np.flatnonzero(found)) <= possible
    if temperature >= 1:
        assert {token for token in possible if p[token] / p.max() > 1e-12} <= set(np.flatnonzero(found))


@settings(deadline=None)
@given(distributions(), st.floats(0.01, 0.99))
def test_the_nucleus_is_the_fewest_likeliest_tokens_that_hold_top_p(p, top_p):
    found = restrict(p, GenerationSettings(top_p=top_p))
    kept = [token for token in ranked(p) if found[token] > 0]
    assert kept == ranked(p)[: len(kept)]
    mass = np.array([p[token] for token in kept]) / p.sum()
    assert mass.sum() >= top_p - 1e-9
    assert mass[:-1].sum() < top_p + 1e-9
    np.testing.assert_allclose(found[kept], mass / mass.sum())


@settings(deadline=None)
@given(distributions(), st.integers(1, 10), st.floats(0.01, 1), st.floats(0.1, 3))
def test_top_p_is_taken_among_the_top_k_at_the_temperature(p, k, top_p, temperature):
    both = restrict(p, GenerationSettings(top_k=k, top_p=top_p, temperature=temperature))
    after_k = restrict(p, GenerationSettings(top_k=k, temperature=temperature))
    np.testing.assert_allclose(both, restrict(after_k, GenerationSettings(top_p=top_p)), atol=1e-12)


def test_temperature_is_a_power():
    p = np.array([0.2, 0.5, 0.3])
    found = restrict(p, GenerationSettings(temperature=0.5))
    np.testing.assert_allclose(found, p**2 / (p**2).sum())
    with pytest.raises(ValueError, match="positive probability"):
        restrict(np.zeros(3), GenerationSettings())


def speaker(p, end=EDGE, log=None):
    def distribution(context):
        if log is not None:
            log.append(context.tolist())
        return np.array(p, np.float64)

    return NextTokenModel(
        read=lambda text: np.array([EDGE, *(TEXT.index(c) + 1 for c in text)], np.int32),
        distribution=distribution,
        spell=lambda tokens: "".join(TEXT[t - 1] for t in tokens),
        end=end,
    )


def drawn(p, seed=0, **chosen):
    return generate(speaker(p), "一", GenerationSettings(**chosen), np.random.default_rng(seed))


def test_draws_follow_the_distribution_and_the_seed():
    uniform = [0, 0.25, 0.25, 0.25, 0.25]
    text = drawn(uniform, max_length=4000).text
    shares = [text.count(c) / 4000 for c in TEXT]
    assert shares == pytest.approx([0.25] * 4, abs=0.03)
    assert drawn(uniform, seed=3) == drawn(uniform, seed=3) != drawn(uniform, seed=4)


def test_the_cost_is_that_of_what_was_drawn_from():
    found = drawn([0, 0.5, 0.25, 0.25, 0], max_length=10)
    p = {"一": 0.5, "二": 0.25, "三": 0.25}
    assert found.nats == pytest.approx(-sum(np.log(p[c]) for c in found.text))


def test_a_text_ends_after_the_stop_past_the_least_length():
    for seed in range(30):
        found = drawn([0, 0.3, 0.2, 0.1, 0.4], seed=seed, stop="。", min_length=5, max_length=1000)
        assert found.ended == "stop"
        assert found.text.endswith("。") and len(found.text) >= 5
        assert "。" not in found.text[4:-1]
    pair = drawn([0, 0.5, 0.5, 0, 0], stop="一二", max_length=1000)
    assert pair.text.endswith("一二") and pair.text.count("一二") == 1


def test_a_text_ends_at_the_end_or_at_the_greatest_length_but_not_before_the_least():
    for seed in range(20):
        found = drawn([0.5, 0.5, 0, 0, 0], seed=seed, min_length=3, max_length=8)
        assert 3 <= len(found.text) <= 8
        assert found.ended == ("end" if len(found.text) < 8 else "length")
    assert drawn([0.9, 0.1, 0, 0, 0], min_length=5, max_length=5).text == "一" * 5


def test_the_prompt_and_what_was_drawn_are_the_context():
    seen = []
    generate(
        speaker([0, 0, 1, 0, 0], log=seen), "三", GenerationSettings(max_length=3), np.random.default_rng(0)
    )
    assert seen == [[0, 3], [0, 3, 2], [0, 3, 2, 2]]
