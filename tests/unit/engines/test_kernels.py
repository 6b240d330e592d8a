import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PRODUCT = """
import sys
from tasks.engines.kernels import load_without_blas

load_without_blas()
import numba, numpy as np

@numba.njit
def add(a):
    return a + a

add(np.ones(2))
print("scipy.linalg" in sys.modules)
product = numba.njit(lambda a: a @ a)
print(product(np.ones((2, 2))).tolist(), "scipy.linalg" in sys.modules)
load_without_blas()
print("scipy.linalg.cython_blas" in sys.modules)
"""


def test_kernels_load_without_blas_and_products_of_matrices_find_it():
    done = subprocess.run(
        [sys.executable, "-c", PRODUCT],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.stdout.split("\n")[:3] == ["False", "[[2.0, 2.0], [2.0, 2.0]] True", "True"], done.stderr
