"""Workflows made at random are solved and run: what fails in a run was never proved."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.check.models import S, model, solved, split, spot, stage

from keyrack.check.model import Arrival, Effects, Keyed, Outcome, Read, Stage, Write
from keyrack.check.relation import IF_ABSENT, IF_PRESENT, NOWHERE, PUT, REMOVE, SAME, Relation, either, then

KEYS = ("a", "b", "c")
STATES = (S.A, S.B, S.C, S.FAN)
RUNS = 60

Act: TypeAlias = tuple[str, str]
"""What is done to which key: put, remove, get; has and lacks are conditions on which a path goes on."""

_EFFECT: dict[str, Relation] = {"put": PUT, "remove": REMOVE, "get": PUT, "has": IF_PRESENT, "lacks": IF_ABSENT}


@dataclass(frozen=True)
class Path:
    acts: tuple[Act, ...]
    to: S


@dataclass(frozen=True)
class Task:
    paths: tuple[Path, ...]

    def effects(self, line: int) -> Effects:
        outcomes: list[Outcome] = []
        reads: list[Read] = []
        writes: list[Write] = []
        anytime: dict[str, Relation] = dict.fromkeys(KEYS, SAME)
        for at, path in enumerate(self.paths):
            here: dict[str, Relation] = {}
            for number, (act, key) in enumerate(path.acts):
                place = spot(line, 10 * at + number + 1)
                if act == "get":
                    reads.append(Read(key, place, needed=True, verb="get", arrivals=(Arrival(Keyed(dict(here))),)))
                elif act in {"has", "lacks"}:
                    reads.append(Read(key, place, needed=False, verb="contains_key", arrivals=()))
                elif act == "put":
                    writes.append(Write(key, place, "put"))
                else:
                    writes.append(Write(key, place, "remove"))
                here[key] = then(here.get(key, SAME), _EFFECT[act])
                if NOWHERE in here.values():
                    break
                anytime[key] = either(anytime[key], here[key])
            else:
                outcomes.append(Outcome(path.to, Keyed(here), spot(line, 10 * at + 9)))
        return Effects(
            f"t{line}", spot(line), tuple(outcomes), tuple(reads), tuple(writes), Keyed(anytime), (), {}, threaded=False
        )


@dataclass(frozen=True)
class Flow:
    """A workflow: the task of each state, and the branches of FAN, of which so many have to succeed."""

    tasks: dict[S, Task]
    branches: tuple[Task, ...]
    required: int
    to: S
    retried: S

    def stages(self) -> list[Stage]:
        found = [
            stage(state, task.effects(10 * at + 10), retried=state is self.retried)
            for at, (state, task) in enumerate(self.tasks.items())
        ]
        branches = [task.effects(100 + 10 * at) for at, task in enumerate(self.branches)]
        return [*found, split(S.FAN, self.to, *branches, required=self.required)]


acts = st.tuples(st.sampled_from(["put", "put", "remove", "get", "get", "has", "lacks"]), st.sampled_from(KEYS))
paths = st.builds(Path, st.lists(acts, max_size=4).map(tuple), st.sampled_from([*STATES, S.DONE]))
tasks = st.builds(Task, st.lists(paths, min_size=1, max_size=3).map(tuple))


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    branches = tuple(draw(st.lists(tasks, min_size=1, max_size=3)))
    return Flow(
        {state: draw(tasks) for state in (S.A, S.B, S.C)},
        branches,
        draw(st.integers(0, len(branches))),
        draw(st.sampled_from([S.A, S.B, S.DONE])),
        draw(st.sampled_from([S.A, S.GONE])),
    )


class Run:
    """One run, in which chance decides what is left open."""

    def __init__(self, flow: Flow, random: Random) -> None:
        self.flow = flow
        self.random = random
        self.there: set[str] = set()
        self.failed: list[tuple[S, str]] = []
        """The reads that found nothing: state and key."""

    def go(self) -> None:
        state = S.A
        for _ in range(12):
            if state is S.DONE:
                return
            after = self.fan() if state is S.FAN else self.single(state)
            if after is None:
                return
            state = after

    def single(self, state: S) -> S | None:
        for attempt in range(2 if state is self.flow.retried else 1):
            path = self.random.choice(self.flow.tasks[state].paths)
            acts = list(path.acts)
            if attempt == 0 and state is self.flow.retried and self.random.random() < 0.5:
                acts = [*acts[: self.random.randint(0, len(acts))], ("raise", "")]
            if all(self.act(state, act) for act in acts):
                return path.to
            if acts[-1:] != [("raise", "")]:
                return None
        return None

    def fan(self) -> S | None:
        """Let branches run side by side, an act of one after an act of another."""
        chosen = [list(self.random.choice(task.paths).acts) for task in self.flow.branches]
        live = set(range(len(chosen)))
        succeeded = 0
        while live:
            at = self.random.choice(sorted(live))
            if not chosen[at]:
                live.discard(at)
                succeeded += 1
                if self.flow.required <= succeeded < len(chosen) and self.random.random() < 0.7:
                    break  # the others are cancelled where they are
            elif not self.act(S.FAN, chosen[at].pop(0)):
                live.discard(at)
            elif self.flow.required == 0 and self.random.random() < 0.1:
                break  # time is up
        return self.flow.to if succeeded >= self.flow.required else None

    def act(self, state: S, act: Act) -> bool:
        """Do one thing; False: the path is not taken, or ends."""
        what, key = act
        if what == "put":
            self.there.add(key)
        elif what == "remove":
            self.there.discard(key)
        elif what == "get" and key not in self.there:
            self.failed.append((state, key))
            return False
        elif (what == "has" and key not in self.there) or (what == "lacks" and key in self.there):
            return False
        return what != "raise"


@settings(max_examples=200, deadline=None)
@given(flows(), st.integers(0, 1 << 32))
def test_what_fails_in_a_run_was_never_proved(flow: Flow, seed: int) -> None:
    report = solved(*flow.stages())
    told = {(one.state, one.key) for one in report.diagnostics if one.code.startswith(("KR10", "KR40"))}
    random = Random(seed)  # noqa: S311  # a failure has to come again

    for _ in range(RUNS):
        run = Run(flow, random)
        run.go()
        assert {(state.name, key) for state, key in run.failed} <= told

    assert report.reads == report.proved + report.refuted + report.unproven


def test_the_runs_do_fail_where_there_is_something_to_find() -> None:
    """Holds the test above to its word: its runs come to reads that fail, in tasks and in branches."""
    lost = Task((Path((("get", "a"),), S.DONE),))
    fine = Task((Path((("put", "b"),), S.FAN),))
    flow = Flow({S.A: fine, S.B: fine, S.C: fine}, (lost, fine), 1, S.B, S.GONE)
    run = Run(flow, Random(1))  # noqa: S311  # the same
    run.go()

    assert (S.FAN, "a") in run.failed
    assert model(*flow.stages()).initial is S.A
