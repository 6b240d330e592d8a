"""Settings of one command: defaults, then a TOML file, then options.

A file that a TOML file names is looked for beside it, wherever the command is given, and later ones too.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tasks.errors import InputError
from tasks.settings import TRAINED, EngineSettings, MineSettings, StageSettings

Trains = TypeVar("Trains", bound=StageSettings)
Validated = TypeVar("Validated", bound=BaseModel)

NAMES_OF_FILES = {
    "lexicon": ("force", "forbid", "known"),
    "evaluation": ("gold",),
    "crf": ("gold", "test"),
}


def mine_settings(file: Path | None, **options: Mapping[str, Any]) -> MineSettings:
    """Merge defaults, a file and the options given; InputError in one line for a value out of bounds.

    Tables of the file that are of `minlex train` are left alone.
    """
    tables = _read(file) if file else {}
    chosen = {stage: values for stage, values in tables.items() if stage not in TRAINED}
    for stage, values in options.items():
        given = {name: value for name, value in values.items() if value is not None}
        in_file = chosen.get(stage, {})
        if given and isinstance(in_file, dict):
            chosen[stage] = {**in_file, **given}
    return validated(MineSettings, chosen)


def engine_settings(engine: EngineSettings, **options: Any) -> EngineSettings:
    """Merge an engine and the options given; InputError as above."""
    given = {name: value for name, value in options.items() if value is not None}
    return validated(EngineSettings, engine.model_dump() | given)


def training_settings(kind: type[Trains], table: str, file: Path | None, **options: Any) -> Trains:
    """Merge the defaults of one kind of model, the table of a file and the options given; InputError as above.

    The options `epochs`, `seed` and `threads` are those of its training.
    """
    chosen = (_read(file) if file else {}).get(table, {})
    if not isinstance(chosen, dict) or not isinstance(chosen.get("training", {}), dict):
        raise InputError(f"settings [{table}] and [{table}.training] must be tables; got {chosen!r}")
    given = {name: value for name, value in options.items() if value is not None}
    training = kind.model_fields["training"].default.model_dump() | chosen.get("training", {})
    training |= given.pop("training", {})
    training |= {name: given.pop(name) for name in ("epochs", "seed", "threads") if name in given}
    return validated(kind, {**chosen, **given, "training": training})


def validated(kind: type[Validated], chosen: dict[str, Any]) -> Validated:
    """Return settings of these values; InputError in one line for what is out of bounds or unknown."""
    try:
        return kind.model_validate(chosen)
    except ValidationError as error:
        raise InputError(_described(error)) from None


def _read(file: Path) -> dict[str, Any]:
    """Return the tables of a file; InputError for one that no command knows."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"cannot read settings {str(file)!r}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"settings {str(file)!r} are not TOML: {error}") from None
    known = (*MineSettings.model_fields, *TRAINED)
    for name in tables:
        if name not in known:
            raise InputError(
                f"settings must be tables named {', '.join(known)}; got {name!r} in {str(file)!r}"
            )
    for table, names in NAMES_OF_FILES.items():
        values = tables.get(table)
        if isinstance(values, dict):
            # What begins with ~ is below the user's own folder; a list holds words.
            named = {name: values.get(name) for name in names}
            values |= {
                name: str(file.resolve().parent / path)
                for name, path in named.items()
                if isinstance(path, str) and not path.startswith("~")
            }
    return tables


def _described(error: ValidationError) -> str:
    """Return what is wrong with settings, in one line."""
    return "; ".join(_describe(problem) for problem in error.errors())


def _describe(problem: Any) -> str:
    name = ".".join(str(piece) for piece in problem["loc"])
    rule = problem["msg"].removeprefix("Value error, ")
    return f"setting {name}: {rule[0].lower()}{rule[1:]}; got {problem['input']!r}" if name else rule
