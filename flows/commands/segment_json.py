"""Cut lines as JSON objects: words, where they stand, what they cost and how likely they are."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, cast

import numpy as np
import orjson
import pyarrow as pa

from flows.commands.segment_request import Request
from tasks.errors import InputError
from tasks.text.segmentation import BoundaryScorer, Segmentation, Segmenter
from tasks.unigram.alternatives import Alternatives, boundary_probabilities, draw, likeliest
from tasks.unigram.cuts import cuts_of, words_at
from tasks.unigram.segmenter import UnigramSegmenter

LINES_AT_ONCE = 4_096


def json_lines(segmenter: Segmenter, texts: pa.LargeStringArray, first: int, request: Request) -> bytes:
    """Return a JSON object a line for lines, each with its end, the first of which is line `first` of all, from 0."""
    written = []
    # a few at a time, for what is known of a line takes many times its memory
    for begin in range(0, len(texts), LINES_AT_ONCE):
        rows = _described(segmenter, texts.slice(begin, LINES_AT_ONCE), first + begin, request)
        written.append(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows))
    return b"".join(written)


def drawn(segmenter: Segmenter, texts: pa.LargeStringArray, first: int, request: Request) -> Segmentation:
    """Return the cut of each line that is drawn as the request says."""
    found = _draw(segmenter, texts, first, request)
    sentence = np.repeat(found.sentence, np.diff(found.offsets))
    return Segmentation(texts, sentence, found.start, found.end, found.word)


def _draw(segmenter: Segmenter, texts: pa.LargeStringArray, first: int, request: Request) -> Alternatives:
    lexicon = cast(UnigramSegmenter, segmenter)
    return draw(lexicon, texts, seed=request.seed, temperature=request.temperature, first_row=first)


def _described(
    segmenter: Segmenter, texts: pa.LargeStringArray, first: int, request: Request
) -> Iterator[dict[str, Any]]:
    plain = [line.rstrip("\r\n") for line in texts.to_pylist()]
    if request.needs_lexicon:
        if request.nbest is not None:
            found = likeliest(cast(UnigramSegmenter, segmenter), texts, request.nbest)
        else:
            found = _draw(segmenter, texts, first, request)
        for row, (text, cuts) in enumerate(zip(plain, cuts_of(found, plain), strict=True)):
            yield {"line": first + row + 1, "text": text, "cuts": cuts}
        return
    tokens = segmenter.segment(texts)
    bounds = tokens.sentence_index.searchsorted(range(len(plain) + 1)).tolist()
    starts, ends = tokens.start.tolist(), tokens.end.tolist()
    likely = _boundaries(segmenter, texts) if request.probabilities else None
    for row, text in enumerate(plain):
        span = slice(bounds[row], bounds[row + 1])
        row_of_text = {"line": first + row + 1, "text": text} | words_at(text, starts[span], ends[span])
        yield row_of_text if likely is None else row_of_text | {"probabilities": likely[row][: len(text)]}


def _boundaries(segmenter: Segmenter, texts: pa.LargeStringArray) -> list[list[float]]:
    if isinstance(segmenter, BoundaryScorer):
        probability, offsets = segmenter.boundary_probabilities(texts)
    elif isinstance(segmenter, UnigramSegmenter):
        probability, offsets = boundary_probabilities(segmenter, texts)
    else:
        raise InputError("--probabilities needs a segmenter that has them; add --model lexicon")
    rounded = np.round(probability.astype(np.float64), 6).tolist()
    return [rounded[i:j] for i, j in pairwise(offsets.tolist())]
