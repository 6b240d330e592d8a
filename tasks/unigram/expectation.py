"""The E-step of the unigram model over fixed blocks of a text, in this process or over a cluster.

A block is `BLOCK_ROWS` sentences. The expected counts of a text are those of its blocks, added one after the other
from the first to the last; floating-point sums depend on their order, so it is the same wherever the blocks are
computed. A block's likelihood is the row of word -1.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial

import numpy as np
import pyarrow as pa

from tasks.corpus.slices import Slice, even_slices, read_slice
from tasks.engines.spark import Cluster
from tasks.text.characters import StringColumn
from tasks.text.token_rules import RAW, TokenRules
from tasks.text.trie import Trie, build_trie
from tasks.text.user_dictionary import NOTHING, UserDictionary
from tasks.unigram.em import Expect, expected_counts
from tasks.unigram.lattice import Lattice, build_lattice

BLOCK_ROWS = 16_384
SCHEMA = pa.schema(
    [
        pa.field("word", pa.int64(), nullable=False),
        pa.field("block", pa.int64(), nullable=False),
        pa.field("expected", pa.float64(), nullable=False),
    ]
)
_LIKELIHOOD = -1
_KEPT_BLOCKS = 16


@dataclass(frozen=True)
class Vocabulary:
    """Words, token rules and user dictionary to spell texts by; equal when their contents are."""

    words: pa.StringArray = field(compare=False)
    token_rules: TokenRules = RAW
    dictionary: UserDictionary = NOTHING
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        """Hash the words by their text, for an Arrow array has no hash."""
        digest = hashlib.sha256()
        for word in self.words.to_pylist():
            digest.update(word.encode() + b"\n")
        object.__setattr__(self, "digest", digest.hexdigest())

    def lattice(self, texts: StringColumn) -> Lattice:
        """Return the lattice of texts; ValueError when a text cannot be spelled."""
        return build_lattice(texts, _trie(self), self.token_rules, self.dictionary)


def expect_here(texts: StringColumn, vocabulary: Vocabulary) -> Expect:
    """Return the E-step of a text, in this process."""
    lattices = [
        vocabulary.lattice(texts.slice(first, BLOCK_ROWS)) for first in range(0, len(texts), BLOCK_ROWS)
    ]

    def expect(probabilities: np.ndarray) -> tuple[np.ndarray, float]:
        total, log_likelihood = np.zeros(len(probabilities)), 0.0
        for lattice in lattices:
            expected, nats = expected_counts(lattice, probabilities)
            total += expected
            log_likelihood += nats
        return total, log_likelihood

    return expect


def expect_on_cluster(cluster: Cluster, path: str, vocabulary: Vocabulary) -> Expect:
    """Return the E-step of a file of sentences over a cluster; the same sums, to the last bit, as `expect_here`."""
    blocks = list(enumerate(even_slices([path], BLOCK_ROWS)))

    def expect(probabilities: np.ndarray) -> tuple[np.ndarray, float]:
        work = partial(expect_block, vocabulary, probabilities)
        sums = cluster.fold_rows(work, blocks, SCHEMA, "word", "block", "expected")
        words, values = sums["word"].to_numpy(), sums["expected"].to_numpy()
        total = np.zeros(len(probabilities))
        total[words[words >= 0]] = values[words >= 0]
        return total, float(values[words == _LIKELIHOOD].sum())

    return expect


def expect_block(
    vocabulary: Vocabulary, probabilities: np.ndarray, block: tuple[int, Slice]
) -> Iterator[pa.RecordBatch]:
    """Yield rows (word, block, expected) of a numbered block; words that are not expected are left out."""
    number, part = block
    expected, nats = expected_counts(_kept(vocabulary, part), probabilities)
    words = np.flatnonzero(expected)
    columns = (
        np.append(words, _LIKELIHOOD),
        np.full(len(words) + 1, number, np.int64),
        np.append(expected[words], nats),
    )
    yield pa.RecordBatch.from_arrays([pa.array(column) for column in columns], schema=SCHEMA)


@lru_cache(maxsize=1)
def _trie(vocabulary: Vocabulary) -> Trie:
    return build_trie(vocabulary.words)


@lru_cache(maxsize=_KEPT_BLOCKS)
def _kept(vocabulary: Vocabulary, part: Slice) -> Lattice:
    """Return the lattice of a block, made once a worker and not in every iteration."""
    texts = [batch.column("text") for batch in read_slice(part, ["text"])]
    return vocabulary.lattice(pa.chunked_array(texts, pa.string()))
