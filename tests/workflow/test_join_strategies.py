"""Join strategies as values: how they are shown, and what is refused."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from math import inf, nan
from typing import Any

import pytest

from keyrack.errors import ConfigurationError
from keyrack.workflow.graph import JoinStrategy

ALL, ANY, DEADLINE = JoinStrategy.all(), JoinStrategy.any(), JoinStrategy.partial_timeout()


@pytest.mark.parametrize(
    ("strategy", "text"),
    [
        (ALL, "all"),
        (ANY, "any"),
        (DEADLINE, "partial_timeout"),
        (JoinStrategy.quorum(3), "quorum(3)"),
        (JoinStrategy.quorum(12_345_678), "quorum(12345678)"),
        (JoinStrategy.partial_results(2), "partial_results(2)"),
        (JoinStrategy.percentage(0.07), "percentage(0.07)"),
        (JoinStrategy.percentage(0.5), "percentage(0.5)"),
        (JoinStrategy.percentage(1), "percentage(1)"),
        (JoinStrategy.percentage(1 / 3), "percentage(0.3333333333333333)"),
        (JoinStrategy.percentage(1e-7), "percentage(1e-07)"),
    ],
    ids=str,
)
def test_a_strategy_is_shown_as_it_is_made_and_made_again_from_that(strategy: JoinStrategy, text: str) -> None:
    shown = text if "(" in text else f"{text}()"

    assert text == str(strategy)
    assert repr(strategy) == f"JoinStrategy.{shown}"
    assert strategy == eval(repr(strategy), {"JoinStrategy": JoinStrategy})  # noqa: S307


@pytest.mark.parametrize("number", [10**400, -(10**400), Fraction(10**400, 3), Fraction(1, 10**400)])
def test_a_number_beyond_every_float_can_be_shown(number: Any) -> None:
    strategy = JoinStrategy.percentage(number)

    assert len(str(strategy)) < 80
    assert len(repr(strategy)) < 100


def test_strategies_are_values() -> None:
    strategy = JoinStrategy.percentage(0.5)

    assert strategy == JoinStrategy.percentage(Fraction(1, 2))
    assert strategy != JoinStrategy.quorum(1)
    assert len({strategy, JoinStrategy.percentage(0.5), ALL, JoinStrategy.all()}) == 2
    assert pickle.loads(pickle.dumps(strategy)) == strategy


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [JoinStrategy.quorum, JoinStrategy.partial_results])
@pytest.mark.parametrize("number", [2.0, True, "2", None, Fraction(2), nan, [2], Decimal(2)], ids=repr)
def test_a_number_of_successes_that_is_no_integer_is_refused(make: Callable[[Any], Any], number: object) -> None:
    with pytest.raises(ConfigurationError, match="the number of successes is an integer, got ") as caught:
        make(number)

    assert caught.value.subject == f"JoinStrategy.{make.__name__}()"


@pytest.mark.parametrize("share", ["0.5", True, None, [], Decimal("0.07"), 0.5j], ids=repr)
def test_a_share_that_is_no_number_that_is_read_exactly_is_refused(share: Any) -> None:
    with pytest.raises(ConfigurationError, match="a share is an int, a float or a Fraction, got "):
        JoinStrategy.percentage(share)


@pytest.mark.parametrize("share", [nan, inf, -inf], ids=repr)
def test_a_share_that_is_not_finite_is_refused(share: float) -> None:
    with pytest.raises(ConfigurationError, match="a share is above 0 and up to 1, got "):
        JoinStrategy.percentage(share)


@pytest.mark.parametrize(
    ("kind", "needs"),
    [
        ("nonsense", None),
        ("quorum", None),
        ("quorum", Fraction(2)),
        ("quorum", True),
        ("percentage", 0.07),
        ("percentage", None),
        ("all", 3),
        ("partial_timeout", 1),
    ],
)
def test_a_strategy_that_no_maker_makes_is_refused(kind: Any, needs: Any) -> None:
    with pytest.raises(ConfigurationError, match="JoinStrategy"):
        JoinStrategy(kind, needs)
