from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyrack.check.relation import (
    ABSENT,
    ANYTHING,
    IF_ABSENT,
    IF_PRESENT,
    LOOP_SKIPPED,
    MAYBE_PUT,
    MAYBE_REMOVED,
    NEVER,
    NOWHERE,
    PRESENT,
    PUT,
    REMOVE,
    REMOVED,
    SAME,
    SKIPPED,
    STATUSES,
    UNKNOWN,
    Relation,
    applied,
    either,
    prunes,
    removes,
    surely_writes,
    then,
    writes,
)

masks = st.integers(0, 63)
relations = st.tuples(masks, masks, masks, masks, masks, masks)


@given(relations, relations, masks)
def test_one_piece_of_code_after_another_leads_where_both_lead_in_turn(
    first: Relation, second: Relation, mask: int
) -> None:
    assert applied(second, applied(first, mask)) == applied(then(first, second), mask)


@given(relations, relations, masks)
def test_one_piece_of_code_or_another_leads_where_either_leads(one: Relation, other: Relation, mask: int) -> None:
    assert applied(one, mask) | applied(other, mask) == applied(either(one, other), mask)


@given(relations, relations, relations)
def test_three_pieces_of_code_are_the_same_however_they_are_put_together(
    one: Relation, two: Relation, three: Relation
) -> None:
    assert then(then(one, two), three) == then(one, then(two, three))


@given(relations, masks, masks)
def test_a_set_of_statuses_leads_where_each_of_them_leads(relation: Relation, one: int, other: int) -> None:
    assert applied(relation, one) | applied(relation, other) == applied(relation, one | other)


def test_after_a_put_the_key_is_there_whatever_it_was() -> None:
    assert {applied(PUT, status) for status in STATUSES} == {PRESENT}


def test_a_remove_keeps_the_reason_why_a_key_was_absent_before() -> None:
    assert [status for status in STATUSES if status & ABSENT] == [
        applied(REMOVE, status) for status in STATUSES if status & ABSENT
    ]
    assert applied(REMOVE, PRESENT | UNKNOWN) == REMOVED


def test_a_guard_leads_nowhere_from_the_statuses_that_it_excludes() -> None:
    assert applied(IF_PRESENT, ABSENT) == 0
    assert applied(IF_ABSENT, PRESENT) == 0
    assert applied(then(IF_PRESENT, IF_ABSENT), ABSENT | PRESENT) == 0


def test_a_loop_that_did_not_run_leaves_what_was_there() -> None:
    assert [applied(LOOP_SKIPPED, NEVER), applied(LOOP_SKIPPED, PRESENT)] == [SKIPPED, PRESENT]


@pytest.mark.parametrize(
    ("relation", "answers"),
    [
        (SAME, (False, False, False, False)),
        (PUT, (True, True, False, False)),
        (REMOVE, (False, False, True, False)),
        (IF_PRESENT, (False, True, False, True)),
        (IF_ABSENT, (False, False, False, True)),
        (MAYBE_PUT, (True, False, False, False)),
        (MAYBE_REMOVED, (False, False, True, False)),
        (ANYTHING, (True, False, True, False)),
        (NOWHERE, (False, False, False, True)),
        (either(SAME, PUT), (True, False, False, False)),
        (then(IF_PRESENT, REMOVE), (False, False, True, True)),
    ],
    ids=str,
)
def test_a_relation_says_what_it_may_do(relation: Relation, answers: tuple[bool, bool, bool, bool]) -> None:
    assert answers == (writes(relation), surely_writes(relation), removes(relation), prunes(relation))


def test_statuses_are_single_bits_that_do_not_meet() -> None:
    assert all(one & other == 0 for one, other in product(STATUSES, STATUSES) if one != other)
    assert sum(STATUSES) == 63
