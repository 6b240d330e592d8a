"""Two models mixed: p = w p_a + (1 - w) p_b, the weight fitted by expectation-maximisation on text of its own.

    w <- mean_t w p_a(x_t) / (w p_a(x_t) + (1 - w) p_b(x_t))

The likelihood is concave in w, so EM finds its maximum; a mixture of normalised models is normalised.
"""

import numpy as np

_ITERATIONS, _TOLERANCE = 200, 1e-7


def fit_weight(log_a: np.ndarray, log_b: np.ndarray) -> float:
    """Return the weight of model a from both models' ln p float64[n] of one text.

    >>> round(fit_weight(np.log([0.5, 0.1]), np.log([0.1, 0.5])), 3)
    0.5
    """
    weight = 0.5
    for _ in range(_ITERATIONS):
        posterior = np.exp(np.log(weight) + log_a - mix(log_a, log_b, weight))
        before, weight = weight, float(np.clip(posterior.mean(), 1e-12, 1 - 1e-12))
        if abs(weight - before) < _TOLERANCE:
            break
    return weight


def mix(log_a: np.ndarray, log_b: np.ndarray, weight: float) -> np.ndarray:
    """Return ln p of the mixture, float64[n]; ValueError unless the weight is between 0 and 1."""
    if not 0 < weight < 1:
        raise ValueError(f"weight must be between 0 and 1, got {weight}")
    return np.logaddexp(np.log(weight) + log_a, np.log1p(-weight) + log_b)
