"""JSON lines of `minlex segment`: words, offsets, costs and probabilities."""

import io
import json
import math

import pytest

from flows.commands.line_blocks import Source
from flows.commands.segment_lines import published_segmenter, segment_lines
from flows.commands.segment_request import Request
from tasks.errors import InputError


def told(home, data, which=None, **asked):
    sink, request = io.BytesIO(), Request(model=which, **asked)
    segmenter = published_segmenter("tiny", str(home), request.segmenter)
    segment_lines(segmenter, Source(piped=io.BytesIO(data.encode())), sink, request)
    return sink.getvalue().decode()


def rows(*args, **asked):
    return [json.loads(line) for line in told(*args, **asked).splitlines()]


def test_json_has_a_row_a_line_with_words_and_offsets(published_home):
    assert rows(published_home, "科学 名著\r\n\n新。", json=True) == [
        {"line": 1, "text": "科学 名著", "words": ["科学", "名著"], "starts": [0, 3], "ends": [2, 5]},
        {"line": 2, "text": "", "words": [], "starts": [], "ends": []},
        {"line": 3, "text": "新。", "words": ["新", "。"], "starts": [0, 1], "ends": [1, 2]},
    ]


def test_probabilities_stand_for_every_character(published_home):
    (row,) = rows(published_home, "科学 名著", probabilities=True)
    assert len(row["probabilities"]) == len(row["text"])
    assert row["probabilities"][0] == 1
    assert row["probabilities"][2] == 0
    # the lexicon holds 科学, but neither of its characters: the other cut is next to impossible
    assert 0 < row["probabilities"][1] < 1e-3 or row["probabilities"][1] == 0


def test_the_n_best_come_with_bits_and_probabilities(published_home):
    (row,) = rows(published_home, "中外科学", nbest=3)
    assert row["cuts"][0]["words"] == ["中外", "科学"]
    assert row["cuts"][0]["bits"] == pytest.approx(-math.log2(0.125 * 0.5), abs=1e-4)
    assert len(row["cuts"]) == 3
    assert sum(cut["probability"] for cut in row["cuts"]) <= 1 + 1e-6
    bits = [cut["bits"] for cut in row["cuts"]]
    assert bits == sorted(bits)


def test_samples_are_lines_of_words_and_repeat_with_their_seed(published_home):
    text = "中外科学名著\n" * 60
    hot = told(published_home, text, sample=True, seed=1, temperature=50.0)
    assert hot == told(published_home, text, sample=True, seed=1, temperature=50.0)
    assert hot != told(published_home, text, sample=True, seed=2, temperature=50.0)
    assert hot.replace(" ", "") == text
    assert len(set(hot.splitlines())) > 1
    assert set(told(published_home, text, sample=True, temperature=0.01).splitlines()) == {"中外 科学 名著"}
    assert len(rows(published_home, text, sample=True, json=True)[59]["cuts"]) == 1


def test_requests_that_do_not_go_together_are_refused(published_home):
    with pytest.raises(InputError, match=r"must be one of .*; got --nbest and --sample"):
        Request(nbest=2, sample=True)
    with pytest.raises(InputError, match=r"--temperature must be 0.01 to 100; got 0"):
        Request(sample=True, temperature=0.0)
    for which in ("trained", "crf"):
        with pytest.raises(InputError, match=f"must go with --model lexicon; got {which}"):
            told(published_home, "甲", which, nbest=2)
