"""Text of a corpus made fit to be shown: nothing invisible, nothing that ends an element early."""

import json
from typing import Any


def visible(text: str) -> str:
    """Return `text` with every character that cannot be seen spelled out.

    >>> visible("a\\u202eb")
    'a\\\\u202eb'
    """
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def script_json(value: Any) -> str:
    """Return `value` as compact JSON that is safe inside a script element: no <, > or & is left in it.

    >>> script_json({"word": "</script>"})
    '{"word":"\\\\u003c/script\\\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
