"""A line is cut without loading what only mining, training and reports need."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]
HEAVY = (
    "pandas",
    "polars",
    "duckdb",
    "scipy.linalg",
    "prefect",
    "torch",
    "great_expectations",
    "tasks.settings",
)
CUT = """
import gc, io, sys
from flows.commands.quick_start import quick_start

with quick_start():
    from flows.commands.line_blocks import Source
    from flows.commands.segment_lines import published_segmenter, segment_lines
    assert not gc.isenabled()
    segmenter = published_segmenter("tiny", sys.argv[1], None)
assert gc.isenabled() and gc.get_freeze_count()
segment_lines(segmenter, Source(piped=sys.stdin.buffer), sys.stdout.buffer)
import tasks.self_training.segmenter
print([name for name in sys.argv[2:] if name in sys.modules])
"""


def test_a_line_is_cut_without_what_mining_needs(published_home):
    done = subprocess.run(
        [sys.executable, "-c", CUT, str(published_home), *HEAVY],
        input="中外科学\n",
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert (done.stdout, done.stderr) == ("中外 科学\n[]\n", "")
