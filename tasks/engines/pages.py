"""Large arrays in small pages of their own, which go back to the system when the array does.

numpy asks for huge pages from 4 MB on. Memory that a stage takes once and gives back is mostly cost of the first
touch then, and on a virtual machine a huge page costs several times what the same memory costs in small ones.
"""

import mmap

import numpy as np

_LARGE = 1 << 22


def zeros(size: int, dtype: type, *, filled: bool = True) -> np.ndarray:
    """Return an array of `size` zeros; one that will be filled is given all of its pages at once."""
    if size * np.dtype(dtype).itemsize < _LARGE or not hasattr(mmap, "MAP_PRIVATE"):
        return np.zeros(size, dtype=dtype)
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | (getattr(mmap, "MAP_POPULATE", 0) if filled else 0)
    pages = mmap.mmap(-1, size * np.dtype(dtype).itemsize, flags=flags)
    return np.frombuffer(pages, dtype=dtype)
