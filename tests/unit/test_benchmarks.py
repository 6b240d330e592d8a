"""The page of figures: each row is one that a benchmark writes, and names what a user calls to get it."""

import json
import re
from pathlib import Path

import pytest
from typer.main import get_command

import minlex
from bench.record import ROWS, rows_of
from flows.__main__ import app
from minlex.queries import ready_queries

ROOT = Path(__file__).resolve().parents[2]
SHOWN = [
    json.loads(line) for line in (ROOT / "docs" / "benchmarks.jsonl").read_text(encoding="utf-8").splitlines()
]
DECLARED = [(bench, row) for bench, rows in ROWS.items() for row in rows]


@pytest.mark.parametrize("shown", SHOWN, ids=lambda row: row["what"][:40])
def test_a_row_of_the_page_is_one_that_its_benchmark_writes(shown: dict) -> None:
    [row] = [row for bench, row in DECLARED if bench == shown["bench"] and row.what == shown["what"]]
    assert (shown["unit"], shown["better"], shown["call"], shown["source"]) == (
        row.unit, row.better, row.call, row.source
    )  # fmt: skip
    assert set(shown["peers"]) <= set(row.peers)


@pytest.mark.parametrize(("bench", "row"), DECLARED, ids=lambda value: str(value)[:40])
def test_a_row_names_a_command_a_benchmark_and_a_decision_that_are_there(bench: str, row) -> None:
    program, *words = row.call.split()
    found = get_command(app)
    if program.startswith("minlex."):  # a function of the library
        found_there = minlex
        for name in program.split(".")[1:]:
            found_there = getattr(found_there, name)
        program = "minlex"
        assert callable(found_there)
    while words and hasattr(found, "commands") and words[0] in found.commands:
        found = found.commands[words.pop(0)]
    assert program == "minlex"
    options = {name for parameter in found.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options | {"--help"}
    assert {word[1:] for word in words if word.startswith("@")} <= {query.name for query in ready_queries()}
    assert (ROOT / "docs" / "decisions" / f"{row.source}.md").exists()
    assert row.better in ("less", "more")
    source = (ROOT / "bench" / f"{bench}.py").read_text(encoding="utf-8")
    assert not re.search(r"^from tests", source, re.MULTILINE)


def test_rows_take_their_figures_from_what_the_benchmark_printed() -> None:
    figures = {"nvbe_s": [8.1, 90.0], "sentencepiece_s": 19.6, "modern_s": None, "load": 0.5}
    [row] = rows_of("lexicon", figures)
    assert (row["ours"], row["peers"], row["load"]) == (8.1, {"SentencePiece": 19.6}, "0.5")
    assert rows_of("lexicon", {"load": 1.0}) == rows_of("unknown", figures) == []
