"""The two ways a run refuses: the input was bad, or a check between stages failed.

Both messages are one line that gives the rule, the value and what to do.
"""

from importlib.util import find_spec


class InputError(ValueError):
    """What the user gave breaks a rule; the command ends with exit code 2."""


class CheckFailedError(RuntimeError):
    """A critical check between stages failed; nothing of the run is published."""


class NoInputError(InputError):
    """There is nothing to read where input was to be."""


def need(extra: str, *modules: str, what: str) -> None:
    """Raise InputError when one of `modules`, which `extra` of the package brings, is not installed for `what`."""
    for module in modules:
        try:
            found = find_spec(module) is not None
        except ModuleNotFoundError:
            found = False
        if not found:
            raise InputError(f"{what} needs {module}; install it with: pip install 'minlex[{extra}]'")
