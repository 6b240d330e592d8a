"""Write the reference pages that derive from code: `python docs/generate.py`; a test holds them up to date."""

import inspect
import json
import tomllib
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


def architecture_picture() -> str:
    """Return the picture of the layers that the import contracts in pyproject.toml declare, SVG."""
    declared = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = declared["tool"]["importlinter"]["contracts"]
    [layers] = [contract["layers"] for contract in contracts if "containers" in contract]
    rows = ["flows", *(layer.replace(" : ", "   ") for layer in layers)]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {44 * len(rows) + 8}" '
        'font-family="sans-serif" font-size="15" role="img">',
        "<title>Layers of Minlex; imports go down</title>",
    ]
    for number, packages in enumerate(rows):
        top = 44 * number + 8
        lines += [
            f'<rect x="8" y="{top}" width="744" height="36" rx="6" fill="#eef2f7" stroke="#5b6b80"/>',
            f'<text x="22" y="{top + 24}" font-weight="bold" fill="#1d2733">{packages}</text>',
            f'<text x="738" y="{top + 24}" text-anchor="end" fill="#1d2733">{_purpose(packages)}</text>',
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"


_PURPOSES = {
    "flows": "commands and deployed flows",
    "report": "words go out: pages, explanations, files for other tools",
    "generation": "the corpus in tokens; texts drawn from models",
    "crf": "models trained on the words",
    "evaluation": "scores, and bits per character",
    "self_training": "the segmenter without labels",
    "lexicon": "words, language models, topics",
    "unigram": "counting, and the lexicon as a model",
    "corpus": "text comes in: files to documents to sentences",
    "text": "characters and rules; checks; training networks",
    "vae": "the home on disk; networks; progress",
    "engines": "processes, memory, DuckDB, Spark",
    "recording": "declared once",
}


def _purpose(packages: str) -> str:
    return _PURPOSES[packages.split()[0]]


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
    default_shown = "required" if parameter.required else "" if default in (None, False) else str(default)
    return f"| {shown} | {default_shown} | {(parameter.help or '').replace('|', chr(92) + '|')} |"


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
