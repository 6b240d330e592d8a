"""What the report says, in every language it speaks: language -> key -> text."""

from collections.abc import Mapping

from tasks.report.chinese import CHINESE
from tasks.report.english import ENGLISH
from tasks.settings import Language

STRINGS: dict[Language, dict[str, str]] = {"en": ENGLISH, "zh": CHINESE}


def named(t: Mapping[str, str], kind: str, identifier: str) -> str:
    """Return how a language calls an identifier of a kind, such as `reason` or `step`; itself when it has no name.

    >>> named({"texts_held_out": "留出文本"}, "texts", "held-out")
    '留出文本'
    """
    return t.get(f"{kind}_{identifier.replace('-', '_')}", identifier)
