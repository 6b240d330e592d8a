"""The vocabulary of a given size that EM fits to a text (see tasks.lexicon.pruning), for the tools that cut raw text.

Words lie between white space, U+2581 and special tokens, where the tools cut too, and hold punctuation and digits as
any character: a convention of a lexicon would be lost on tools that do not know it. Candidates are all grams of the
text and the words of the corpus's lexicon. What the user forces stays, what he forbids does not come in.
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from tasks.errors import InputError
from tasks.export.vocabulary import (
    BLANK_SIGN,
    BYTES,
    CONTROL,
    Vocabulary,
    can_be_written,
    check_special,
    room_for_words,
    vocabulary_of,
)
from tasks.lexicon.pruning import fit_lexicon
from tasks.text.token_rules import RAW
from tasks.text.user_dictionary import NOTHING, UserDictionary


def fit_vocabulary(
    texts: pa.StringArray,
    lexicon: pl.Series,
    *,
    size: int,
    dictionary: UserDictionary = NOTHING,
    special: Sequence[str] = (),
    byte_fallback: bool = True,
) -> Vocabulary:
    """Return the vocabulary of `size` pieces in all that is fitted to texts, from their grams and a lexicon's words.

    Every character of texts, lexicon and forced words is a piece. Fewer pieces when there are not so many to choose
    from. InputError when special tokens collide, `size` is too small, stating the least possible, or there is no text.
    """
    listed, forced = (
        words.filter(can_be_written(words)).to_list()
        for words in (lexicon, pl.Series(list(dictionary.force), dtype=pl.String))
    )
    characters = {
        c for c in set("".join([*texts.to_pylist(), *listed, *forced])) - {BLANK_SIGN} if not c.isspace()
    }
    if not characters:
        raise InputError("a vocabulary needs a text with characters in it; got none that can be written")
    check_special(special, characters)
    needed = len(characters.union(forced))
    room = room_for_words(size, special, byte_fallback, needed)
    for sign in (BLANK_SIGN, *sorted(special, key=len, reverse=True)):
        texts = pc.replace_substring(texts, sign, " ")
    fitted = fit_lexicon(
        texts,
        needed + room,
        RAW,
        listed=[*listed, *sorted(characters)],
        refused={*CONTROL, *BYTES, *special},
        dictionary=replace(dictionary, force=tuple(forced)),
    )
    pieces = pl.DataFrame({"word": pl.Series(fitted.words), "probability": fitted.probabilities})
    return vocabulary_of(pieces, special, byte_fallback, len(lexicon) - len(listed))
