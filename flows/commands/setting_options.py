"""Options made from settings: type, bounds, default and meaning stand in tasks/settings.py alone."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, NamedTuple, cast

import typer
from annotated_types import Ge, Le, Lt
from pydantic import BaseModel

from minlex.settings import NAMES_OF_FILES

Given = Mapping[str, Mapping[str, Any]]
_FILES = {name for names in NAMES_OF_FILES.values() for name in names}
_LAST = ("json", "quiet")


class Offered(NamedTuple):
    """Settings of a table that a command offers as options, with their defaults.

    `renamed` maps options to fields, `short` fields to options of one letter.
    """

    table: str
    defaults: BaseModel
    names: tuple[str, ...]
    renamed: Mapping[str, str] = {}
    short: Mapping[str, str] = {}


def with_settings(*offered: Offered) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for each setting; it gets what was given as `given`: by table, by name, None if not.

    Names of files become absolute paths.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        fields = {
            option: (group, field)
            for group in offered
            for option, field in [*((name, name) for name in group.names), *group.renamed.items()]
        }
        signature = inspect.signature(command, eval_str=True)
        own = [parameter for parameter in signature.parameters.values() if parameter.name != "given"]
        options = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_option(group, field)
            )
            for name, (group, field) in fields.items()
        ]
        before = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own if p.name not in _LAST]
        after = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own if p.name in _LAST]

        @wraps(command)
        def run(**arguments: Any) -> None:
            given: dict[str, dict[str, Any]] = {group.table: {} for group in offered}
            for name, (group, field) in fields.items():
                value = arguments.pop(name)
                given[group.table][field] = (
                    str(value.expanduser().resolve()) if isinstance(value, Path) else value
                )
            command(**arguments, given=given)

        parameters = [*before, *options, *after]
        run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": None}
        return run

    return decorate


def _option(group: Offered, field: str) -> Any:
    """Return the annotation of the option of one setting."""
    info = type(group.defaults).model_fields[field]
    lowest: list[Any] = [rule.ge for rule in info.metadata if isinstance(rule, Ge)]
    highest: list[Any] = [rule.le for rule in info.metadata if isinstance(rule, Le)]
    highest += [cast(int, rule.lt) - 1 for rule in info.metadata if isinstance(rule, Lt)]
    default = getattr(group.defaults, field)
    names = [f"--{field.replace('_', '-')}", group.short[field]] if field in group.short else []
    option = typer.Option(
        *names,
        help=f"{info.description}.",
        min=next(iter(lowest), None),
        max=next(iter(highest), None),
        show_default=str(default) if default not in (None, "", ()) else False,
    )
    kind: Any = Path if field in _FILES else info.annotation
    return Annotated[kind | None, option]
