"""The parameters of collect-garbage, as the form of its deployment has them checked."""

import pytest
from prefect.exceptions import ParameterTypeError

from flows.collect_garbage import collect_garbage


@pytest.mark.parametrize("hours", [-1.0, 1e10, float("inf"), float("nan")])
def test_hours_without_end_are_refused(hours):
    with pytest.raises(ParameterTypeError, match="hours"):
        collect_garbage.recorded.validate_parameters({"corpus": "tiny", "hours": hours})


def test_hours_of_a_century_are_taken():
    assert (
        collect_garbage.recorded.validate_parameters({"corpus": "tiny", "hours": 876_000})["hours"] == 876_000
    )
