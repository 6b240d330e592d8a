"""A corpus of ten times the cap, counted and measured in a process of its own, whose peak is its own."""

import pytest

from bench.pipeline import write_text
from bench.scale import run_child

MEGABYTES = 100


@pytest.mark.slow
def test_a_corpus_of_ten_times_the_cap_finishes_with_the_same_table(tmp_path):
    text = tmp_path / "text.parquet"
    write_text(text, MEGABYTES, real=False)
    free = run_child(text, 8 << 30)
    capped = run_child(text, MEGABYTES * 100_000)
    assert capped["digest"] == free["digest"]
    # Without any room, row groups on their way from file to file are left: about 250 MB, however long the text.
    bounded, unbounded = (run["peak_mb"] - run["held_mb"] for run in (capped, free))
    assert bounded < 400
    assert unbounded > 1.5 * bounded
