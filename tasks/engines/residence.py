"""Keep the mapped pages that a process holds below a limit while kernels run over mapped arrays.

Pages of mapped files count as memory of the process until they are given back; the system would keep them as
long as there is room anywhere. A thread looks every few milliseconds and gives them back beyond the limit;
what is touched again comes from the system's page cache, so no figure depends on it.
"""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from types import TracebackType

_SECONDS = 0.002
_IDLE_SECONDS = 0.02
_STATM = Path("/proc/self/statm")


def _resident(field: int) -> int:
    if not _STATM.exists():
        return 0
    return int(_STATM.read_text(encoding="ascii").split()[field]) * os.sysconf("SC_PAGE_SIZE")


def mapped_bytes() -> int:
    """Return the resident bytes that come from files; 0 where the system does not report them."""
    return _resident(2)


def room_below(memory_bytes: int) -> int:
    """Return what a cap on the whole process leaves above what it holds already, at least a quarter."""
    return max(memory_bytes - _resident(1), memory_bytes // 4)


def give_back() -> None:
    """Return to the system what the C library keeps of freed memory; does nothing where it cannot be asked to."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is not None:
        trim(0)


class Residence:
    """Calls `trim` whenever more than `limit` bytes were mapped since the start; a context manager.

    It hardly looks as long as `mapped` says that nothing is.
    """

    def __init__(self, trim: Callable[[], None], mapped: Callable[[], bool], limit: int) -> None:
        self._trim = trim
        self._mapped = mapped
        self._limit = limit
        self._done = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        base = mapped_bytes()
        while not self._done.wait(_SECONDS if self._mapped() else _IDLE_SECONDS):
            if self._mapped() and mapped_bytes() - base > self._limit:
                self._trim()

    def __enter__(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Watch no more."""
        self._done.set()
        self._thread.join()
