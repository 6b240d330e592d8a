"""Cut lines as JSON objects: words, where they stand, what they cost and how likely they are."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, cast

import numpy as np
import orjson
import pyarrow as pa

from flows.cut_request import Request
from tasks.errors import InputError
from tasks.segment.alternatives import boundary_probabilities, draw, likeliest
from tasks.segment.cuts import cuts_of, words_at
from tasks.segment.loading import Cutter, Weighing
from tasks.segment.viterbi import Segmenter


def json_line(row: dict[str, Any]) -> str:
    """Return a row as one line of JSON."""
    return orjson.dumps(row).decode() + "\n"


def described(
    segmenter: Cutter, texts: pa.StringArray, first: int, request: Request
) -> Iterator[dict[str, Any]]:
    """Yield a row a text, the first of which is line `first` of all, from 0."""
    plain = texts.to_pylist()
    if request.needs_lexicon:
        lexicon = cast(Segmenter, segmenter)
        found = (
            likeliest(lexicon, texts, request.nbest)
            if request.nbest is not None
            else draw(lexicon, texts, seed=request.seed, temperature=request.temperature, first_row=first)
        )
        for row, (text, cuts) in enumerate(zip(plain, cuts_of(found, plain), strict=True)):
            yield {"line": first + row + 1, "text": text, "cuts": cuts}
        return
    tokens = segmenter.segment(texts)
    bounds = tokens.sentence_index.searchsorted(range(len(plain) + 1)).tolist()
    starts, ends = tokens.start.tolist(), tokens.end.tolist()
    likely = _boundaries(segmenter, texts) if request.probabilities else None
    for row, text in enumerate(plain):
        span = slice(bounds[row], bounds[row + 1])
        told = {"line": first + row + 1, "text": text} | words_at(text, starts[span], ends[span])
        yield told if likely is None else told | {"probabilities": likely[row]}


def _boundaries(segmenter: Cutter, texts: pa.StringArray) -> list[list[float]]:
    if isinstance(segmenter, Weighing):
        probability, offsets = segmenter.boundary_probabilities(texts)
    elif isinstance(segmenter, Segmenter):
        probability, offsets = boundary_probabilities(segmenter, texts)
    else:
        raise InputError("--probabilities needs a segmenter that has them; add --model lexicon")
    rounded = np.round(probability.astype(np.float64), 6).tolist()
    return [rounded[i:j] for i, j in pairwise(offsets.tolist())]
