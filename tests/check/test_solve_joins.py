from __future__ import annotations

from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.check.models import S, blurred, effects, idle, model, putting, removing, split, stage, way, write

from keyrack.check.fixpoint import Solution
from keyrack.check.joins import joined
from keyrack.check.model import Effects, Join, Keyed
from keyrack.check.relation import (
    ANYTHING,
    IF_ABSENT,
    IF_PRESENT,
    LOST,
    MAYBE_PUT,
    NEVER,
    PRESENT,
    PUT,
    REMOVE,
    REMOVED,
    SAME,
    UNKNOWN,
    Mask,
    Relation,
    applied,
    either,
    then,
)


def after(required: int, *branches: Effects, before: Relation = SAME) -> Mask:
    """Give what the key ``k`` is after a split, of which *before* is what comes first."""
    solution = Solution(
        model(
            stage(S.A, effects(way(S.FAN, k=before))),
            split(S.FAN, S.B, *branches, required=required),
            stage(S.B, idle(S.DONE)),
        )
    )
    return solution.status(solution.nodes[S.B], "k")


def writer() -> Effects:
    return putting("k", None, 1)


def other() -> Effects:
    return idle(None)


@pytest.mark.parametrize("total", range(1, 6))
def test_a_key_is_there_after_a_join_if_more_branches_write_it_than_may_be_missing(total: int) -> None:
    for required in range(total + 1):
        for writers in range(total + 1):
            sure = writers > total - required
            found = after(required, *[writer()] * writers, *[other()] * (total - writers))

            assert found == (PRESENT if sure else PRESENT | LOST if writers else NEVER), (required, writers)


def test_a_branch_that_writes_on_one_way_alone_gives_no_certainty() -> None:
    maybe = effects(way(None, k=PUT), way(None), writes=[write("k", 1)])

    assert after(2, maybe, other()) == PRESENT | NEVER
    assert after(1, maybe, other()) == PRESENT | LOST


def test_a_branch_that_removes_takes_away_what_was_there() -> None:
    assert after(2, removing("k", None, 1), other(), before=PUT) == REMOVED
    assert after(1, removing("k", None, 1), other(), before=PUT) == PRESENT | REMOVED


def test_where_one_branch_removes_what_another_writes_both_are_possible() -> None:
    assert after(2, writer(), removing("k", None, 1)) & (PRESENT | REMOVED) == PRESENT | REMOVED


def test_a_cancelled_branch_may_have_stopped_between_its_writes() -> None:
    halfway = effects(
        way(None, k=PUT),
        writes=[write("k", 1), write("k", 2, "remove")],
        anytime={"k": either(SAME, either(PUT, REMOVE))},
    )

    assert after(2, halfway, other(), before=PUT) == PRESENT
    assert after(1, halfway, other(), before=PUT) & REMOVED


def test_a_branch_that_never_ends_well_does_not_count_as_one_that_may_succeed() -> None:
    failing = effects(anytime={})

    assert after(1, failing, writer()) == PRESENT
    assert after(2, failing, writer(), writer()) == PRESENT
    assert after(2, failing, writer()) == 0


def test_a_way_out_of_a_branch_that_is_not_open_does_not_count() -> None:
    guarded = effects(way(None, flag=IF_PRESENT, k=PUT), way(None, flag=IF_ABSENT), writes=[write("k", 1)])

    assert after(1, guarded) == NEVER


def test_a_guard_that_another_branch_opens_is_open() -> None:
    guarded = effects(way(None, flag=IF_PRESENT, k=PUT), way(None, flag=IF_ABSENT), writes=[write("k", 1)])

    assert after(2, guarded, putting("flag", None, 5)) == NEVER | PRESENT


def test_a_join_that_can_never_be_satisfied_is_followed_as_one_of_all() -> None:
    assert after(5, writer(), other()) == PRESENT


def test_a_split_without_branches_changes_nothing() -> None:
    assert joined([], [], Join("all", S.B, 0, cancels=False)) == Keyed()


def test_a_branch_that_cannot_be_followed_leaves_every_key_unknown() -> None:
    opaque = effects(blurred(None, ANYTHING), rest=either(SAME, ANYTHING), opaque=True)

    assert after(2, opaque, other()) == UNKNOWN
    assert after(2, opaque, other(), before=PUT) == UNKNOWN
    assert after(1, opaque, other(), before=PUT) == PRESENT | UNKNOWN


def test_a_key_of_a_family_is_touched_by_who_touches_all_of_it() -> None:
    solution = Solution(
        model(
            stage(S.A, idle(S.FAN)),
            split(
                S.FAN,
                S.B,
                effects(way(None, **{"F[1]": PUT}), writes=[write("F[1]", 1)]),
                effects(way(None, **{"F[*]": MAYBE_PUT}), writes=[write("F[*]", 2)]),
                required=1,
            ),
            stage(S.B, idle(S.DONE)),
        )
    )

    assert solution.status(solution.nodes[S.B], "F[1]") == PRESENT | UNKNOWN | LOST


_RELATIONS = (SAME, PUT, REMOVE, IF_PRESENT, IF_ABSENT, MAYBE_PUT, then(IF_ABSENT, PUT), either(SAME, PUT))
_KINDS = {PUT: "put", then(IF_ABSENT, PUT): "put", either(SAME, PUT): "put", MAYBE_PUT: "put", REMOVE: "remove"}


@given(
    st.lists(st.sampled_from(_RELATIONS), min_size=1, max_size=4), st.integers(0, 4), st.sampled_from([NEVER, PRESENT])
)
def test_no_order_in_which_branches_run_leads_where_the_join_does_not(
    finals: list[Relation], required: int, status: Mask
) -> None:
    """Whoever succeeds runs whole, one after the other; each of the others runs whole, or not at all."""
    total = len(finals)
    branches = [
        effects(
            way(None, k=final),
            writes=[write("k", 1, "remove" if _KINDS[final] == "remove" else "put")] if final in _KINDS else (),
            anytime={"k": either(SAME, final)},
        )
        for final in finals
    ]
    required = min(required, total)
    keys = joined(branches, [one.outcomes for one in branches], Join("", S.B, required, cancels=True))
    assert keys is not None
    found = applied(keys.of("k"), status)

    reachable = 0
    for size in range(required, total + 1):
        for some in combinations(finals, size):
            for order in permutations(some):
                here = status
                for final in order:
                    here = applied(final, here)
                reachable |= here

    absent = reachable & ~(PRESENT | UNKNOWN)
    assert reachable & PRESENT <= found & (PRESENT | UNKNOWN)
    assert not absent or found & ~(PRESENT | UNKNOWN)
