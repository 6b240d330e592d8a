"""Buffers that outlive a call, so that the next batch of text does not pay for fresh pages again.

The system zeroes every page it hands out, which costs as much as a pass over the data or more. What was
computed in a workspace is valid until the workspace is next used.
"""

import numpy as np


class Workspace:
    """Arrays by name, each kept until a larger one of that name is asked for."""

    def __init__(self) -> None:
        self._kept: dict[str, np.ndarray] = {}

    def empty(self, name: str, size: int, dtype: type) -> np.ndarray:
        """Return `size` values of any content."""
        needed = size * np.dtype(dtype).itemsize
        kept = self._kept.get(name)
        if kept is None or len(kept) < needed:
            self._kept[name] = kept = np.empty(needed, dtype=np.uint8)
        return kept[:needed].view(dtype)
