import pytest

from tasks.crf.scores import COUNTS, SCORES, scores_of
from tasks.unigram.segmenter import UnigramSegmenter

# It cuts the second text as 科学 名.
SEGMENTER = UnigramSegmenter(["中外", "科学", "学名", "著", "科", "名"], [-1, -1, -4, -1, -4, -1])
GOLD = [["中外", "科学"], ["科", "学名"], ["中外", "著"]]


def test_rows_are_scores_errors_by_length_and_the_worst_texts():
    rows = scores_of(SEGMENTER, GOLD, {"中外", "著"})
    assert tuple(rows) == SCORES
    figures = {row["metric"]: row["value"] for row in rows["segmentation_scores"]}
    assert {name: figures[name] for name in COUNTS} == {
        "gold_words": 6,
        "predicted_words": 6,
        "right_words": 4,
    }
    shares = {name: value for name, value in figures.items() if name not in COUNTS}
    assert shares == pytest.approx(
        {"precision": 4 / 6, "recall": 4 / 6, "f1": 4 / 6, "recall_iv": 1, "recall_oov": 1 / 3}
    )
    assert [row["gold"] for row in rows["worst_sentences"]] == ["科 学名"]
    assert [row["place"] for row in rows["worst_sentences"]] == [1]
    assert rows["segmentation_errors"]


def test_no_gold_has_no_recall():
    figures = {row["metric"]: row["value"] for row in scores_of(SEGMENTER, [], set())["segmentation_scores"]}
    assert figures["gold_words"] == 0
    assert "recall_oov" not in figures
