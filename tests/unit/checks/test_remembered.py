import dataclasses

import pytest

from tasks.checks.gate import Finding
from tasks.checks.task import VERSION, remembered
from tasks.store.datasets import Dataset
from tasks.store.files import content_key

CHECK = ["table", "words"]
DATASETS = [Dataset(corpus="tiny", table="words", key="k1", rows=1, bytes=1)]
GOOD = Finding("key", "expectation", "critical", True, "0 unexpected")
BAD = Finding("key", "expectation", "critical", False, "3 unexpected")
UNJUDGED = Finding("key", "expectation", "critical", False, "no result")


def looking(*answers):
    """A look at the data that gives each of the answers in turn."""
    left = list(answers)
    return lambda: left.pop(0)


def test_what_passed_is_looked_at_once(run):
    look = looking([GOOD])
    assert remembered(run, CHECK, DATASETS, look) == remembered(run, CHECK, DATASETS, look) == [GOOD]


def test_other_data_and_other_checks_are_looked_at_themselves(run):
    other = [DATASETS[0].model_copy(update={"key": "k2"})]
    look = looking([GOOD], [GOOD], [GOOD])
    for check, datasets in ((CHECK, DATASETS), (CHECK, other), (["identity", "words"], DATASETS)):
        remembered(run, check, datasets, look)
    with pytest.raises(IndexError):
        look()


def test_what_did_not_pass_is_looked_at_again(run):
    look = looking([GOOD, BAD], [GOOD, GOOD])
    assert remembered(run, CHECK, DATASETS, look) == [GOOD, BAD]
    assert remembered(run, CHECK, DATASETS, look) == [GOOD, GOOD]


@pytest.mark.parametrize("noted", [UNJUDGED, BAD])
def test_a_note_of_what_did_not_pass_is_not_believed(run, noted):
    key = content_key(VERSION, [*CHECK, "words/k1"])
    run.data.checks.save(key, DATASETS, [dataclasses.asdict(f) for f in (GOOD, noted)])
    assert remembered(run, CHECK, DATASETS, looking([GOOD, GOOD])) == [GOOD, GOOD]


def test_a_look_that_fails_is_not_remembered(run):
    def fail():
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        remembered(run, CHECK, DATASETS, fail)
    assert remembered(run, CHECK, DATASETS, looking([GOOD])) == [GOOD]
