"""Tables as comma-separated values that a spreadsheet does not take for formulas.

A cell of text that begins with = + - @ or a tab or carriage return gets an apostrophe before it, as a
spreadsheet would otherwise compute it (CWE-1236). Numbers stay as they are. To have the words as mined, take
that apostrophe off, or export `txt`.
"""

import polars as pl

FORMULA_START = r"^[=+\-@\t\r]"


def comma_separated(table: pl.DataFrame) -> str:
    """Return a header and one line a row, text in quotes; an absent value is an empty cell.

    >>> comma_separated(pl.DataFrame({"word": ["=1+1", "科学"], "gain": [-1.5, None]})).split()
    ['"word","gain"', '"\\'=1+1",-1.5', '"科学",']
    """
    text = pl.col(pl.String)
    guarded = pl.when(text.str.contains(FORMULA_START)).then("'" + text).otherwise(text)
    return table.with_columns(guarded.name.keep()).write_csv(quote_style="non_numeric")
