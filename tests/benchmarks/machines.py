"""Other state machines, each doing what a workflow does as well as it can.

Going through a chain of states, by an asynchronous handler in each:

* ``langgraph``: nodes that write nothing.
* ``pydantic-graph``: steps of a graph builder, without its instrumentation.
* ``burr``: an application of asynchronous actions; a ring of them, as an application does not start anew.
* ``python-statemachine``: a statechart whose transitions need no event, and a new machine for each run.
* ``transitions``: a ring in a queued `AsyncMachine`, whose handlers trigger the next transition.

Splitting, and going on when every branch has ended:

* ``TaskGroup``: that of asyncio.
* ``langgraph``, ``pydantic-graph``: a node for each branch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from importlib import import_module
from itertools import pairwise
from typing import Any, TypeAlias

from tests.benchmarks.alternatives import MODULES, installed
from tests.benchmarks.harness import Loop, Part, Probe

LENGTH = 100
"""Handlers in a chain; several of the others get no cheaper by the transition when it is longer."""

WIDTH = 100
"""Branches of a split."""

Branch: TypeAlias = Callable[[object], Coroutine[Any, Any, None]]

_NAMES = [f"S{n}" for n in range(LENGTH)]
_RING = list(pairwise([*_NAMES, _NAMES[0]]))


def chains() -> dict[str, Probe]:
    """Give the probe of one transition of each machine that is installed."""
    return {name: Part(make(), LENGTH) for name, make in CHAINS.items() if installed(name)}


def splits(*, waits: bool) -> dict[str, Probe]:
    """Give the probe of a split and its join of each that is installed.

    Args:
        waits: whether each branch lets others have the event loop once.
    """
    return {name: make(_pause if waits else _pass) for name, make in SPLITS.items() if installed(name)}


async def _pass(_: object) -> None:
    """Do what a handler does that only goes on."""


async def _pause(_: object) -> None:
    """Wait as shortly as one can."""
    await asyncio.sleep(0)


# --- chains ---------------------------------------------------------------------------------------


def _langgraph() -> Probe:
    graph, chain = _state_graph()
    for name in _NAMES:
        chain.add_node(name, _pass)
    for source, target in pairwise([graph.START, *_NAMES, graph.END]):
        chain.add_edge(source, target)
    return Loop("await chain.ainvoke({}, options)", chain=chain.compile(), options={"recursion_limit": LENGTH + 1})


def _pydantic_graph() -> Probe:
    builder: Any = _module("pydantic-graph").GraphBuilder(name="chain", auto_instrument=False)
    steps = [builder.step(_pass, node_id=name) for name in _NAMES]
    for source, target in pairwise([builder.start_node, *steps, builder.end_node]):
        builder.add_edge(source, target)
    return Loop("await chain.run()", chain=builder.build())


def _burr() -> Probe:
    burr = _module("burr")

    async def go(state: Any) -> Any:
        return state

    action = burr.action(reads=[], writes=[])(go)
    builder = burr.ApplicationBuilder().with_actions(**dict.fromkeys(_NAMES, action))
    ring = builder.with_transitions(*_RING).with_entrypoint(_NAMES[0]).build()
    return Loop("await ring.arun(halt_after=last)", ring=ring, last=[_NAMES[-1]])


def _python_statemachine() -> Probe:
    package = _module("python-statemachine")
    states = [package.State(initial=name == _NAMES[0]) for name in _NAMES]
    states.append(package.State(final=True))
    for source, target in pairwise(states):
        source.to(target, on="go")
    names = dict(zip([*_NAMES, "END"], states, strict=True))
    chart = type(package.StateChart)("Chain", (package.StateChart,), {**names, "go": _pass})
    return Loop("await chart().activate_initial_state()", chart=chart)


def _transitions() -> Probe:
    ring: Any = Ring()
    rules = [{"trigger": "advance", "source": source, "dest": dest, "after": "go"} for source, dest in _RING]
    options = {"initial": _NAMES[0], "auto_transitions": False, "queued": True}
    _module("transitions").AsyncMachine(ring, states=_NAMES, transitions=rules, **options)
    return Loop("await ring.advance()", ring=ring)


class Ring:
    """The model of a machine of transitions, which adds its state and what triggers a transition."""

    state: str
    advance: Callable[[], Coroutine[Any, Any, bool]]

    async def go(self) -> None:
        """Go on, until the ring is closed."""
        if self.state != _NAMES[0]:
            await self.advance()


CHAINS: Mapping[str, Callable[[], Probe]] = {
    "langgraph": _langgraph,
    "pydantic-graph": _pydantic_graph,
    "burr": _burr,
    "python-statemachine": _python_statemachine,
    "transitions": _transitions,
}


# --- splits ---------------------------------------------------------------------------------------


def _task_group(branch: Branch) -> Probe:
    async def split(branches: list[Branch]) -> None:
        async with asyncio.TaskGroup() as group:
            for one in branches:
                group.create_task(one(None))

    return Loop("await split(branches)", split=split, branches=[branch] * WIDTH)


def _langgraph_split(branch: Branch) -> Probe:
    graph, fan = _state_graph()
    for n in range(WIDTH):
        fan.add_node(f"B{n}", branch)
        fan.add_edge(graph.START, f"B{n}")
        fan.add_edge(f"B{n}", graph.END)
    return Loop("await fan.ainvoke({})", fan=fan.compile())


def _pydantic_graph_split(branch: Branch) -> Probe:
    package = _module("pydantic-graph")
    builder: Any = package.GraphBuilder(name="fan", auto_instrument=False)
    steps = [builder.step(branch, node_id=f"B{n}") for n in range(WIDTH)]
    join = builder.join(package.reduce_null, initial=None)
    builder.add(builder.edge_from(builder.start_node).to(*steps), builder.edge_from(*steps).to(join))
    builder.add_edge(join, builder.end_node)
    return Loop("await fan.run()", fan=builder.build())


SPLITS: Mapping[str, Callable[[Branch], Probe]] = {
    "TaskGroup": _task_group,
    "langgraph": _langgraph_split,
    "pydantic-graph": _pydantic_graph_split,
}


# --- the packages ---------------------------------------------------------------------------------


def _module(name: str) -> Any:
    return import_module(MODULES[name])


def _state_graph() -> tuple[Any, Any]:
    """Give the module of langgraph's graphs, and a new graph."""
    graph: Any = import_module("langgraph.graph")
    return graph, graph.StateGraph(dict)
