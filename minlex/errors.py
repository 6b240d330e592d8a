"""What can go wrong: `InputError` for what the caller gave, `CheckFailedError` for data that fails its checks."""

from tasks.errors import CheckFailedError, InputError

__all__ = ["CheckFailedError", "InputError"]
