"""When a join goes on, fails or waits: held against a definition that tries every way the branches may end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from keyrack.workflow.graph import Join, JoinStrategy, Tally, join_problems, required_successes

ALL, ANY, DEADLINE = JoinStrategy.all(), JoinStrategy.any(), JoinStrategy.partial_timeout()
SHARES = sorted({Fraction(part, whole) for whole in range(1, 8) for part in range(1, whole + 1)})


# --- the definition -------------------------------------------------------------------------------


def enough(strategy: JoinStrategy, succeeded: int, branches: int) -> bool:
    """Say whether that many successes of all branches are what the strategy asks for, when all of them have ended."""
    wanted: dict[str, Callable[[Any], bool]] = {
        "all": lambda _: succeeded == branches,
        "any": lambda _: succeeded > 0,
        "quorum": lambda needs: succeeded >= needs,
        "percentage": lambda share: succeeded > 0 and Fraction(succeeded, branches) >= share,
        "partial_results": lambda needs: succeeded >= needs,
        "partial_timeout": lambda _: True,
    }
    return wanted[strategy.kind](strategy.needs)


def verdict(strategy: JoinStrategy, succeeded: int, lost: int, branches: int) -> str:
    """Decide by trying every way in which the branches that still run may end."""
    running = branches - succeeded - lost
    if strategy.kind in {"all", "partial_timeout"} and running:
        return "open"
    if enough(strategy, succeeded, branches):
        return "satisfied"
    ways = product([0, 1], repeat=running)
    return "open" if any(enough(strategy, succeeded + sum(way), branches) for way in ways) else "impossible"


def strategies_for(branches: int) -> Iterator[JoinStrategy]:
    """Give every strategy that so many branches can satisfy."""
    yield from (ALL, ANY, DEADLINE)
    for number in range(1, branches + 1):
        yield JoinStrategy.quorum(number)
        yield JoinStrategy.partial_results(number)
    for share in SHARES:
        yield JoinStrategy.percentage(share)


def tally(strategy: JoinStrategy, branches: int, succeeded: int, lost: int) -> Tally:
    counted = Tally(strategy, branches)
    counted.succeeded, counted.lost = succeeded, lost
    return counted


# --- verdicts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("branches", range(1, 7))
def test_each_count_of_successes_and_losses_has_the_verdict_of_the_definition(branches: int) -> None:
    wrong = [
        (str(strategy), succeeded, lost, got, expected)
        for strategy in strategies_for(branches)
        for succeeded in range(branches + 1)
        for lost in range(branches + 1 - succeeded)
        if (got := tally(strategy, branches, succeeded, lost).verdict())
        != (expected := verdict(strategy, succeeded, lost, branches))
    ]

    assert wrong == []


@pytest.mark.parametrize("branches", range(1, 7))
def test_in_whatever_order_branches_end_a_join_is_decided_once_and_at_the_latest_by_the_last(branches: int) -> None:
    for strategy in strategies_for(branches):
        for way in product([True, False], repeat=branches):
            counted = Tally(strategy, branches)
            seen = [str(counted.verdict())]
            for succeeds in way:
                counted.succeeded += succeeds
                counted.lost += not succeeds
                seen.append(str(counted.verdict()))
            decided = [one for one in seen if one != "open"]

            assert seen[0] == "open"
            assert seen == ["open"] * (len(seen) - len(decided)) + decided
            assert set(decided) == {"satisfied" if enough(strategy, sum(way), branches) else "impossible"}


@pytest.mark.parametrize("branches", range(1, 7))
def test_when_time_is_up_every_join_is_decided_and_partial_timeout_goes_on_with_what_is_there(branches: int) -> None:
    for strategy in strategies_for(branches):
        for succeeded in range(branches + 1):
            for failed in range(branches + 1 - succeeded):
                counted = tally(strategy, branches, succeeded, failed)
                counted.lost += branches - succeeded - failed  # what had not ended

                assert (counted.verdict() == "satisfied") is enough(strategy, succeeded, branches)
                assert counted.verdict() != "open"


def test_all_waits_for_every_branch_though_one_has_failed() -> None:
    assert tally(ALL, 3, 1, 1).verdict() == "open"
    assert tally(ALL, 3, 2, 1).verdict() == "impossible"
    assert tally(ALL, 3, 3, 0).verdict() == "satisfied"


def test_a_quorum_of_three_of_five_fails_with_the_third_loss() -> None:
    quorum = JoinStrategy.quorum(3)

    assert tally(quorum, 5, 2, 2).verdict() == "open"
    assert tally(quorum, 5, 2, 3).verdict() == "impossible"
    assert tally(quorum, 5, 3, 2).verdict() == "satisfied"


def test_partial_timeout_goes_on_when_every_branch_has_failed() -> None:
    assert tally(DEADLINE, 2, 0, 2).verdict() == "satisfied"


def test_exactly_all_and_partial_timeout_wait_for_every_branch() -> None:
    waiting = {strategy.kind for strategy in strategies_for(3) if strategy.waits_for_all}

    assert waiting == {"all", "partial_timeout"}


@given(st.data(), st.integers(1, 10_000))
def test_a_tally_of_many_branches_says_what_its_counts_say(data: st.DataObject, branches: int) -> None:
    needs = data.draw(st.integers(1, branches))
    succeeded = data.draw(st.integers(0, branches))
    lost = data.draw(st.integers(0, branches - succeeded))

    got = tally(JoinStrategy.quorum(needs), branches, succeeded, lost).verdict()

    assert (got == "satisfied") is (succeeded >= needs)
    assert (got == "impossible") is (branches - lost < needs)


# --- how many have to succeed ---------------------------------------------------------------------


@pytest.mark.parametrize("branches", range(1, 7))
def test_the_required_number_is_the_least_that_is_enough(branches: int) -> None:
    for strategy in strategies_for(branches):
        least = next(number for number in range(branches + 1) if enough(strategy, number, branches))

        assert required_successes(strategy, branches) == least


def wrong_percentages(share: float | Fraction, meant: Fraction, most: int = 200) -> list[tuple[int, int]]:
    """Give the numbers of branches for which *share* asks for something else than the least that *meant* allows."""
    strategy = JoinStrategy.percentage(share)
    return [
        (branches, got)
        for branches in range(1, most + 1)
        if not (got := required_successes(strategy, branches)) - 1 < branches * meant <= got
    ]


def test_seven_percent_of_a_hundred_are_seven() -> None:
    assert required_successes(JoinStrategy.percentage(0.07), 100) == 7


@pytest.mark.parametrize("digits", [1, 2, 3])
def test_each_share_written_with_up_to_three_decimals_is_exact_for_up_to_200_branches(digits: int) -> None:
    parts = 10**digits

    wrong = {
        part: found
        for part in range(1, parts + 1, 1 if digits < 3 else 7)
        if (found := wrong_percentages(float(f"{part / parts:.{digits}f}"), Fraction(part, parts)))
    }

    assert wrong == {}


def test_each_quotient_of_small_numbers_is_exact_for_up_to_200_branches() -> None:
    wrong = {
        share: found
        for share in sorted({Fraction(part, whole) for whole in range(1, 41) for part in range(1, whole + 1)})
        if (found := wrong_percentages(share.numerator / share.denominator, share))
    }

    assert wrong == {}


@pytest.mark.parametrize(
    ("share", "meant"),
    [
        (0.1 + 0.2, Fraction(3, 10)),
        (0.7 + 0.1, Fraction(8, 10)),
        (1 - 0.9, Fraction(1, 10)),
        (3 * 0.1, Fraction(3, 10)),
        (0.07 * 3, Fraction(21, 100)),
        (1.1 - 1, Fraction(1, 10)),
        (1 / 3, Fraction(1, 3)),
        (2 / 3, Fraction(2, 3)),
        (1 - 1 / 3, Fraction(2, 3)),
        (1 / 199, Fraction(1, 199)),
        (0.999999, Fraction(999_999, 1_000_000)),
        (1e-7, Fraction(1, 10**7)),
        (5e-324, Fraction(1, 10**300)),
        (1, Fraction(1)),
        (1.0, Fraction(1)),
        (sum([0.1] * 10), Fraction(1)),
        (Fraction(7, 100), Fraction(7, 100)),
        (Fraction(1, 10**30), Fraction(1, 10**30)),
        (Fraction(10**30 - 1, 10**30), Fraction(10**30 - 1, 10**30)),
    ],
)
def test_a_share_that_was_calculated_is_the_fraction_that_was_meant(share: float, meant: Fraction) -> None:
    assert wrong_percentages(share, meant) == []


@given(st.fractions(0, 1), st.integers(1, 10**9))
def test_a_fraction_is_taken_exactly(share: Fraction, branches: int) -> None:
    assume(share > 0)

    got = required_successes(JoinStrategy.percentage(share), branches)

    assert got - 1 < branches * share <= got


@given(st.floats(0, 1, exclude_min=True), st.integers(1, 10**6))
def test_a_float_asks_for_no_more_and_no_less_than_it_says_but_for_its_own_inexactness(
    share: float, branches: int
) -> None:
    wanted = branches * Fraction(share)
    slack = Fraction(1, 10**11) * wanted

    got = required_successes(JoinStrategy.percentage(share), branches)

    assert 1 <= got <= branches
    assert got - 1 < wanted + slack
    assert got >= wanted - slack


# --- what can never be satisfied ------------------------------------------------------------------


def said(strategy: JoinStrategy, branches: int, timeout: float | None = None) -> list[tuple[str, str]]:
    return list(join_problems(Join(strategy, ("task",) * branches, timeout)))


@pytest.mark.parametrize("branches", range(1, 7))
def test_no_join_that_its_branches_can_satisfy_is_a_problem(branches: int) -> None:
    assert [strategy for strategy in strategies_for(branches) if said(strategy, branches, timeout=1.0)] == []


@pytest.mark.parametrize("branches", range(1, 7))
@pytest.mark.parametrize("make", [JoinStrategy.quorum, JoinStrategy.partial_results])
def test_exactly_the_joins_that_cannot_be_satisfied_are_impossible(
    make: Callable[[int], JoinStrategy], branches: int
) -> None:
    impossible = {number for number in range(-3, 10) if said(make(number), branches)}

    assert impossible == {number for number in range(-3, 10) if not 1 <= number <= branches}


@pytest.mark.parametrize(
    ("strategy", "branches", "problem"),
    [
        (JoinStrategy.quorum(3), 2, "joins by quorum(3), which 2 branches can never satisfy"),
        (JoinStrategy.partial_results(2), 1, "joins by partial_results(2), which 1 branch can never satisfy"),
        (JoinStrategy.quorum(0), 2, "joins by quorum(0), which has to be at least 1"),
        (JoinStrategy.quorum(-1), 2, "joins by quorum(-1), which has to be at least 1"),
        (JoinStrategy.percentage(0), 2, "joins by percentage(0), which has to be a share above 0 and up to 1"),
        (JoinStrategy.percentage(-0.5), 2, "joins by percentage(-0.5), which has to be a share above 0 and up to 1"),
        (JoinStrategy.percentage(50), 2, "joins by percentage(50), which has to be a share above 0 and up to 1"),
        (JoinStrategy.percentage(1.01), 2, "joins by percentage(1.01), which has to be a share above 0 and up to 1"),
        (JoinStrategy.percentage(1 + 1e-7), 2, "which has to be a share above 0 and up to 1"),
    ],
    ids=str,
)
def test_an_impossible_join_says_why(strategy: JoinStrategy, branches: int, problem: str) -> None:
    [(kind, message)] = said(strategy, branches)

    assert kind == "impossible-join"
    assert message.endswith(problem)


@pytest.mark.parametrize("strategy", [*strategies_for(2), JoinStrategy.quorum(0), JoinStrategy.quorum(9)], ids=str)
def test_a_split_without_branches_has_that_problem_alone_whatever_its_strategy(strategy: JoinStrategy) -> None:
    assert said(strategy, 0, timeout=1.0) == [("empty-split", "has no branches")]


def test_partial_timeout_without_a_time_limit_is_a_problem_and_no_other_strategy() -> None:
    without = {strategy.kind: found for strategy in strategies_for(2) if (found := said(strategy, 2))}

    assert without == {"partial_timeout": [("no-deadline", "joins by partial_timeout, which needs a timeout")]}


def test_both_problems_of_a_join_are_said() -> None:
    assert [kind for kind, _ in said(DEADLINE, 0)] == ["empty-split", "no-deadline"]
