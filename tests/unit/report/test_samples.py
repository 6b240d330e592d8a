import numpy as np

from tasks.report.findings import SAMPLES
from tasks.report.page import render_page
from tasks.report.samples import OTHERS, with_others
from tasks.report.strings import STRINGS
from tasks.unigram.segmenter import UnigramSegmenter
from tests.report_findings import about, findings
from tests.tiny_corpus import rows, views_of

SEGMENTER = UnigramSegmenter(["甲", "乙", "甲乙", "乙甲"], np.log([0.25, 0.125, 0.5, 0.125]))


def test_samples_are_the_first_fitting_sentence_of_a_document_word_by_word():
    long = "科学名著" * 4
    tables = rows()
    tables["sentences"] += [
        {"doc_id": 11, "sentence_no": number, "start": 0, "chars": 16, "text": long} for number in (3, 2)
    ]
    tables["tokens"] += [
        {"doc_id": 11, "sentence_no": 2, "start": start, "word": "科学名著"[start % 4 :][:2]}
        for start in (14, 0, 12, 2, 10, 4, 8, 6)
    ]
    with views_of(tables) as views:
        assert views.execute(SAMPLES).fetchall() == [
            (long, ["科学", "名著"] * 4, [0, 2, 4, 6, 8, 10, 12, 14])
        ]


def test_others_are_the_likeliest_cuts_unlike_the_one_shown_with_what_is_new_in_them():
    # All cuts of the text: 甲乙 甲 (1/8), 甲 乙甲 (1/32), 甲 乙 甲 (1/128).
    shown = {"text": "甲乙甲", "words": ["甲", "乙甲"], "starts": [0, 1]}
    [row] = with_others([shown], SEGMENTER)
    assert row["words"] == ["甲", "乙甲"]
    assert [cut["words"] for cut in row["others"]] == [
        [("甲乙", True), ("甲", True)],
        [("甲", False), ("乙", True), ("甲", True)],
    ]
    assert [cut["probability"] for cut in row["others"]] == [round(p / 21, 6) for p in (16, 1)]


def test_a_sentence_of_one_cut_has_no_others_and_long_ones_have_three():
    samples = [
        {"text": "甲", "words": ["甲"], "starts": [0]},
        {"text": "甲乙" * 5, "words": ["甲乙"] * 5, "starts": [0, 2, 4, 6, 8]},
    ]
    assert [len(row["others"]) for row in with_others(samples, SEGMENTER)] == [0, OTHERS]
    assert with_others([], SEGMENTER) == []


def test_the_page_unfolds_other_cuts_and_marks_what_differs():
    page = render_page(about("x"), findings("科学技术", plots=False), "zh")
    assert f"<summary>{STRINGS['zh']['others']}</summary>" in page
    assert "<small>0.25</small> <span>科学技术</span><mark>科</mark><mark>学</mark>" in page
