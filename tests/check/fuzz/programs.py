"""Random pipelines, as the text of a module: what they do is decided by ``CHANCE``, which whoever runs them seeds."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from tests.check.fuzz.effects import Block, Frame, Have, Place, indented, meet, some
from tests.check.fuzz.oddities import HELPERS, EveryBlock
from tests.check.fuzz.statements import COIN, Helper

_HEAD = '''"""A random pipeline."""

import asyncio
from contextlib import ExitStack, contextmanager, suppress
from enum import Enum
from functools import partial, wraps
from random import Random

from keyrack import *

CHANCE = Random()


class Stage(Enum):
    {states} = range({count})


class Keys(KeyRegistry):
{keys}


class Worker:
    def __init__(self, store):
        self.store = store

    def call(self, function):
        return function(self.store)


def changed(value):
    return value


def few():
    return range(CHANCE.randrange(3))


async def some():
    for _ in few():
        yield 1


def traced(function):
    @wraps(function)
    async def wrapper(store):
        return await function(store)

    return wrapper
'''


class Program(NamedTuple):
    """A pipeline."""

    text: str
    works: bool
    """Whether no read of it can fail: it was written like that."""


def program(seed: int, *, works: bool) -> Program:
    """Write a pipeline.

    Args:
        seed: which one.
        works: whether each of its reads shall find its key.
    """
    return Program(_Pipeline(Random(seed), works=works).text(), works)  # noqa: S311  # the same each time


class _Pipeline:
    """Writes a pipeline: keys, helpers, and states that each promise the next ones what they need."""

    def __init__(self, random: Random, *, works: bool) -> None:
        self.random = random
        self.careless = 0.0 if works else random.choice([0.05, 0.15, 0.4])
        self.forgets = 0.0 if works else random.choice([0.05, 0.3])
        self.states = [f"S{number}" for number in range(random.randint(2, 7))]
        self.declared, self.keys, lists, defaults = self._keys()
        self.blocks = EveryBlock(random, self.keys, lists, defaults, self.careless)
        self.blocks.leave = self._leave
        self.entry: dict[str, Have] = {state: self._promise() for state in self.states}
        self.entry[self.states[0]] = self.entry["DONE"] = frozenset()
        self.state = self.states[0]
        self.back = not works and random.random() < 0.3

    def text(self) -> str:
        """Give the module."""
        helpers = [line for number in range(self.random.randint(0, 4)) for line in self._helper(number)]
        stages: list[str] = []
        registered: list[str] = []
        for state in self.states:
            self.state = state
            lines, call = self._stage(state)
            stages += lines
            registered.append(call)
        head = _HEAD.format(
            states=", ".join([*self.states, "DONE"]),
            count=len(self.states) + 1,
            keys="\n".join(indented(self.declared)),
        )
        tail = [
            "", "",
            "workflow = Workflow(Stage, initial=Stage.S0, max_transitions=25)",
            "workflow.add_exit_states(Stage.DONE)",
            *registered,
        ]  # fmt: skip
        return head + HELPERS + "\n".join([*helpers, *stages, *tail]) + "\n"

    def _keys(self) -> tuple[list[str], list[str], set[str], set[str]]:
        """Give the declarations, the names, those of lists and those with a default."""
        declared, names, lists, defaults = ["family: KeyFamily[int, int]"], list[str](), set[str](), set[str]()
        for number in range(self.random.randint(2, 6)):
            name, kind = f"k{number}", self.random.choice(["int", "int", "int", "list", "default", "list default"])
            of = "list[int]" if "list" in kind else "int"
            default = " = StoreKey(default_factory=list)" if of == "list[int]" else " = StoreKey(default=0)"
            default = default if "default" in kind else ""
            declared.append(f"{name}: StoreKey[{of}]{default}")
            names.append(f"Keys.{name}")
            if "list" in kind:
                lists.add(f"Keys.{name}")
            if default:
                defaults.add(f"Keys.{name}")
        names += [f"Keys.family[{index}]" for index in range(3)] if self.random.random() < 0.4 else []
        return declared, names, lists, defaults

    def _promise(self) -> Have:
        return frozenset(f":{name}" for name in some(self.random, self.keys, 4))

    # --- functions --------------------------------------------------------------------------------

    def _helper(self, number: int) -> list[str]:
        name, runs_async, manages = f"helper{number}", self.random.random() < 0.4, self.random.random() < 0.25
        needs = frozenset(f":{key}" for key in some(self.random, self.keys, 2))
        frame = Frame("helper", runs_async and not manages)
        self.blocks.leave = self.blocks.give_back
        place = Place(frame)
        if manages:
            made = self._manager(name, place, needs)
        else:
            body = self.blocks.block(place, needs)
            gives = meet(body.have, *frame.returned)
            self.blocks.helpers.append(
                Helper(
                    name,
                    frame.runs_async,
                    needs,
                    needs if gives is None else gives,
                    frozenset(frame.killed),
                    frame.gone,
                )
            )
            made = [f"{'async ' if runs_async else ''}def {name}(store):", *indented(body.lines)]
        self.blocks.leave = self._leave
        return ["", "", *made]

    def _manager(self, name: str, place: Place, needs: Have) -> list[str]:
        """Write a context manager: what it does before counts inside, what it does behind counts after."""
        plain = Place(place.frame, depth=3)
        last = Place(place.frame, depth=3, kept=frozenset(f":{key}" for key in self.keys))
        before, behind = self.blocks.block(plain, needs), self.blocks.block(last, frozenset())
        gives = (before.have or needs) - place.frame.killed
        self.blocks.helpers.append(
            Helper(name, False, needs, gives, frozenset(place.frame.killed), place.frame.gone, manages=True)
        )
        kind = self.random.choice(["try", "plain", "caught"])
        inside = ["yield store", *behind.lines]
        if kind == "try":
            inside = ["try:", "    yield store", "finally:", *indented(behind.lines)]
        elif kind == "caught":
            inside = ["with suppress(LookupError):", "    yield store", *behind.lines] if self.careless else inside
        return ["@contextmanager", f"def {name}(store):", *indented([*before.lines, *inside])]

    def _leave(self, place: Place, have: Have) -> Block:
        """Go on to another state, after what it needs was written."""
        following = [*self.states, "DONE"][self.states.index(self.state) + 1 :]
        if self.back and self.random.random() < 0.3:
            following = self.states
        target = self.random.choice(following[:3])
        missing = [key for key in sorted(self.entry[target] - have) if self.random.random() >= self.forgets]
        store = "store" if place.space else place.store
        lines = [f"{store}.put({key[1:]}, {self.blocks.value(key[1:])})" for key in missing]
        return Block([*lines, f"return Stage.{target}"], None)

    def _stage(self, state: str) -> tuple[list[str], str]:
        kind = self.random.choices(["task", "node", "split"], [8, 2, 3])[0]
        if kind == "split":
            return self._split(state)
        if kind == "node":
            return self._node(state)
        runs_async = self.random.random() < 0.9
        lines = self._function(f"task_{state.lower()}", "store", self.entry[state], runs_async=runs_async)
        traced = ["@traced"] if runs_async and self.random.random() < 0.1 else []
        retry = ", retry=Retry.fixed(2)" if self.careless and self.random.random() < 0.1 else ""
        return ["", "", *traced, *lines], f"workflow.register(Stage.{state}, task_{state.lower()}{retry})"

    def _function(self, name: str, parameters: str, have: Have, *, runs_async: bool) -> list[str]:
        place = Place(Frame("handler", runs_async))
        body = self.blocks.block(place, have, self.random.randint(2, 6))
        last = self._leave(place, body.have).lines if body.have is not None else []
        return [f"{'async ' if runs_async else ''}def {name}({parameters}):", *indented([*body.lines, *last])]

    def _node(self, state: str) -> tuple[list[str], str]:
        name = f"Node{state}"
        self.blocks.leave = self.blocks.give_back
        frame = Frame("helper", True)
        prep = self.blocks.block(Place(frame), self.entry[state], 2)
        have = meet(prep.have, *frame.returned) or frozenset()
        self.blocks.leave = self._leave
        post = self._function("post", "self, store, result", have, runs_async=True)
        lines = [
            "async def prep(self, store):", *indented(prep.lines), "",
            f"{self.random.choice(['async ', 'async ', ''])}def exec(self, data):", "    return data", "",
            *post,
        ]  # fmt: skip
        return ["", "", f"class {name}(Node):", *indented(lines)], f"workflow.register(Stage.{state}, {name}())"

    # --- splits -----------------------------------------------------------------------------------

    def _split(self, state: str) -> tuple[list[str], str]:
        count = self.random.randint(1, 4)
        strategy, needed, timeout = self._strategy(count)
        shares = self._shares(count)
        lines: list[str] = []
        given: list[Have] = []
        self.blocks.leave = self.blocks.give_back
        for number, share in enumerate(shares):
            frame = Frame("branch", True)
            rest = [one for index, one in enumerate(shares) if index != number and one is not None]
            place = Place(frame, mine=share, others=frozenset[str]().union(*rest) if share is not None else frozenset())
            start = self.entry[state]
            body = self.blocks.block(place, start)
            given.append(meet(body.have, *frame.returned) or frozenset())
            fails = [f"if {COIN}:", "    raise RuntimeError"] if self.careless and self.random.random() < 0.5 else []
            lines += ["", "", f"async def {state.lower()}_{number}(store):", *indented([*fails, *body.lines])]
        self.blocks.leave = self._leave
        following = [*self.states, "DONE"][self.states.index(state) + 1 :][:3]
        certain = self.entry[state] | frozenset(
            key for key in frozenset[str]().union(*given) if sum(key in one for one in given) > count - needed
        )
        fitting = [target for target in following if self.entry[target] <= certain]
        target = self.random.choice(following if self.careless or not fitting else fitting)
        if not self.careless and not fitting:
            self.entry[target] &= certain
        names = ", ".join(f"{state.lower()}_{number}" for number in range(count))
        join = f"JoinConfig(JoinStrategy.{strategy}, Stage.{target}{timeout})"
        return lines, f"workflow.register_split(Stage.{state}, [{names}], {join})"

    def _shares(self, count: int) -> list[frozenset[str] | None]:
        """Give each branch keys of its own; where the pipeline may fail, let them meet."""
        if self.careless and self.random.random() < 0.7:
            return [None] * count
        shares: list[set[str]] = [set() for _ in range(count)]
        for name in self.keys:
            self.random.choice(shares).add(f":{name}")
        return [frozenset(share) for share in shares]

    def _strategy(self, count: int) -> tuple[str, int, str]:
        number = self.random.randint(1, count)
        limit = self.random.choice(["", ", timeout=0.7"]) if self.careless else ""
        return self.random.choice(
            [
                ("all()", count, limit),
                ("any()", 1, limit),
                (f"quorum({number})", number, limit),
                (f"percentage({number / count})", number, limit),
                (f"partial_results({number})", number, limit),
                ("partial_timeout()", 0, ", timeout=0.7"),
            ]
        )
