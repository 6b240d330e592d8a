import pytest

from tasks.evaluation.spans import score_spans


def test_scores_by_hand():
    gold = [["中外", "科学", "名著"], ["的"]]
    guess = [["中外", "科", "学", "名著"], ["的"]]
    score = score_spans(gold, guess, known_words={"中外", "科学", "的"})
    assert (score.right_words, score.gold_words, score.predicted_words) == (3, 4, 5)
    assert score.precision == pytest.approx(3 / 5)
    assert score.recall == pytest.approx(3 / 4)
    assert score.f1 == pytest.approx(2 * (3 / 5) * (3 / 4) / (3 / 5 + 3 / 4))
    assert score.recall_oov == 1.0
    assert score.recall_iv == pytest.approx(2 / 3)


def test_a_word_at_another_place_is_wrong():
    assert score_spans([["a", "aa"]], [["aa", "a"]]).right_words == 0


def test_recall_over_no_words_is_none():
    score = score_spans([["a"]], [["a"]], known_words={"a"})
    assert score.recall_oov is None
    assert score.recall_iv == 1.0
    assert score_spans([], []).f1 == 0.0


def test_different_characters_are_refused():
    with pytest.raises(ValueError, match="sentence 1 differs at 2, gold 'c', predicted 'd'"):
        score_spans([["a"], ["ab", "c"]], [["a"], ["a", "bd"]])
    with pytest.raises(ValueError, match="equally many sentences, got 1 and 0"):
        score_spans([["a"]], [])
