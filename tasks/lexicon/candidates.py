"""Candidate words of the four steps: count what stands between weak pairs of neighbours.

Two neighbours stay together when their pair is among the strong ones; what lies between two cuts is a piece.
Counts of pieces add up over blocks and shards.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
from numba import njit

from tasks.text.characters import CODE_POINTS, StringColumn, blocks, decode, slices
from tasks.text.token_rules import BLANK, MINED, MINED_START, RULE, RULE_START, TokenRules, runs
from tasks.text.trie import Trie, build_trie, child

_MERGE_ROWS = 4_000_000
_SCHEMA = {"piece": pl.String, "rule": pl.Boolean, "count": pl.Int64}


@dataclass(frozen=True)
class Pieces:
    """Pieces of two characters and more as a frame (piece, rule, count).

    By code point, int64[0x110000] each: how often a character is a piece `alone` and is `seen` at all.
    """

    longer: pl.DataFrame
    alone: np.ndarray
    seen: np.ndarray

    @classmethod
    def merge(cls, shards: Iterable["Pieces"]) -> "Pieces":
        """Add the counts of several parts of a corpus."""
        alone, seen = np.zeros(CODE_POINTS, np.int64), np.zeros(CODE_POINTS, np.int64)
        frames: list[pl.DataFrame] = [pl.DataFrame(schema=_SCHEMA)]
        for shard in shards:
            alone += shard.alone
            seen += shard.seen
            frames.append(shard.longer)
            if sum(frame.height for frame in frames[1:]) > _MERGE_ROWS:
                frames = [_add_up(frames)]
        return cls(_add_up(frames), alone, seen)


def count_pieces(texts: StringColumn, strong_pairs: pa.StringArray, token_rules: TokenRules) -> Pieces:
    """Cut the sentences wherever a pair of neighbours is not strong, and count what is left whole."""
    trie = build_trie(strong_pairs)
    return Pieces.merge(_count_block(block, trie, token_rules) for _, block in blocks(texts))


def _count_block(block: pa.Array, strong: Trie, token_rules: TokenRules) -> Pieces:
    text = decode(block)
    span_codes = runs(text, token_rules)
    _cut(strong, strong.character[text.codes], span_codes)
    starts = np.flatnonzero((span_codes == MINED_START) | (span_codes == RULE_START))
    ends = _ends(span_codes, starts)
    visible = span_codes != BLANK
    seen = np.bincount(text.codes[visible], minlength=CODE_POINTS)
    single = ends - starts == 1
    alone = np.bincount(text.codes[starts[single]], minlength=CODE_POINTS)
    starts, ends = starts[~single], ends[~single]
    rows = np.searchsorted(text.offsets, starts, "right") - 1
    first = text.offsets[rows]
    words = slices(block, rows, starts - first, ends - first)
    frame = pl.DataFrame(
        {"piece": pl.Series(words, dtype=pl.String), "rule": span_codes[starts] == RULE_START}
    )
    return Pieces(frame.group_by("piece", "rule").len("count").cast(pl.Schema(_SCHEMA)), alone, seen)


def _add_up(frames: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frames).group_by("piece", "rule").agg(pl.col("count").sum())


@njit(cache=True, nogil=True)
def _cut(strong, characters, span_codes):
    for i in range(1, len(span_codes)):
        if span_codes[i] == MINED:
            node = np.int64(strong.root[characters[i - 1]])
            if node == 0 or child(strong, node, characters[i]) == 0:
                span_codes[i] = MINED_START


@njit(cache=True, nogil=True)
def _ends(span_codes, starts):
    ends = np.empty(len(starts), np.int64)
    for piece in range(len(starts)):
        end = starts[piece] + 1
        while end < len(span_codes) and (span_codes[end] == MINED or span_codes[end] == RULE):
            end += 1
        ends[piece] = end
    return ends
