"""Expectation-maximisation, the same three lines for every model (J. Su, kexue.fm 5239, eq. 18-20).

    E-step   q(y | x) = p(y | x, old parameters), summed into the statistics that the M-step needs
    M-step   new parameters = argmax sum_x sum_y q(y | x) ln p(x, y | parameters)
    so that  ln p(x | new) >= ln p(x | old)

A model gives the two steps as functions; what it calls its parameters and statistics is its own affair. With a
prior on the parameters what never falls is the logarithm of the posterior, and that is what is traced. Nats.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

import numpy as np

Parameters = TypeVar("Parameters")
Statistics = TypeVar("Statistics")


@dataclass(frozen=True)
class Step(Generic[Parameters, Statistics]):
    """What an E-step found: under `parameters` the data have `log_likelihood`, and expect `statistics`."""

    parameters: Parameters
    statistics: Statistics
    log_likelihood: float


@dataclass(frozen=True)
class Fit(Generic[Parameters]):
    """Parameters that EM arrived at, and the likelihood float64[steps + 1] on the way, the last one theirs."""

    parameters: Parameters
    log_likelihood: np.ndarray


def steps(
    start: Parameters,
    expect: Callable[[Parameters], tuple[Statistics, float]],
    maximise: Callable[[Statistics], Parameters],
) -> Iterator[Step[Parameters, Statistics]]:
    """Yield E-step after E-step, an M-step between two of them, without end."""
    parameters = start
    while True:
        statistics, log_likelihood = expect(parameters)
        yield Step(parameters, statistics, log_likelihood)
        parameters = maximise(statistics)


def fit(
    start: Parameters,
    expect: Callable[[Parameters], tuple[Statistics, float]],
    maximise: Callable[[Statistics], Parameters],
    *,
    iterations: int,
    tolerance: float,
) -> Fit[Parameters]:
    """Take at most `iterations` M-steps; end when one gains no more than `tolerance` of the likelihood's size."""
    trace: list[float] = []
    for step in islice(steps(start, expect, maximise), iterations + 1):
        trace.append(step.log_likelihood)
        if len(trace) > 1 and trace[-1] - trace[-2] <= tolerance * abs(trace[-2]):
            break
    return Fit(step.parameters, np.array(trace))
