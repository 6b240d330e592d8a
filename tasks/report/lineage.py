"""Where each table came from: the stages of a run, what each read and wrote, its time and memory; and their drawing.

The drawing is a column of stages in the order in which they ran, so that it fits a phone; an arc leads from each stage
down to every one that read what it wrote.
"""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment

Row = dict[str, Any]

LINE, GAP, LETTERS = 15, 16, 38
ARCS, TEXT, WIDTH = 92, 106, 340


@dataclass(frozen=True, kw_only=True)
class Step:
    """One stage: the tables it wrote, what it read as (stage, table), and what that took; `reads` is in order.

    Where no stage of these runs wrote a table that was read, the stage is None.
    """

    stage: str
    tables: tuple[str, ...]
    reads: tuple[tuple[str | None, str], ...]
    rows: int
    bytes: int
    seconds: float
    peak_mb: float
    reused: bool


def find_outputs(lineage: Sequence[Row]) -> list[Row]:
    """Return a row for each dataset written, first to last, with `inputs`, the names of the tables it was made from."""
    outputs: dict[tuple[str, str], Row] = {}
    for entry in lineage:
        row = outputs.setdefault((entry["output_table"], entry["output_key"]), {**entry, "inputs": []})
        row["inputs"].append(entry["input_table"])
    return [{**row, "inputs": ", ".join(dict.fromkeys(row["inputs"]))} for row in outputs.values()]


def find_steps(lineage: Sequence[Row]) -> list[Step]:
    """Return a step for each stage of rows of `lineage`, in the order in which they first ran.

    A stage may have made several datasets of a table, one a batch: their rows, bytes and seconds add up. It names its
    time and memory in the row of every dataset and input, which count once.
    """
    writers = {(row["output_table"], row["output_key"]): row["stage"] for row in lineage}
    by_table = {row["output_table"]: row["stage"] for row in lineage}
    stages: dict[str, list[Row]] = {}
    for row in lineage:
        stages.setdefault(row["stage"], []).append(row)
    steps = []
    for stage, of in stages.items():
        reads = [
            (writers.get((row["input_table"], row["input_key"]), by_table.get(row["input_table"])), row)
            for row in of
        ]
        written = {(row["output_table"], row["output_key"]): row for row in reversed(of)}.values()
        calls = {row["output_key"]: row for row in reversed(of)}.values()
        steps.append(
            Step(
                stage=stage,
                tables=tuple(dict.fromkeys(row["output_table"] for row in of)),
                reads=tuple(dict.fromkeys((writer, row["input_table"]) for writer, row in reads)),
                rows=sum(row["rows"] for row in written),
                bytes=sum(row["bytes"] for row in written),
                seconds=sum(row["seconds"] for row in calls),
                peak_mb=max(row["peak_mb"] for row in of),
                reused=all(row["reused"] for row in of),
            )
        )
    return steps


def draw_lineage(steps: Sequence[Step], environment: Environment, t: Mapping[str, str]) -> str:
    """Return the drawing of the steps as SVG, with the same said in words for who cannot see it."""
    sources = dict.fromkeys(table for step in steps for writer, table in step.reads if writer is None)
    names: list[tuple[str | None, str, tuple[str, ...]]] = [(None, table, ()) for table in sources]
    names += [(step.stage, step.stage, step.tables) for step in steps]
    rows: list[Row] = []
    top = float(LINE)
    place: dict[tuple[str | None, str], int] = {}
    for writer, name, tables in names:
        lines = textwrap.wrap(", ".join(tables), LETTERS)
        place[(writer, name)] = len(rows)
        rows.append({"name": name, "y": top, "lines": lines})
        top += LINE * (1 + len(lines)) + GAP
    arcs = set()
    for step in steps:
        for writer, table in step.reads:
            first, last = place[(writer, writer or table)], place[(step.stage, step.stage)]
            if (
                first < last
            ):  # a stage that read what itself or a later one wrote earlier has no place to come from
                arcs.add((first, last))
    drawn = [
        {"from": rows[a]["y"], "to": rows[b]["y"], "out": ARCS - min(16 + 10 * (b - a), 1.25 * (ARCS - 8))}
        for a, b in sorted(arcs)
    ]
    words = [
        t["lineage_step"].format(
            stage=step.stage,
            tables=", ".join(step.tables),
            reads=", ".join(dict.fromkeys(table for _, table in step.reads)),
        )
        for step in steps
    ]
    template = environment.get_template("lineage.svg.j2")
    sizes = {"line": LINE, "x": ARCS, "text": TEXT, "width": WIDTH, "height": top}
    return template.render(rows=rows, arcs=drawn, words=words, t=t, **sizes)
