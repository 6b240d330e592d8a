import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from tasks.corpus.ingest import ingest_source
from tasks.settings import IngestSettings

PROGRAM = """
import resource, sys
from tasks.corpus.ingest import ingest_source
from tasks.settings import IngestSettings
name, settings = sys.argv[1], IngestSettings(unit=sys.argv[2])
def run(path):
    for block in ingest_source("b", path, "h", lambda: open(path, "rb"), settings):
        assert block.documents.num_rows <= 70_000
run(sys.argv[3])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
run(name)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def _growth_mb(path: Path, unit: str, tmp_path: Path) -> float:
    warm = tmp_path / f"warm{path.suffix}"
    warm.write_text('"一行字"\n', encoding="utf-8")
    command = [sys.executable, "-c", PROGRAM, str(path), unit, str(warm)]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "unit", "start", "end"),
    [
        ("a.txt", "line", "", ""),
        ("a.txt", "file", "", ""),
        ("a.md", "line", "", ""),
        ("a.html", "line", "<p>", ""),
        ("a.html", "line", "<!--", ""),
        ("a.csv", "line", "text\n", ""),
        ("a.jsonl", "line", '"', '"'),
    ],
)
def test_a_line_of_200_mb_is_never_held(tmp_path, name, unit, start, end):
    path = tmp_path / name
    with path.open("w", encoding="utf-8") as file:
        file.write(start)
        for _ in range(200):
            file.write("天地玄黄" * 87_381)
        file.write(end)
    assert path.stat().st_size > 200_000_000
    assert _growth_mb(path, unit, tmp_path) < 150


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.md", "a.csv", "a.jsonl"])
def test_a_line_of_20_mb_is_never_held(name):
    class Endless:
        """A stream of one line, made as it is read."""

        def __init__(self):
            self.left = 20 << 20
            self.position = 0

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def seek(self, offset, whence=0):
            self.position = offset if whence == 0 else 20 << 20
            self.left = (20 << 20) - self.position
            return self.position

        def tell(self):
            return self.position

        def read(self, size=-1):
            size = min(size, self.left)
            self.left -= size
            return b"text\n"[: size * (self.left + size == 20 << 20)] + b"a" * max(size - 5, 0)

    settings = IngestSettings(max_document_chars=10_000, max_record_bytes=100_000)
    tracemalloc.start()
    try:
        for _ in ingest_source("b", name, "h", Endless, settings):
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 80 << 20
