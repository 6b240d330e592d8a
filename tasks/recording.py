"""Flows and tasks: plain functions, which Prefect runs and records where it has a server to record them at.

A flow goes through Prefect within another flow run, and where PREFECT_API_URL names a server; a task does within a
flow run. Everywhere else a call is that of the function as it stands, and Prefect, which takes a second to import,
is not imported.
"""

import os
import sys
from collections.abc import Callable
from functools import cached_property, update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
API = "PREFECT_API_URL"


class Recorded(Generic[P, R]):
    """A function `fn` that Prefect records as a `kind` with `options`; `recorded` is its Flow or Task."""

    def __init__(self, fn: Callable[P, R], kind: str, options: dict[str, Any]) -> None:
        self.fn, self._kind, self._options = fn, kind, options
        update_wrapper(self, fn)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function, by way of Prefect where that records it."""
        through_prefect = in_flow_run() or (self._kind == "flow" and bool(os.environ.get(API)))
        return (self.recorded if through_prefect else self.fn)(*args, **kwargs)

    @cached_property
    def recorded(self) -> Any:
        """The function as Prefect's Flow or Task."""
        import prefect

        return getattr(prefect, self._kind)(**self._options)(self.fn)


def flow(**options: Any) -> Callable[[Callable[P, R]], Recorded[P, R]]:
    """Mark a function as a flow; `options` are those of Prefect's decorator."""
    return lambda fn: Recorded(fn, "flow", options)


def task(task_run_name: str | Callable[[], str] | None = None) -> Callable[[Callable[P, R]], Recorded[P, R]]:
    """Mark a function as a task; `task_run_name` is that of Prefect's decorator."""
    options = {} if task_run_name is None else {"task_run_name": task_run_name}
    return lambda fn: Recorded(fn, "task", options)


def in_flow_run() -> bool:
    """Return whether the caller is within a flow run of Prefect, which must have been imported for that."""
    context = sys.modules.get("prefect.context")
    return context is not None and context.FlowRunContext.get() is not None
