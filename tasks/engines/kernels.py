"""Numba's kernels loaded sooner."""

import sys


def load_without_blas() -> None:
    """Load what Numba loads with its first kernel, but for SciPy's BLAS, which takes as long as all the rest.

    Numba only looks whether it is there, for kernels with np.cov and np.corrcoef; products of matrices still find it.
    """
    blas = "scipy.linalg.cython_blas"
    if blas in sys.modules:
        return
    sys.modules[blas] = None  # type: ignore[assignment]  # the import system's sign for what must not be found
    try:
        import numba.np.arraymath  # noqa: F401
    finally:
        del sys.modules[blas]
