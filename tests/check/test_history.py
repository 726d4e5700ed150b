"""What happened to the keys on ways that go on together: nothing is lost, and what differs is told apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keyrack.check._interpreter.history import FEW, History, together
from keyrack.check.model import STAR
from keyrack.check.relation import (
    ANYTHING,
    IF_ABSENT,
    IF_PRESENT,
    MAYBE_PUT,
    MAYBE_REMOVED,
    NOWHERE,
    PUT,
    REMOVE,
    SAME,
    Relation,
)

EFFECTS = (SAME, PUT, REMOVE, IF_PRESENT, IF_ABSENT, MAYBE_PUT, MAYBE_REMOVED, ANYTHING)
KEYS = ("a", "b", "c", "fam[1]", f"fam{STAR}")

histories = st.builds(
    History,
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(EFFECTS)),
    st.sampled_from((SAME, MAYBE_PUT, ANYTHING)),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(("read", "awaited"))),
)


def covers(wide: Relation, narrow: Relation) -> bool:
    """Whether a relation leads wherever another one leads."""
    return all(one | other == one for one, other in zip(wide, narrow, strict=True))


def stands_for(wide: History, narrow: History) -> bool:
    keys = {*wide.keys, *narrow.keys}
    return covers(wide.rest, narrow.rest) and all(covers(wide.relation(key), narrow.relation(key)) for key in keys)


@given(st.lists(histories, min_size=1, max_size=30))
def test_every_way_is_still_among_those_that_go_on_together(ways: list[History]) -> None:
    kept = together(ways)

    assert all(any(stands_for(one, way) for one in kept) for way in ways)


@given(st.lists(histories, min_size=1, max_size=FEW))
def test_a_few_ways_are_kept_as_they_are_each_once(ways: list[History]) -> None:
    kept = together(ways)

    assert {one.signature for one in kept} == {way.signature for way in ways}
    assert len({one.signature for one in kept}) == len(kept)


def test_many_ways_that_differ_in_one_key_at_a_time_become_one() -> None:
    ways = [
        History({"a": one, "b": two, "c": three})
        for one in (PUT, REMOVE)
        for two in (PUT, REMOVE)
        for three in (PUT, REMOVE)
    ]

    [kept] = together(ways)

    assert all(stands_for(kept, way) for way in ways)


def test_many_ways_on_which_keys_depend_on_each_other_stay_apart() -> None:
    ways = [History({"a": one, "b": one, "c": two, "d": two}) for one in EFFECTS for two in (PUT, REMOVE)]

    kept = together(ways)

    assert all(one.relation("a") == PUT for one in kept if one.relation("b") == PUT)


@given(histories, histories)
def test_one_way_or_another_stands_for_both(one: History, other: History) -> None:
    either = one.or_(other)

    assert stands_for(either, one)
    assert stands_for(either, other)


@given(histories, histories)
def test_what_may_have_gone_on_stands_for_both(before: History, end: History) -> None:
    weak = before.weakened(end)

    assert stands_for(weak, before)
    assert stands_for(weak, end)


def test_a_way_ends_where_a_key_is_found_absent_that_was_put() -> None:
    assert History({"a": PUT}).after("a", IF_ABSENT) is None
    assert History({"a": PUT}).after("a", IF_PRESENT) is not None


def test_a_put_of_an_unknown_member_of_a_family_may_be_one_of_each() -> None:
    after = History({"fam[1]": REMOVE, "a": REMOVE}).affected("fam[@word]", PUT)

    assert after is not None
    assert after.relation("fam[@word]") == PUT
    assert after.relation("fam[1]") not in {REMOVE, PUT}
    assert after.relation(f"fam{STAR}") == MAYBE_PUT
    assert after.relation("a") == REMOVE


def test_what_happens_to_all_keys_of_a_namespace_may_have_happened_to_those_not_met() -> None:
    after = History({"tenant::a": PUT, "a": PUT}).affected_all("tenant::", REMOVE)

    assert after is not None
    assert (after.relation("tenant::a"), after.relation("a")) == (REMOVE_AFTER_PUT, PUT)
    assert after.rest == MAYBE_REMOVED


REMOVE_AFTER_PUT: Relation = (2, 2, 2, 2, 2, 2)


def test_a_history_is_not_changed_by_what_comes_after_it() -> None:
    before = History({"a": SAME})

    before.related("a", PUT).reading("a").waiting()

    assert (dict(before.keys), before.rest, dict(before.seen), before.trail) == ({"a": SAME}, SAME, {}, ())
    assert before.after("a", NOWHERE) is None
