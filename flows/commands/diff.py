"""The command `minlex diff`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.commands.console import cell, output, output_json, plain_table, print_table
from flows.commands.options import Corpus, Home, Quiet

if TYPE_CHECKING:
    from minlex.difference import Difference

commands = typer.Typer()


@commands.command()
def diff(
    corpus: Corpus,
    run_a: Annotated[
        str | None, typer.Argument(help="The earlier run.", show_default="the last but one")
    ] = None,
    run_b: Annotated[str | None, typer.Argument(help="The later run.", show_default="the last")] = None,
    home: Home = None,
    top: Annotated[int, typer.Option(min=1, help="Words of each group.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    quiet: Quiet = False,
) -> None:
    """Show what changed between two runs: files, settings, version, figures, words in, words out, shifts of use.

    Runs are those of the table `runs`. Data that `minlex gc` has removed cannot be compared, and is listed.

    Example: `minlex diff --corpus news`
    """
    from minlex import open

    found = open(corpus, home).diff(run_a, run_b, top=top)
    if json:
        output_json(_as_json(found, top))
    else:
        _print(found, top)


def _as_json(found: "Difference", top: int) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "before": found.before,
        "after": found.after,
        "settings": found.settings,
        "metrics": found.metrics.to_dicts(),
        "removed": found.removed,
    }
    if found.words_in is not None and found.words_out is not None:
        facts |= {
            "words_in": found.words_in.height,
            "words_out": found.words_out.height,
            "top_words_in": found.words_in.head(top).to_dicts(),
            "top_words_out": found.words_out.head(top).to_dicts(),
        }
    if found.shifts is not None:
        facts["shifts"] = found.shifts.to_dicts()
    if found.files_in is not None:
        facts |= {"files_in": found.files_in, "files_out": found.files_out}
    return facts


def _print(difference: "Difference", top: int) -> None:
    found = _as_json(difference, top)
    for side in ("before", "after"):
        run = found[side]
        output(f"{side}: run {run['run_id']}, begun {run['started'][:16]}, version {run['version']}")
    _section(
        "settings", ["setting", "before", "after"], [(n, *pair) for n, pair in found["settings"].items()]
    )
    columns = ["stage", "metric", "before", "after", "change", "unit"]
    _section("figures", columns, [tuple(row[c] for c in columns) for row in found["metrics"]])
    sides = (("in", "new"), ("out", "gone"))
    for side, title in sides:
        names = found.get(f"files_{side}", [])
        _section(f"files {title}: {len(names)}", ["file"], [(name,) for name in names[:20]])
    columns = ["word", "count", "gain"]
    for side, title in sides:
        rows = [tuple(row[c] for c in columns) for row in found.get(f"top_words_{side}", [])]
        _section(f"words {title}: {found.get(f'words_{side}', 0)}", columns, rows)
    columns = ["word", "before", "after", "log_odds", "z"]
    _section("shifts of use", columns, [tuple(r[c] for c in columns) for r in found.get("shifts", [])])
    for name in found["removed"]:
        output(f"cannot be compared, not there any more: {name}")
    same = ("settings", "metrics", "files_in", "files_out", "words_in", "words_out", "shifts", "removed")
    if not any(found.get(what) for what in same):
        output("nothing changed")


def _section(title: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    table = plain_table((column, "left") for column in columns)
    for row in rows:
        table.add_row(*(cell(value) for value in row))
    print_table(table, title)
