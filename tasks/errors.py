"""The two ways a run refuses: the input was bad, or a check between stages failed.

Both messages are one line that gives the rule, the value and what to do.
"""


class InputError(ValueError):
    """What the user gave breaks a rule; the command ends with exit code 2."""


class CheckFailedError(RuntimeError):
    """A critical check between stages failed; nothing of the run is published."""


class NoInputError(InputError):
    """There is nothing to read where input was to be."""
