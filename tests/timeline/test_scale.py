"""The ticks of an axis, and how times and sizes are written."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyrack.timeline.scale import sized, ticks, written


@given(st.floats(min_value=1e-9, max_value=1e10))
def test_ticks_are_few_even_and_within_the_axis(seconds: float) -> None:
    found = ticks(seconds)

    assert 2 <= len(found) <= 7
    assert found[0] == 0.0
    assert found[-1] <= seconds * (1 + 1e-6)
    assert len({written(tick) for tick in found}) == len(found)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0, ["0 s"]),
        (0.0047, ["0 s", "1 ms", "2 ms", "3 ms", "4 ms"]),
        (4.6, ["0 s", "1 s", "2 s", "3 s", "4 s"]),
        (150.0, ["0 s", "30 s", "1 min", "1 min 30 s", "2 min", "2 min 30 s"]),
        (86_400.0 * 3, ["0 s", "12 h", "1 d", "1 d 12 h", "2 d", "2 d 12 h", "3 d"]),
        (86_400.0 * 40, ["0 s", "10 d", "20 d", "30 d", "40 d"]),
    ],
)
def test_ticks_are_at_round_times(seconds: float, expected: list[str]) -> None:
    assert [written(tick) for tick in ticks(seconds)] == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-1.0, "0 s"),
        (3e-9, "3 ns"),
        (0.9999, "1 s"),
        (59.99, "1 min"),
        (60.0, "1 min"),
        (119.96, "2 min"),
        (3599.99, "1 h"),
        (3600.0, "1 h"),
        (86_399.0, "1 d"),
        (1e9, "11,574 d 2 h"),
    ],
)
def test_times_are_rounded_to_the_unit_they_are_written_in(seconds: float, expected: str) -> None:
    assert written(seconds) == expected


@given(st.floats(min_value=0, max_value=1e12))
def test_no_time_is_written_with_sixty_of_anything(seconds: float) -> None:
    parts = written(seconds).split()

    assert not {("60", "s"), ("60", "min"), ("24", "h"), ("1e+03", "ms")} & {*pairwise(parts)}


@given(st.integers(min_value=0, max_value=10**15))
def test_sizes_are_short(size: int) -> None:
    assert len(sized(size)) <= 9
