"""What a picture of a checked workflow shows, whatever it is drawn with: nodes, arrows, and what is red in it.

How it works: a state becomes a node with an identifier of its own, since names of states are strangers' text and may be
words of the language that draws. A way from one state to another becomes an arrow; an arrow is on a *witness* where a
finding's path goes along it. Keys go from the state that writes them to one that reads them, all between the same two
states on one arrow; where a key comes from outside, its arrow begins at the node of the inputs. Findings that are
suppressed leave no trace.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from keyrack._text import cut
from keyrack.check.render.json import states_of
from keyrack.check.report import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from keyrack.check.report import Diagnostic, Severity, StateKind, StateNode, WorkflowReport

NodeKind: TypeAlias = "StateKind | Literal['inputs']"

NAME_LENGTH: Final = 40
"""The most characters of a name in a picture."""

_LINE_LENGTH: Final = 34
"""About the most characters of a line of names."""
_MOST_LINES: Final = 4
"""The most lines that a list of names gets."""


@dataclass(frozen=True, slots=True)
class Node:
    """A state, or what comes from outside."""

    id: str
    """``s0``; ``inputs`` for what comes from outside."""
    kind: NodeKind
    name: str
    """The name of the state as it is, however long."""
    lines: tuple[str, ...]
    """What to write: the name, then its task or its split; each on one line and not too long."""
    codes: tuple[str, ...] = ()
    """The codes of what was found here, each once, worst first."""
    severity: Severity | None = None
    """The worst of what was found here."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way from one node to another, by their identifiers."""

    source: str
    target: str
    certain: bool = True
    witness: bool = False
    """Whether the path of a finding goes along it."""


@dataclass(frozen=True, slots=True)
class KeyArrow:
    """Keys on their way from the node that writes them to one that reads them."""

    source: str
    target: str
    keys: tuple[str, ...]
    """Their names as they are."""
    lines: tuple[str, ...]
    """What to write."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that is in a picture."""

    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    key_arrows: tuple[KeyArrow, ...]
    initial: str
    """The identifier of the node in which the workflow starts; empty where there is none."""
    ids: Mapping[str, str]
    """The identifiers of the states by their names."""


def drawing(workflow: WorkflowReport, *, first: int = 0) -> Drawing:
    """Say what a picture of *workflow* shows.

    Args:
        workflow: what was found.
        first: the number of the first node: for pictures of several workflows.
    """
    states = _Numbered(workflow, first)
    witness = {hop for one in _seen(workflow) for hop in steps(one)}
    key_arrows = _key_arrows(workflow, states.ids)
    inputs = [Node("inputs", "inputs", "", ("inputs",))] if any(not flow.source for flow in workflow.flows) else []
    ways: dict[tuple[str, str], bool] = {}
    for edge in workflow.edges:
        way = (edge.source, edge.target)
        ways[way] = ways.get(way, False) or edge.certain
    return Drawing(
        nodes=(*inputs, *states.nodes),
        arrows=tuple(
            Arrow(states.ids[source], states.ids[target], certain, (source, target) in witness)
            for (source, target), certain in ways.items()
        ),
        key_arrows=key_arrows,
        initial=states.initial,
        ids=states.ids,
    )


def steps(one: Diagnostic) -> list[tuple[str, str]]:
    """Give the ways from state to state on which a finding shows."""
    return [*pairwise(states_of(one))]


def listed(names: Sequence[str]) -> tuple[str, ...]:
    """Write names on lines, separated by commas; of very many the first, and how many more."""
    lines: list[str] = []
    for at, name in enumerate(names):
        text = cut(name, NAME_LENGTH)
        if lines and len(lines[-1]) + len(text) + 2 <= _LINE_LENGTH:
            lines[-1] += f", {text}"
        elif len(lines) == _MOST_LINES:
            return (*lines, f"and {len(names) - at:,} more")
        else:
            if lines:
                lines[-1] += ","
            lines.append(text)
    return tuple(lines)


def _seen(workflow: WorkflowReport) -> list[Diagnostic]:
    return [one for one in workflow.diagnostics if not one.suppressed]


class _Numbered:
    """The nodes of all states, those too that only an arrow names."""

    def __init__(self, workflow: WorkflowReport, first: int) -> None:
        self.ids: dict[str, str] = {}
        self.nodes: list[Node] = []
        self.initial: str = ""
        self._first: int = first
        self._found: dict[str, list[Diagnostic]] = {}
        for one in _seen(workflow):
            self._found.setdefault(one.state, []).append(one)
        for state in workflow.states:
            self._add(state.name, state.kind, _described(state))
            if state.initial or state.name == workflow.initial:
                self.initial = self.ids[state.name]
        for name in _named(workflow):
            if name not in self.ids:
                self._add(name, "missing", (_name(name),))

    def _add(self, name: str, kind: StateKind, lines: tuple[str, ...]) -> None:
        id_ = f"s{self._first + len(self.nodes)}"
        self.ids.setdefault(name, id_)
        found = sorted(self._found.get(name, ()), key=lambda one: SEVERITIES.index(one.severity))
        codes = tuple(dict.fromkeys(one.code for one in found))
        self.nodes.append(Node(id_, kind, name, lines, codes, found[0].severity if found else None))


def _named(workflow: WorkflowReport) -> Iterable[str]:
    for edge in workflow.edges:
        yield edge.source
        yield edge.target
    for flow in workflow.flows:
        yield from (name for name in (flow.source, flow.target) if name)


def _name(text: str) -> str:
    return cut(text, NAME_LENGTH) or "''"


def _described(state: StateNode) -> tuple[str, ...]:
    name = _name(state.name)
    if state.kind == "split":
        return (name, f"join: {cut(state.strategy, NAME_LENGTH)}", *listed(state.branches))
    if state.kind == "missing":
        return (name, "no task")
    return (name, cut(state.label, NAME_LENGTH)) if state.label else (name,)


def _key_arrows(workflow: WorkflowReport, ids: Mapping[str, str]) -> tuple[KeyArrow, ...]:
    between: dict[tuple[str, str], dict[str, None]] = {}
    for flow in workflow.flows:
        ends = (ids[flow.source] if flow.source else "inputs", ids[flow.target])
        between.setdefault(ends, {})[flow.key] = None
    return tuple(KeyArrow(*ends, tuple(keys), listed([*keys])) for ends, keys in between.items())
