"""`Retry`: how many attempts, how long between them, after which failures."""

from __future__ import annotations

import asyncio
import functools
import pickle
import random
from collections.abc import Callable
from fractions import Fraction
from math import inf, isfinite, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyrack.errors import ConfigurationError, ExecutorError, JoinError, StateNotRegisteredError
from keyrack.workflow.retry import Retry


def never() -> float:
    raise AssertionError("nothing is left to chance")


def delays(policy: Retry, attempts: int = 8) -> list[float]:
    return [policy.delay(failed) for failed in range(1, attempts + 1)]


# --- delays ---------------------------------------------------------------------------------------


def test_a_retry_that_is_not_described_is_one_attempt() -> None:
    assert Retry.none() == Retry()
    assert Retry().attempts == 1


def test_a_fixed_delay_is_always_the_same() -> None:
    policy = Retry.fixed(5, 1.5)

    assert policy.attempts == 5
    assert delays(policy) == [1.5] * 8


def test_a_fixed_retry_does_not_wait_unless_it_is_told_to() -> None:
    assert delays(Retry.fixed(3)) == [0.0] * 8


def test_a_delay_grows_by_the_factor_up_to_the_ceiling() -> None:
    policy = Retry.exponential(9, base=0.5, factor=3, ceiling=20, jitter=0)

    assert delays(policy) == [0.5, 1.5, 4.5, 13.5, 20, 20, 20, 20]


def test_the_usual_delays_start_at_a_tenth_double_and_end_at_thirty_seconds() -> None:
    policy = Retry.exponential(20, random=lambda: 0.0)

    assert delays(policy, 11) == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]


def test_a_base_above_the_ceiling_is_the_ceiling() -> None:
    assert delays(Retry.exponential(3, base=10, ceiling=2, jitter=0)) == [2.0] * 8


def test_a_factor_of_one_makes_every_delay_the_base() -> None:
    assert delays(Retry(3, 0.7, 1.0)) == [0.7] * 8


def test_a_base_of_zero_never_waits_however_the_delay_would_grow() -> None:
    policy = Retry(9_999, 0.0, 1e7, jitter=1.0)

    assert [policy.delay(failed) for failed in (1, 2, 1_000, 9_998)] == [0.0] * 4


@pytest.mark.parametrize("kind", [int, float])
@pytest.mark.parametrize("failed", [1_000, 1_100, 100_000, 10**9])
def test_a_delay_that_no_float_holds_is_the_ceiling(kind: Callable[[int], float], failed: int) -> None:
    policy = Retry.exponential(10**9, base=kind(1), factor=kind(2), ceiling=kind(30), jitter=0)

    assert policy.delay(failed) == 30.0


@pytest.mark.parametrize("kind", [int, float])
@pytest.mark.parametrize("jitter", [0.0, 0.5])
def test_a_delay_that_no_float_holds_and_that_has_no_ceiling_is_infinite_whatever_is_left_to_chance(
    kind: Callable[[int], float], jitter: float
) -> None:
    policy = Retry(10**6, kind(10**7), kind(10**7), jitter=jitter, random=lambda: 0.5)

    assert [policy.delay(failed) for failed in (44, 45, 46, 1_000, 10**6)][1:] == [inf] * 4


@pytest.mark.parametrize("failed", [1, 2, 50, 900])
def test_a_delay_is_a_float_though_it_is_made_of_integers(failed: int) -> None:
    policy = Retry(1_000, 1, 2)

    assert type(policy.delay(failed)) is float
    assert policy.delay(failed) == 2.0 ** (failed - 1)


# --- chance ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("jitter", "chance", "shares"),
    [
        (0.5, 0.0, 1.0),
        (0.5, 0.5, 0.75),
        (0.5, 1.0, 0.5),
        (1.0, 0.0, 1.0),
        (1.0, 0.25, 0.75),
        (1.0, 1.0, 0.0),
        (0.25, 1.0, 0.75),
    ],
)
def test_the_jitter_is_the_share_of_a_delay_that_chance_takes_away(jitter: float, chance: float, shares: float) -> None:
    policy = Retry.exponential(9, base=1, factor=2, ceiling=8, jitter=jitter, random=lambda: chance)

    assert delays(policy, 5) == [share * shares for share in (1, 2, 4, 8, 8)]


def test_each_delay_asks_chance_once_and_in_order() -> None:
    numbers = iter([0.0, 1.0, 0.5])
    policy = Retry.exponential(9, base=1, factor=1, jitter=1.0, random=lambda: next(numbers))

    assert delays(policy, 3) == [1.0, 0.0, 0.5]


def test_nothing_is_left_to_chance_without_jitter() -> None:
    assert delays(Retry.exponential(9, base=1, factor=1, jitter=0, random=never), 3) == [1.0, 1.0, 1.0]


def test_delays_repeat_with_the_seed_of_a_random_generator() -> None:
    policies = [Retry.exponential(9, random=random.Random(7).random) for _ in range(2)]  # noqa: S311

    first, second = map(delays, policies)

    assert first == second
    assert len(set(first)) == len(first)


small = st.floats(0, 1e7) | st.integers(0, 10**7)
shares = st.floats(0, 1) | st.integers(0, 1)


@given(small, st.floats(1, 1e7), small | st.just(inf), shares, st.floats(0, 1, exclude_max=True), st.integers(1, 10**6))
def test_every_delay_lies_between_the_least_that_chance_leaves_and_the_ceiling(
    base: float, factor: float, ceiling: float, jitter: float, chance: float, failed: int
) -> None:
    steady = Retry(10**6, base, factor, ceiling)
    policy = Retry(10**6, base, factor, ceiling, jitter, random=lambda: chance)

    full, delay = steady.delay(failed), policy.delay(failed)

    assert 0 <= delay <= full <= ceiling
    assert delay == inf == full or delay >= full * (1 - jitter) * (1 - 1e-12)
    assert steady.delay(failed + 1) >= full
    assert isfinite(full) or ceiling == inf


# --- which failures -------------------------------------------------------------------------------


def about_busy(error: Exception) -> bool:
    return "busy" in str(error)


def about(word: str, error: Exception) -> bool:
    return word in str(error)


def has_words(error: Exception) -> tuple[object, ...]:
    """What is true or false of it counts."""
    return error.args


class Chooses:
    """An object that is a function."""

    def __call__(self, error: Exception) -> bool:
        return about_busy(error)

    def method(self, error: Exception) -> bool:
        return about_busy(error)


@pytest.mark.parametrize(
    ("on", "worth", "not_worth"),
    [
        (Exception, [ValueError(), OSError(), JoinError("all", 0, 1, 1, [OSError()])], []),
        (OSError, [OSError(), ConnectionError(), TimeoutError()], [ValueError()]),
        ((OSError, KeyError), [FileNotFoundError(), KeyError()], [ValueError(), LookupError()]),
        ((), [], [ValueError(), OSError()]),
        (about_busy, [ValueError("busy"), OSError("busy")], [ValueError("wrong")]),
        (Chooses(), [ValueError("busy")], [ValueError("wrong")]),
        (Chooses().method, [ValueError("busy")], [ValueError("wrong")]),
        (functools.partial(about, "busy"), [OSError("busy")], [OSError("gone")]),
        (has_words, [OSError("any")], [OSError()]),
    ],
)
def test_the_failures_that_are_named_are_worth_another_attempt_and_no_others(
    on: Any, worth: list[Exception], not_worth: list[Exception]
) -> None:
    policy = Retry.fixed(3, on=on)

    assert [policy.is_worth_it(error) for error in worth] == [True] * len(worth)
    assert [policy.is_worth_it(error) for error in not_worth] == [False] * len(not_worth)


@pytest.mark.parametrize("on", [Exception, (ConfigurationError, ExecutorError), has_words])
def test_what_is_wrong_in_the_code_of_the_workflow_is_never_tried_again(on: Any) -> None:
    policy = Retry.fixed(3, on=on)
    broken = ExecutorError(workflow="books", state="LOAD", task="'load'", executor="Pool", reason="it broke")

    assert not policy.is_worth_it(broken)
    assert not policy.is_worth_it(ConfigurationError(subject="Retry", problems=["wrong"]))


def test_a_function_is_not_asked_about_what_is_wrong_in_the_code_of_the_workflow() -> None:
    asked: list[Exception] = []

    def ask(error: Exception) -> bool:
        asked.append(error)
        return True

    policy = Retry.fixed(3, on=ask)

    policy.is_worth_it(ConfigurationError(subject="Retry", problems=["wrong"]))

    assert asked == []


def test_other_errors_of_keyrack_are_failures_like_any_other() -> None:
    assert Retry.fixed(2).is_worth_it(StateNotRegisteredError(workflow="books", state="LOAD", reason="no"))


# --- what is refused ------------------------------------------------------------------------------

NUMBERS = {
    "attempts": "is a whole number of at least 1",
    "base": "is a number of at least 0 and at most 1e+07",
    "factor": "is a number of at least 1 and at most 1e+07",
    "ceiling": "is a number of at least 0",
    "jitter": "is a number of at least 0 and at most 1",
}
WRONG_FOR_ALL: list[Any] = ["1", None, True, nan, -1, -inf, [1], 1j, Fraction(1, 2)]
WRONG_FOR_ONE: dict[str, list[Any]] = {
    "attempts": [0, 1.0, inf, -(10**400)],
    "base": [-0.1, inf, 1e7 + 1, 10**400],
    "factor": [0, 0.999, inf, 1e8, 10**400],
    "ceiling": [-1e-9],
    "jitter": [1.01, 2, inf],
}


@pytest.mark.parametrize(
    ("argument", "value"),
    [(name, value) for name in NUMBERS for value in [*WRONG_FOR_ALL, *WRONG_FOR_ONE[name]]],
    ids=lambda value: repr(value)[:20],
)
def test_a_number_out_of_its_range_is_refused(argument: str, value: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Retry(**{argument: value})

    [problem] = caught.value.problems
    assert caught.value.subject == "Retry"
    assert problem.startswith(f"{argument} {NUMBERS[argument]}, got ")


@pytest.mark.parametrize("on", [BaseException, KeyboardInterrupt, asyncio.CancelledError, int, "OSError", None, 3])
@pytest.mark.parametrize("wrapped", [False, True])
def test_what_names_no_exceptions_is_refused(on: Any, wrapped: bool) -> None:
    with pytest.raises(ConfigurationError, match="on names classes of exceptions, or is a function of one, got "):
        Retry.fixed(3, on=(OSError, on) if wrapped else on)


@pytest.mark.parametrize("on", [OSError("an instance"), [OSError], {OSError}, ((OSError,),), (about_busy,)])
def test_exceptions_in_another_form_than_a_class_or_a_flat_tuple_are_refused(on: Any) -> None:
    with pytest.raises(ConfigurationError, match="on names classes of exceptions, or is a function of one, got "):
        Retry.fixed(3, on=on)


@pytest.mark.parametrize("chance", [0.5, None, "random"])
def test_chance_that_is_no_function_is_refused(chance: Any) -> None:
    with pytest.raises(ConfigurationError, match="random is a function without arguments, got "):
        Retry.exponential(3, random=chance)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    on: Any = int
    chance: Any = 3

    with pytest.raises(ConfigurationError) as caught:
        Retry(0, -1, 0.5, -1, 2, on, chance)

    said = [problem.split()[0] for problem in caught.value.problems]
    assert said == ["attempts", "base", "factor", "ceiling", "jitter", "on", "random"]


def test_a_wrong_delay_is_called_by_the_name_that_the_caller_used() -> None:
    with pytest.raises(ConfigurationError, match=r"Retry\.fixed\(\): delay is a number of at least 0 .*, got inf"):
        Retry.fixed(3, delay=inf)


@pytest.mark.parametrize("make", [Retry.fixed, Retry.exponential, Retry])
def test_no_attempt_at_all_is_refused_by_every_maker(make: Callable[[int], Retry]) -> None:
    with pytest.raises(ConfigurationError, match="attempts is a whole number of at least 1, got 0"):
        make(0)


# --- as a value -----------------------------------------------------------------------------------


def test_policies_are_values() -> None:
    policy = Retry.exponential(5, on=(OSError, KeyError))

    assert policy == Retry.exponential(5, on=(OSError, KeyError))
    assert policy != Retry.exponential(6, on=(OSError, KeyError))
    assert len({policy, Retry.exponential(5, on=(OSError, KeyError)), Retry.none(), Retry.fixed(1)}) == 2
    with pytest.raises(AttributeError):
        policy.attempts = 3  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_a_policy_comes_back_from_a_pickle() -> None:
    policy = Retry.exponential(5, jitter=0, on=about_busy, random=never)

    assert policy == pickle.loads(pickle.dumps(policy))


def test_the_largest_numbers_that_are_allowed_are_accepted() -> None:
    assert Retry(10**400, 1e7, 1e7, inf, 1).attempts == 10**400
    assert Retry(1, 0, 1, 0, 0).delay(1) == 0
