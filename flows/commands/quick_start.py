"""Loading without delay, for a command that may have but a line to answer."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quick_start() -> Iterator[None]:
    """Load modules and models without looking for garbage, of which loading makes none.

    Nor is it looked for later in what was loaded, not even when the command ends. Where NumPy is loaded here first,
    its BLAS starts no threads: they would wait for each other over products as small as a segmenter's.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
