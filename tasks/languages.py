"""The languages that a report is written in."""

from typing import Literal

Language = Literal["en", "zh"]
