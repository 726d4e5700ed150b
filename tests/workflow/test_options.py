"""Options that users give: what each check accepts, and how it words a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyrack.workflow.options import items, listed, seconds, whole, within

NO_NUMBERS: list[object] = [None, "1", True, False, 1j, [1], Fraction(1, 2), Decimal(1)]


@pytest.mark.parametrize("number", [1, 2, 10**400])
def test_a_whole_number_of_at_least_one_is_accepted(number: int) -> None:
    assert list(whole("attempts", number)) == []


@pytest.mark.parametrize("number", [*NO_NUMBERS, 0, -1, -(10**400), 1.0, inf, nan], ids=lambda n: repr(n)[:20])
def test_any_other_whole_number_is_refused(number: object) -> None:
    [problem] = whole("attempts", number)

    assert problem.startswith("attempts is a whole number of at least 1, got ")


@pytest.mark.parametrize("number", [5e-324, 0.1, 1, 3600, 1e9])
def test_a_finite_number_of_seconds_above_zero_is_accepted(number: float) -> None:
    assert list(seconds("timeout", number)) == []


@pytest.mark.parametrize("number", [*NO_NUMBERS, 0, 0.0, -0.0, -1, inf, -inf, nan, 10**400], ids=lambda n: repr(n)[:20])
def test_any_other_number_of_seconds_is_refused(number: object) -> None:
    [problem] = seconds("timeout", number)

    assert problem.startswith("timeout is a finite number of seconds above 0, or None for no limit, got ")


@given(st.floats() | st.integers(), st.floats(-1e9, 1e9), st.floats(0, 1e9) | st.just(inf))
def test_exactly_the_numbers_of_a_range_are_within_it(number: float, least: float, width: float) -> None:
    refused = list(within("base", number, least, least + width))

    assert (refused == []) is (number >= least and number <= least + width)


@pytest.mark.parametrize("number", [*NO_NUMBERS, nan, -1])
def test_a_range_is_said_with_both_ends_or_only_the_lower_where_it_has_no_upper(number: object) -> None:
    [bounded], [open_] = within("jitter", number, 0, 1), within("ceiling", number, 0, inf)

    assert bounded.startswith("jitter is a number of at least 0 and at most 1, got ")
    assert open_.startswith("ceiling is a number of at least 0, got ")


def numbers() -> Iterator[int]:
    yield from (1, 2)


@pytest.mark.parametrize("values", [[1, 2], (1, 2), iter([1, 2]), numbers(), {1: "a", 2: "b"}])
def test_what_can_be_gone_through_is_a_list_of_values(values: Any) -> None:
    assert list(listed("inputs", values)) == []
    assert items(values) == (1, 2)


@pytest.mark.parametrize("values", [None, 3, len, "ab", b"abc", object()])
def test_what_cannot_be_gone_through_and_a_string_are_refused(values: Any) -> None:
    [problem] = listed("inputs", values)

    assert problem.startswith("inputs are given in a list or a tuple, got ")
    assert items(values) == ()
