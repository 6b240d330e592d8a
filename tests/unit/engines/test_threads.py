import threading
import time

import pytest

from tasks.engines.threads import cores, map_threads


def negative(number):
    time.sleep(0.01 * (number % 3))
    return -number


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_the_order_of_the_items(workers):
    numbers = list(range(20))
    assert list(map_threads(negative, iter(numbers), workers)) == [-n for n in numbers]
    assert list(map_threads(negative, numbers, workers, lambda n: n % 4 == 0)) == [-n for n in numbers]
    assert list(map_threads(negative, [], workers)) == []


def test_no_more_than_twice_the_workers_are_at_hand():
    asked = []
    results = map_threads(negative, (asked.append(n) or n for n in range(100)), 2)
    next(results)
    assert len(asked) == 4


@pytest.mark.parametrize("workers", [1, 3])
def test_after_an_item_that_waits_all_results_are_there_before_the_next_is_asked_for(workers):
    got = []

    def items():
        for number in range(12):
            if number % 5 == 0:
                assert got == [-n for n in range(number)]
            yield number

    for result in map_threads(negative, items(), workers, lambda number: number % 5 == 4):
        got.append(result)
    assert len(got) == 12


def test_an_item_that_waits_alone_is_worked_on_here():
    here = threading.get_ident()
    threads = map_threads(lambda _: threading.get_ident(), range(3), 2, lambda _: True)
    assert set(threads) == {here}


def test_there_is_a_core():
    assert cores() >= 1
