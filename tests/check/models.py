"""Workflows as the solver reads them, made by hand: what the tests of the solver and of its rules check.

A task is written as a list of ways out. A way out is a dictionary: where it goes, and what it does to keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum
from typing import Any, Final

from keyrack.check.model import (
    Arrival,
    Declared,
    Effects,
    Join,
    Keyed,
    KeyInfo,
    Model,
    Next,
    Outcome,
    Read,
    Remark,
    Stage,
    Step,
    Write,
    WriteKind,
)
from keyrack.check.relation import PUT, REMOVE, SAME, Relation, either
from keyrack.check.report import Diagnostic, Spot, WorkflowReport
from keyrack.check.solve import solve

FILE: Final = "/app/pipeline.py"

S = Enum("S", "A B C D E FAN DONE GONE")
"""The states; DONE is the exit unless a test says otherwise."""


def spot(line: int, col: int = 1) -> Spot:
    return Spot(FILE, line, col)


def way(to: Next, line: int = 1, when: str = "", /, **keys: Relation) -> Outcome:
    """Give a way out of a task, taken when a condition holds, if one is given; *keys* are relations by key."""
    trail = (Step(when, True, spot(line)),) if when else ()
    return Outcome(to, Keyed(keys), spot(line), trail)


def unless(to: Next, line: int, when: str, /, **keys: Relation) -> Outcome:
    """Give a way out of a task that is taken when a condition does not hold."""
    return Outcome(to, Keyed(keys), spot(line), (Step(when, False, spot(line)),))


def blurred(to: Next, rest: Relation, /, **keys: Relation) -> Outcome:
    """Give a way out of a task that does something to every other key as well."""
    return Outcome(to, Keyed(keys, rest), spot(1))


def puts(*keys: str) -> dict[str, Relation]:
    return dict.fromkeys(keys, PUT)


def read(
    key: str,
    line: int,
    *arrivals: Mapping[str, Relation],
    needed: bool = True,
    verb: str = "get",
) -> Read:
    """Give a read; an arrival is the relations on the way to it, one that changes nothing if none is given."""
    ways = tuple(Arrival(Keyed(dict(keys))) for keys in arrivals or ({},))
    return Read(key, spot(line, 9), needed, verb, ways)


def write(
    key: str,
    line: int,
    kind: WriteKind = "put",
    *,
    after_read: bool = False,
    after_await: bool = False,
    certain: bool = True,
) -> Write:
    return Write(key, spot(line, 5), kind, after_read=after_read, after_await=after_await, certain=certain)


def effects(
    *outcomes: Outcome,
    name: str = "work",
    line: int = 1,
    reads: Iterable[Read] = (),
    writes: Iterable[Write] = (),
    anytime: Mapping[str, Relation] | None = None,
    rest: Relation = SAME,
    remarks: Iterable[Remark] = (),
    threaded: bool = False,
    opaque: bool = False,
    assumptions: tuple[tuple[str, Spot | None], ...] = (),
    declared: Declared | None = None,
    believed: bool = False,
) -> Effects:
    """Give what a task does; what it may have done at any time is its entry or any of its ways out, if not said."""
    if anytime is None:
        found: dict[str, Relation] = {}
        for outcome in outcomes:
            for key in outcome.keys.relations:
                found[key] = either(found.get(key, SAME), outcome.keys.of(key))
        anytime = found
    return Effects(
        name,
        spot(line),
        outcomes,
        tuple(reads),
        tuple(writes),
        Keyed(dict(anytime), rest),
        tuple(remarks),
        {},
        threaded,
        opaque,
        assumptions,
        declared,
        believed,
        (spot(line),),
    )


def putting(key: str, to: Next, line: int, name: str = "work") -> Effects:
    """Give a task that puts one key and goes on."""
    return effects(way(to, line + 1, **puts(key)), name=name, line=line, writes=[write(key, line)])


def reading(key: str, to: Next, line: int, name: str = "work") -> Effects:
    """Give a task that reads one key and goes on."""
    return effects(way(to, line + 1, **puts(key)), name=name, line=line, reads=[read(key, line)])


def removing(key: str, to: Next, line: int, name: str = "work") -> Effects:
    return effects(way(to, line + 1, **{key: REMOVE}), name=name, line=line, writes=[write(key, line, "remove")])


def idle(to: Next, line: int = 1, name: str = "work") -> Effects:
    return effects(way(to, line), name=name, line=line)


def stage(state: Enum, task: Effects, *, retried: bool = False) -> Stage:
    return Stage(state, (task,), replace(task.spot, line=task.spot.line + 100), None, retried)


def split(
    state: Enum,
    to: Enum,
    *branches: Effects,
    required: int,
    strategy: str = "",
    cancels: bool | None = None,
    summary: str = "",
    retried: bool = False,
) -> Stage:
    """Give a split; it cancels branches where it does not need all of them."""
    text = strategy or ("all" if required == len(branches) else f"quorum({required})")
    given_up = required < len(branches) if cancels is None else cancels
    return Stage(state, branches, spot(200), Join(text, to, required, given_up, summary), retried)


def model(
    *stages: Stage,
    initial: Enum | None = S.A,
    exits: Iterable[Enum] = (S.DONE,),
    inputs: Iterable[str] = (),
    outputs: Iterable[str] | None = None,
    keys: Iterable[KeyInfo] = (),
) -> Model:
    return Model(
        "orders",
        initial,
        {one.state: one for one in stages},
        {state: spot(300 + at) for at, state in enumerate(exits)},
        tuple(S),
        frozenset(inputs),
        None if outputs is None else frozenset(outputs),
        {info.id: info for info in keys},
        spot(400),
    )


def info(key: str, name: str = "", *, family: str = "", foreign: bool = False, is_list: bool = False) -> KeyInfo:
    return KeyInfo(key, name or key, "int", has_default=False, is_list=is_list, family=family, foreign=foreign)


def solved(*stages: Stage, **options: Any) -> WorkflowReport:
    return solve(model(*stages, **options), target="app.pipeline:orders")


def found(report: WorkflowReport, *codes: str) -> list[tuple[str, str, str]]:
    """Give severity, code and key of what was found, of some codes or of all."""
    chosen = [one for one in report.diagnostics if not codes or one.code in codes]
    return [(one.severity, one.code, one.key or one.state) for one in chosen]


def only(report: WorkflowReport, code: str) -> Diagnostic:
    """Give the one finding of a code."""
    [one] = [one for one in report.diagnostics if one.code == code]
    return one


def counts(report: WorkflowReport) -> tuple[int, int, int, int]:
    """Give how many reads there are, and how many of them are proved, refuted and unproven."""
    return report.reads, report.proved, report.refuted, report.unproven
