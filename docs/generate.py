"""Write the reference pages that derive from code: `python docs/generate.py`; a test holds them up to date."""

import inspect
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typer.main import get_command

from flows.__main__ import app
from tasks.settings import TRAINED, MineSettings
from tasks.tables import TABLES, Column

FOLDER = Path(__file__).parent
OF_MODELS: dict[str, BaseModel] = {
    f"{name}{part}": getattr(kind(), part[1:]) if part else kind()
    for name, kind in TRAINED.items()
    for part in ("", ".training")
}

LAYERS: dict[
    str, tuple[str, ...]
] = {  # from the top: what stands in one imports from it and from those below
    "commands and deployed flows": ("flows",),
    "for readers": ("evidence", "export", "report", "retention"),
    "learning and scoring": ("crf", "evaluation", "lexicon", "lm", "segment", "text_vae", "topics"),
    "counting": ("ngrams",),
    "reading": ("corpus",),
    "shared by stages": ("checks", "em", "models", "progress", "publish", "training", "unchanged", "vae"),
    "running": ("catalog", "engines", "history", "runs"),
    "declared": (
        "errors",
        "home",
        "languages",
        "parts",
        "recording",
        "settings",
        "sql_keywords",
        "store",
        "tables",
    ),
}


def architecture_picture() -> str:
    """Return the picture of the layers, SVG."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {56 * len(LAYERS) + 8}" '
        'font-family="sans-serif" font-size="15" role="img">',
        "<title>Layers of Minlex; imports go down</title>",
    ]
    for number, (layer, packages) in enumerate(LAYERS.items()):
        top = 56 * number + 8
        lines += [
            f'<rect x="8" y="{top}" width="744" height="46" rx="6" fill="#eef2f7" stroke="#5b6b80"/>',
            f'<text x="22" y="{top + 29}" font-weight="bold" fill="#1d2733">{layer}</text>',
            f'<text x="270" y="{top + 29}" fill="#1d2733">{"   ".join(packages)}</text>',
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"


def settings_page() -> str:
    """Return the page that lists every setting."""
    lines = [
        "# Settings",
        "",
        "Give them to `minlex mine` and `minlex train` as a TOML file with `--settings`, one table a stage, or in the",
        "form that Prefect shows. Made from `tasks/settings.py` by `docs/generate.py`.",
    ]
    stages = {stage: field.default for stage, field in MineSettings.model_fields.items()} | OF_MODELS
    for stage, settings in stages.items():
        lines += ["", f"## [{stage}]", "", settings.__doc__ or "", ""]
        lines += ["| setting | default | bounds | meaning |", "|---|---|---|---|"]
        fields = type(settings).model_fields.items()
        lines += [
            _setting(name, info, getattr(settings, name)) for name, info in fields if not _is_table(info)
        ]
    return "\n".join(lines) + "\n"


def tables_page() -> str:
    """Return the page that lists every column of every table."""
    lines = [
        "# Tables",
        "",
        "Query them as `CORPUS.TABLE`. Made from `tasks/tables.py` by `docs/generate.py`.",
    ]
    for table in TABLES.values():
        lines += ["", f"## {table.name}", "", f"{table.meaning}. Key: {', '.join(table.key)}.", ""]
        lines += ["| column | type | null | meaning |", "|---|---|---|---|"]
        lines += [_column(column) for column in table.columns]
    return "\n".join(lines) + "\n"


def benchmarks_page() -> str:
    """Return the page of measured figures, one row a line of benchmarks.jsonl."""
    lines = [
        "# Benchmarks",
        "",
        "Each row is measured through what the last column but one names. Terms are in the decision of each row;",
        "`make bench BENCH=NAME` measures again and writes the rows. Made from `docs/benchmarks.jsonl` by",
        "`docs/generate.py`.",
        "",
        "| date | bench | what | better | Minlex | peers | load | what a user calls | terms |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for line in (FOLDER / "benchmarks.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        unit, source = row["unit"], row["source"]
        peers = "; ".join(f"{peer}: {figure:g} {unit}" for peer, figure in row["peers"].items())
        lines.append(
            f"| {row['date']} | `{row['bench']}` | {row['what']} | {row['better']} "
            f"| {row['ours']:g} {unit} | {peers} | {row['load']} | `{row['call']}` "
            f"| [{source}](decisions/{source}.md) |"
        )
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """Return the page that lists every command with its arguments and options."""
    lines = [
        "# Commands",
        "",
        "What `minlex COMMAND --help` prints. Made from `flows/commands` by `docs/generate.py`.",
    ]
    return "\n".join([*lines, *_command("minlex", get_command(app))]) + "\n"


def _command(name: str, command: Any) -> list[str]:
    if hasattr(command, "commands"):
        return [
            line for word, inner in command.commands.items() for line in _command(f"{name} {word}", inner)
        ]
    lines = ["", f"## {name}", "", inspect.cleandoc(command.help or ""), ""]
    lines += ["| argument or option | default | meaning |", "|---|---|---|"]
    return lines + [_parameter(parameter) for parameter in command.params]


def _parameter(parameter: Any) -> str:
    named = [*parameter.opts, *parameter.secondary_opts]
    shown = ", ".join(f"`{name}`" for name in named if name.startswith("-")) or f"`{parameter.name.upper()}`"
    named_default = getattr(parameter, "show_default", None)
    default = named_default if isinstance(named_default, str) else parameter.default
    told = "required" if parameter.required else "" if default in (None, False) else str(default)
    return f"| {shown} | {told} | {(parameter.help or '').replace('|', chr(92) + '|')} |"


def _is_table(info: FieldInfo) -> bool:
    return isinstance(info.default, BaseModel)


def _setting(name: str, info: FieldInfo, default: Any) -> str:
    bounds = [_bound(rule) for rule in info.metadata]
    allowed = getattr(info.annotation, "__args__", ())
    if allowed and all(isinstance(choice, str) for choice in allowed):
        bounds.append(", ".join(allowed))
    shown = "unset" if default is None else str(default).lower()
    return f"| `{name}` | {shown} | {'; '.join(b for b in bounds if b)} | {info.description} |"


def _bound(rule: Any) -> str:
    signs = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    return "; ".join(f"{word} {getattr(rule, sign):g}" for sign, word in signs.items() if hasattr(rule, sign))


def _column(column: Column) -> str:
    return f"| `{column.name}` | {column.type} | {'yes' if column.nullable else ''} | {column.meaning} |"


PAGES = {
    "architecture.svg": architecture_picture,
    "benchmarks.md": benchmarks_page,
    "commands.md": commands_page,
    "settings.md": settings_page,
    "tables.md": tables_page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
