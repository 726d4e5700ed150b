from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.check.models import S, blurred, effects, found, info, only, puts, read, solved, spot, stage, way, write

if TYPE_CHECKING:
    from keyrack.check.report import WorkflowReport

from keyrack.check.model import Declared, Effects, Remark
from keyrack.check.relation import ANYTHING, MAYBE_PUT, PUT, REMOVE, SAME

CONTRACT = ("KR601", "KR602", "KR603", "KR604", "KR605")


def said(
    reads: Iterable[str] | None = None,
    writes: Iterable[str] | None = None,
    may_write: Iterable[str] | None = None,
    removes: Iterable[str] | None = None,
    to: tuple[S, ...] | None = None,
) -> Declared:
    def keys(names: Iterable[str] | None) -> frozenset[str] | None:
        return None if names is None else frozenset(names)

    return Declared(keys(reads), keys(writes), keys(may_write), keys(removes), to, spot(50))


def task(declared: Declared, **options: Any) -> Effects:
    """Give a task that reads ``a``, puts ``b``, may put ``c``, removes ``d`` and goes to DONE or GONE."""
    ways = [way(S.DONE, 8, **puts("a", "b"), d=REMOVE), way(S.GONE, 9, **puts("a", "b", "c"), d=REMOVE)]
    reads = [read("a", 1), read("b", 5, puts("b"))]
    writes = [write("b", 2), write("c", 3), write("d", 4, "remove")]
    return effects(*ways, name="work", reads=reads, writes=writes, declared=declared, **options)


def held(declared: Declared, **options: Any) -> WorkflowReport:
    keys = [info(key) for key in "abcd"]
    return solved(stage(S.A, task(declared, **options)), inputs=["a", "d"], exits=(S.DONE, S.GONE), keys=keys)


KEPT = said(["a"], ["b"], ["c"], ["d"], (S.DONE, S.GONE))


def test_a_contract_that_is_kept_has_no_finding() -> None:
    assert found(held(KEPT), *CONTRACT) == []


def test_what_is_left_unsaid_is_not_checked() -> None:
    assert found(held(said()), *CONTRACT) == []


@pytest.mark.parametrize(
    ("declared", "code", "line", "message"),
    [
        (replace(KEPT, reads=frozenset()), "KR601", 1, "work reads 'a' but does not declare it"),
        (replace(KEPT, writes=frozenset()), "KR602", 2, "work writes 'b' but does not declare it"),
        (replace(KEPT, may_write=None), "KR602", 3, "work writes 'c' but does not declare it"),
        (replace(KEPT, removes=frozenset()), "KR602", 4, "work writes 'd' but does not declare it"),
        (
            replace(KEPT, writes=frozenset("bc"), may_write=None),
            "KR603",
            8,
            "work declares that it writes 'c', but not on the path through line 8",
        ),
        (replace(KEPT, to=(S.DONE,)), "KR604", 9, "work may go to GONE, which it does not declare"),
        (replace(KEPT, reads=frozenset("az")), "KR605", 50, "work declares 'z' but never reads it"),
        (replace(KEPT, may_write=frozenset("cz")), "KR605", 50, "work declares 'z' but never writes it"),
        (replace(KEPT, removes=frozenset("dz")), "KR605", 50, "work declares 'z' but never removes it"),
        (replace(KEPT, to=(S.DONE, S.GONE, S.B)), "KR605", 50, "work declares to=B but never goes there"),
    ],
    ids=[
        "reads",
        "writes",
        "may write",
        "removes",
        "uncertain",
        "to",
        "stale read",
        "stale write",
        "stale remove",
        "stale to",
    ],
)
def test_a_contract_that_is_not_kept_is_told(declared: Declared, code: str, line: int, message: str) -> None:
    [one] = [one for one in held(declared).diagnostics if one.code in CONTRACT]

    assert (one.code, one.spot.line, one.message) == (code, line, message)


def test_a_declared_write_that_never_happens_is_one_finding() -> None:
    assert found(held(replace(KEPT, writes=frozenset("bz"))), *CONTRACT) == [("error", "KR603", "z")]


def test_a_read_of_what_the_task_has_put_itself_need_not_be_declared() -> None:
    assert found(held(said(reads=["a"])), "KR601") == []


def test_where_something_cannot_be_followed_nothing_is_called_stale_or_uncertain() -> None:
    opaque = effects(blurred(S.DONE, ANYTHING), opaque=True, declared=said(["z"], ["z"], to=(S.DONE, S.B)))

    assert found(solved(stage(S.A, opaque)), *CONTRACT) == []


def test_what_was_made_of_the_contract_is_not_held_against_it() -> None:
    assert found(held(said([], [], [], [], ()), believed=True), *CONTRACT) == []


@pytest.mark.parametrize("relation", [SAME, MAYBE_PUT])
def test_a_family_stands_for_all_its_keys(relation: tuple[int, int, int, int, int, int]) -> None:
    declared = said(["F[*]"], ["F[*]"], removes=["F[*]"])
    some = effects(
        way(S.DONE, **{"F[2]": PUT, "F[*]": relation}),
        reads=[read("F[1]", 1)],
        writes=[write("F[2]", 2), write("F[3]", 3, "remove")],
        declared=declared,
    )

    assert found(solved(stage(S.A, some), inputs=["F[1]", "F[3]"]), *CONTRACT) == []


def test_one_key_of_a_family_does_not_stand_for_another() -> None:
    some = effects(way(S.DONE), reads=[read("F[1]", 1), read("F[2]", 2)], declared=said(["F[2]"]))

    assert found(solved(stage(S.A, some), inputs=["F[*]"]), *CONTRACT) == [("error", "KR601", "F[1]")]


def test_keys_of_other_stores_are_none_of_the_contract() -> None:
    other = effects(way(S.DONE), reads=[read("o", 1, needed=False)], writes=[write("o", 2)], declared=said([], []))

    assert found(solved(stage(S.A, other), keys=[info("o", foreign=True)]), *CONTRACT) == []


# --- remarks --------------------------------------------------------------------------------------


def test_remarks_become_findings_with_the_sentence_of_their_code() -> None:
    remarks = [
        Remark("KR205", spot(7), {"task": "work"}),
        Remark("KR502", spot(3), {"key": "total", "type": "int"}, "k"),
        Remark("KR902", spot(4), {"verb": "put"}),
    ]
    report = solved(stage(S.A, effects(way(S.DONE), remarks=remarks)), keys=[info("k", "total")])

    assert [
        ("warning" if one.severity == "warning" else one.severity, one.code, one.key, one.state, one.message)
        for one in report.diagnostics
    ] == [
        ("error", "KR502", "total", "A", "append to 'total', which is declared as int"),
        ("note", "KR902", "", "A", "the key of this put() is only known at run time"),
        ("error", "KR205", "", "A", "work may end without returning a next state"),
    ]
    assert [one.subject for one in report.diagnostics] == ["", "put", "work"]


def test_a_remark_of_a_helper_that_two_states_use_is_one_finding() -> None:
    remark = Remark("KR901", spot(3), {"callee": "g", "reason": "whose source cannot be read"})
    report = solved(stage(S.A, effects(way(S.B), remarks=[remark])), stage(S.B, effects(way(S.DONE), remarks=[remark])))

    assert only(report, "KR901").state == "A"
