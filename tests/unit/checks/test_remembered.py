import dataclasses

import pytest

from tasks.checks.gate import Finding
from tasks.checks.task import VERSION, remembered
from tasks.store import content_key

ABOUT = ["table", "pairs", "pairs/k1"]
GOOD = Finding("key", "expectation", "critical", True, "0 unexpected")
BAD = Finding("key", "expectation", "critical", False, "3 unexpected")
UNJUDGED = Finding("key", "expectation", "critical", False, "no result")


def looking(*answers):
    """A look at the data that gives each of the answers in turn."""
    left = list(answers)
    return lambda: left.pop(0)


def test_what_passed_is_looked_at_once(run):
    look = looking([GOOD])
    assert remembered(run, ABOUT, look) == remembered(run, ABOUT, look) == [GOOD]


def test_what_did_not_pass_is_looked_at_again(run):
    look = looking([GOOD, BAD], [GOOD, GOOD])
    assert remembered(run, ABOUT, look) == [GOOD, BAD]
    assert remembered(run, ABOUT, look) == [GOOD, GOOD]


@pytest.mark.parametrize("noted", [UNJUDGED, BAD])
def test_a_note_of_what_did_not_pass_is_not_believed(run, noted):
    run.store.remember(
        run.corpus, content_key(VERSION, ABOUT), [dataclasses.asdict(f) for f in (GOOD, noted)]
    )
    assert remembered(run, ABOUT, looking([GOOD, GOOD])) == [GOOD, GOOD]


def test_a_look_that_fails_is_not_remembered(run):
    def fail():
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        remembered(run, ABOUT, fail)
    assert remembered(run, ABOUT, looking([GOOD])) == [GOOD]
