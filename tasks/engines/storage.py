"""Arrays in memory as long as they fit, in files from then on: same arrays, same results.

Columns grow in memory until together they exceed the limit; then all of them go to files, and every array made
afterwards is a mapped file. What a column will come to need not be known beforehand. A file is removed from its
folder as soon as it is mapped, so nothing is left behind when the process dies. `trim` gives the pages back to
the system; they are read again when they are next touched.
"""

import mmap
from collections.abc import Iterator
from io import BufferedRandom
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np

from tasks.engines.pages import zeros

# Values a block of a column has room for: as many as there are already, within these.
_LEAST_BLOCK = 1 << 12
_MOST_BLOCK = 1 << 21


class Storage:
    """Makes arrays; with a folder, in files there once the columns exceed `limit` bytes."""

    def __init__(self, folder: str | None = None, limit: int = 0) -> None:
        self._folder = folder
        self._left = limit
        self._columns: list[Column] = []
        self._maps: list[mmap.mmap] = []
        if folder is not None:
            Path(folder).mkdir(parents=True, exist_ok=True)

    @property
    def mapped(self) -> bool:
        """Whether arrays are mapped files."""
        return self._folder is not None and self._left < 0

    def zeros(self, size: int, dtype: type) -> np.ndarray:
        """Return an array of `size` zeros."""
        if not self.mapped or size == 0:
            return zeros(size, dtype)
        with TemporaryFile(dir=self._folder) as file:
            file.truncate(size * np.dtype(dtype).itemsize)
            mapped = mmap.mmap(file.fileno(), 0)
        self._maps.append(mapped)
        return np.frombuffer(mapped, dtype=dtype)

    def column(self, dtype: type) -> "Column":
        """Return an empty column that grows at its end."""
        column = Column(dtype, self)
        self._columns.append(column)
        return column

    def join(self, columns: list["Column"]) -> np.ndarray:
        """Return the columns one after the other and close them."""
        joined = self.zeros(sum(len(column) for column in columns), columns[0].dtype)
        at = 0
        for column in columns:
            at = column.move(joined, at)
        return joined

    def forget(self) -> None:
        """Let go of the columns that were not joined."""
        self._columns.clear()

    def trim(self) -> None:
        """Give mapped pages back to the system."""
        for mapped in tuple(self._maps):
            mapped.madvise(mmap.MADV_DONTNEED)

    def grow(self, size: int) -> None:
        """Account for `size` more bytes of columns, which may send all of them to files."""
        if self._folder is None or self.mapped:
            return
        self._left -= size
        if self.mapped:
            for column in self._columns:
                column.spill(self._folder)


class Column:
    """Values that are appended in pieces, then moved into one array."""

    def __init__(self, dtype: type, storage: Storage) -> None:
        self.dtype = dtype
        self._storage = storage
        self._size = 0
        self._blocks: list[np.ndarray] = []
        self._free = 0
        self._file: BufferedRandom | None = None

    def __len__(self) -> int:
        """Return the number of values."""
        return self._size

    def append(self, piece: np.ndarray) -> None:
        """Add a copy of `piece`, in integers of the column's width, at the end."""
        self._storage.grow(len(piece) * np.dtype(self.dtype).itemsize)
        if self._file is not None:
            self._size += len(piece)
            self._file.write(piece.astype(self.dtype).tobytes())
            return
        while len(piece):
            if not self._free:
                self._free = min(max(_LEAST_BLOCK, self._size), _MOST_BLOCK)
                self._blocks.append(zeros(self._free, self.dtype, filled=False))
            taken = piece[: self._free]
            at = len(self._blocks[-1]) - self._free
            self._blocks[-1][at : at + len(taken)] = taken
            self._free -= len(taken)
            self._size += len(taken)
            piece = piece[len(taken) :]

    def spill(self, folder: str) -> None:
        """Go on in a file."""
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - `move` closes it
        for block in self._filled():
            self._file.write(block.tobytes())
        self._blocks = []

    def move(self, target: np.ndarray, at: int) -> int:
        """Copy all values to target[at:], forget them and return the position after the last."""
        end = at + self._size
        if self._file is not None:
            self._file.flush()
            self._file.seek(0)
            while at < end:
                piece = target[at : min(at + (1 << 20), end)]
                read = self._file.readinto(piece.data.cast("B"))
                at += read // target.itemsize
            self._file.close()
        self._blocks = list(self._filled())
        while self._blocks:
            # Each is let go once it is copied, which leaves its pages to what is copied next.
            block = self._blocks.pop(0)
            target[at : at + len(block)] = block
            at += len(block)
        self._free = 0
        return end

    def _filled(self) -> Iterator[np.ndarray]:
        yield from self._blocks[:-1]
        if self._blocks:
            yield self._blocks[-1][: len(self._blocks[-1]) - self._free]
