"""`Backoff`: how long a job that failed is left alone."""

from __future__ import annotations

import pickle
from copy import deepcopy
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyrack.errors import ConfigurationError
from keyrack.scheduler.backoff import Backoff
from keyrack.workflow.retry import Retry


def never() -> float:
    raise AssertionError("nothing is left to chance")


def delays(backoff: Backoff, failures: int = 6) -> list[float]:
    return [backoff.delay(failed) for failed in range(1, failures + 1)]


def test_the_usual_delays_start_at_a_second_double_and_end_at_an_hour() -> None:
    backoff = Backoff(random=lambda: 0.0)

    assert delays(backoff, 14) == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]
    assert backoff.trip_after is None


def test_a_tenth_of_the_usual_delay_is_left_to_chance() -> None:
    assert Backoff(base=100, random=lambda: 0.5).delay(1) == pytest.approx(95.0)
    assert Backoff(base=100, random=lambda: 1.0).delay(1) == pytest.approx(90.0)


def test_no_failure_is_no_delay() -> None:
    backoff = Backoff(random=never)

    assert backoff.delay(0) == 0.0
    assert backoff.delay(-1) == 0.0


def test_no_backoff_waits_never_and_asks_no_chance() -> None:
    assert delays(Backoff.none()) == [0.0] * 6
    assert Backoff.none().trip_after is None
    assert Backoff.none(trip_after=3).trip_after == 3


def test_a_delay_is_a_float_whatever_the_numbers_are() -> None:
    found = delays(Backoff(base=2, factor=3, ceiling=10, jitter=0))

    assert found == [2, 6, 10, 10, 10, 10]
    assert {type(delay) for delay in found} == {float}


@pytest.mark.parametrize("failed", [1_000, 10**6, 10**30])
def test_a_job_that_has_failed_for_ages_waits_for_the_ceiling(failed: int) -> None:
    assert Backoff(jitter=0).delay(failed) == 3600.0


@given(st.floats(0, 1e4), st.floats(1, 100), st.floats(0, 1e5), st.floats(0, 1), st.floats(0, 1), st.integers(1, 2_000))
def test_delays_are_those_of_a_retry_and_never_above_the_ceiling(
    base: float, factor: float, ceiling: float, jitter: float, luck: float, failed: int
) -> None:
    def random() -> float:
        return luck

    found = Backoff(base, factor, ceiling, jitter, random=random).delay(failed)

    assert found == Retry(1, base, factor, ceiling, jitter, random=random).delay(failed)
    assert 0 <= found <= ceiling


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"base": -1}, "base is a number of at least 0"),
        ({"base": nan}, "base is a number"),
        ({"base": inf}, "base is a number"),
        ({"base": True}, "base is a number"),
        ({"base": "1"}, "base is a number"),
        ({"factor": 0.5}, "factor is a number of at least 1"),
        ({"ceiling": -1}, "ceiling is a number"),
        ({"ceiling": nan}, "ceiling is a number"),
        ({"jitter": 1.1}, "jitter is a number of at least 0 and at most 1"),
        ({"trip_after": 0}, "trip_after is a whole number of at least 1"),
        ({"trip_after": True}, "trip_after is a whole number"),
        ({"trip_after": 2.0}, "trip_after is a whole number"),
        ({"random": 0.5}, "random is a function without arguments"),
    ],
)
def test_what_makes_no_backoff_is_refused(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem) as caught:
        Backoff(**options)

    assert caught.value.subject == "Backoff"
    assert len(caught.value.problems) == 1


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Backoff(base=-1, jitter=2, trip_after=0)

    assert [problem.split()[0] for problem in caught.value.problems] == ["base", "jitter", "trip_after"]


def test_a_backoff_is_a_value() -> None:
    backoff = Backoff(2, 3, 4, 0.5, 6)

    assert pickle.loads(pickle.dumps(backoff)) == backoff == deepcopy(backoff)
    assert hash(backoff) == hash(Backoff(2, 3, 4, 0.5, 6))
    assert backoff != Backoff(2, 3, 4, 0.5)
    assert repr(Backoff(2)).startswith("Backoff(base=2, factor=2.0, ceiling=3600.0, jitter=0.1, trip_after=None")
    with pytest.raises(AttributeError):
        backoff.base = 3  # type: ignore[misc]  # that is what is tested
