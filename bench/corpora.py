"""Texts to measure on: real Chinese in a fixed order, and more of the like from a seeded generator.

The folder is MINLEX_BENCH_DATA, by default ../shared/data beside the repository; what it holds is not part
of it.
"""

import io
import os
import resource
import sys
import tarfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import zstandard
from numba import njit

DATA = Path(os.environ.get("MINLEX_BENCH_DATA", Path(__file__).parents[2] / "shared" / "data"))
_FILES = ("laws/laws_md.tar.zst", "modern/modern.txt.zst", "poems/couplets_5.txt.zst")


def real_lines() -> list[str]:
    """Return the lines of the laws, the modern prose and the poems; without them the program ends."""
    missing = [name for name in _FILES if not (DATA / name).is_file()]
    if missing:
        sys.exit(f"skipped: no {', '.join(missing)} in {DATA}; set MINLEX_BENCH_DATA")
    laws, modern, poems = (unpacked(DATA / name) for name in _FILES)
    lines: list[str] = []
    with tarfile.open(fileobj=io.BytesIO(laws)) as archive:
        for member in archive:
            if (file := archive.extractfile(member)) is not None:
                lines += file.read().decode().splitlines()
    for text in (modern, poems):
        lines += text.decode().splitlines()
    return [line for line in lines if line.strip()]


def unpacked(path: Path) -> bytes:
    """Return what a .zst file holds."""
    with path.open("rb") as file:
        return zstandard.ZstdDecompressor().stream_reader(file).read()


@njit(cache=True)
def _walk(successors, offsets, cumulative, uniform, out):
    state = 0
    for i in range(len(uniform)):
        if uniform[i] < 0.15:
            # Leave the chain: a Zipf draw over all characters.
            target = uniform[i] / 0.15
            first = 0
            last = len(cumulative) - 1
            while first < last:
                middle = (first + last) >> 1
                if cumulative[middle] < target:
                    first = middle + 1
                else:
                    last = middle
            state = first
        else:
            # Follow the chain: the k-th successor with probability falling as 1 / k.
            size = offsets[state + 1] - offsets[state]
            rank = np.int64(np.exp((uniform[i] - 0.15) / 0.85 * np.log(size + 1.0))) - 1
            state = successors[offsets[state] + min(max(rank, 0), size - 1)]
        out[i] = state


def zipf_markov(seed: int, characters: int, alphabet: int = 6000, branches: int = 400) -> Iterator[pa.Array]:
    """Yield columns of sentences of a first-order chain over a Zipf alphabet, about 1M characters each."""
    draw = np.random.default_rng(seed)
    weights = 1.0 / np.arange(1, alphabet + 1)
    weights /= weights.sum()
    cumulative = np.cumsum(weights)
    sizes = np.maximum(4, (branches * (weights / weights[0]) ** 0.3).astype(np.int64))
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    successors = draw.choice(alphabet, size=int(offsets[-1]), p=weights).astype(np.int32)
    letters = np.arange(0x4E00, 0x4E00 + alphabet, dtype=np.uint32)
    while characters > 0:
        size = min(characters, 1 << 20)
        out = np.empty(size, dtype=np.int32)
        _walk(successors, offsets, cumulative, draw.random(size), out)
        ends = np.flatnonzero(draw.random(size) < 1 / 25)
        text = letters[out].tobytes().decode("utf-32-le")
        bounds = [0, *ends.tolist(), size]
        yield pa.array([text[a:b] for a, b in pairwise(bounds) if b > a])
        characters -= size


def peak_mb() -> float:
    """Return the most memory this process has held, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
