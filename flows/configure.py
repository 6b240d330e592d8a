"""Settings of one command: defaults, then a TOML file, then options."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tasks.errors import InputError
from tasks.settings import LanguageModelSettings, MineSettings


def mine_settings(file: Path | None, **options: dict[str, Any]) -> MineSettings:
    """Merge defaults, a file and the options given; InputError in one line for a value out of bounds."""
    chosen = _read(file) if file else {}
    for stage, values in options.items():
        given = {name: value for name, value in values.items() if value is not None}
        in_file = chosen.get(stage, {})
        if given and isinstance(in_file, dict):
            chosen[stage] = {**in_file, **given}
    try:
        return MineSettings.model_validate(chosen)
    except ValidationError as error:
        raise InputError(described(error)) from None


def lm_settings(file: Path | None, model: dict[str, Any], training: dict[str, Any]) -> LanguageModelSettings:
    """Merge the defaults, a file's table [lm] and the options given; InputError for a value out of bounds."""
    defaults = LanguageModelSettings().model_dump(mode="json")
    found = (_read(file) if file else {}).get("lm", {})
    merged = defaults | found | {name: value for name, value in model.items() if value is not None}
    given = {name: value for name, value in training.items() if value is not None}
    merged["training"] = defaults["training"] | found.get("training", {}) | given
    try:
        chosen = LanguageModelSettings.model_validate(merged)
    except ValidationError as error:
        raise InputError(described(error)) from None
    if chosen.width % chosen.heads:
        raise InputError(f"width must be a multiple of heads, got {chosen.width} and {chosen.heads}")
    return chosen


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read settings {str(file)!r}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"settings {str(file)!r} are not TOML: {error}") from None


def described(error: ValidationError) -> str:
    """Return what is wrong with settings, in one line."""
    return "; ".join(_describe(problem) for problem in error.errors())


def _describe(problem: Any) -> str:
    name = ".".join(str(piece) for piece in problem["loc"])
    return f"setting {name}: {problem['msg'].lower()}; got {problem['input']!r}"
