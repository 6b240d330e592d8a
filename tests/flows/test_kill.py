"""SIGKILL at random moments: running again ends with the bytes of a run that nobody disturbed."""

import json

import pytest

from bench import crash


@pytest.mark.slow
def test_a_killed_run_leaves_nothing_that_another_does_not_mend(capsys: pytest.CaptureFixture[str]) -> None:
    crash.main(["--kills", "20"])
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    figures.pop("seconds_undisturbed")
    assert figures == {"kills": 20, "identical": True, "lost_rows": 0, "orphan_files": 0}
