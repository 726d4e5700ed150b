"""Random statements: every way to write, read and remove a key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.check.fuzz.effects import Block, Have, Place

COIN = "CHANCE.random() < 0.5"


@dataclass(frozen=True)
class Helper:
    """A function of the module that takes the store."""

    name: str
    runs_async: bool
    needs: Have
    gives: Have
    killed: frozenset[str]
    gone: bool
    manages: bool = False
    """Whether it is a context manager."""


class Plain:
    """Writes statements of one line, and some that go with them.

    Args:
        random: decides.
        keys: the expressions of the keys.
        lists: those of them that are lists.
        defaults: those that have a default.
        careless: how often a read does not mind whether its key is there; 0 for code that works.
    """

    def __init__(self, random: Random, keys: list[str], lists: set[str], defaults: set[str], careless: float) -> None:
        self.random = random
        self.keys = keys
        self.lists = lists
        self.defaults = defaults
        self.careless = careless
        self.helpers: list[Helper] = []
        self.leave: Callable[[Place, Have], Block] = self.give_back
        self._count = 0

    # --- the frame around it ----------------------------------------------------------------------

    def block(self, place: Place, have: Have, length: int | None = None) -> Block:
        """Write some statements."""
        lines: list[str] = []
        now: Have | None = have
        most = length or self.random.randint(1, 4 if place.depth < 2 else 2)
        while now is not None and len(lines) < 40 and most > 0:
            made = self.statement(place, now)
            most -= 1
            if made is not None:
                lines += made.lines
                now = made.have
        return Block(lines or ["pass"], now)

    def statement(self, place: Place, have: Have) -> Block | None:
        """Write one statement; None where the one that was drawn cannot stand here."""
        raise NotImplementedError

    def give_back(self, place: Place, have: Have) -> Block:
        """Return from a helper or a branch."""
        place.frame.returned.append(have)
        return Block(["return"], None)

    def fresh(self, stem: str) -> str:
        self._count += 1
        return f"{stem}_{self._count}"

    def coin(self) -> bool:
        return self.random.random() < 0.5

    # --- which key --------------------------------------------------------------------------------

    def to_read(self, place: Place, have: Have) -> str | None:
        """Choose a key to read."""
        always = {place.key(name) for name in self.defaults}
        there = sorted(name for key in (have | always) - place.others if (name := place.name(key)))
        if self.random.random() < self.careless:
            return self.random.choice(self.keys)
        return self.random.choice(there) if there else None

    def to_write(self, place: Place) -> str | None:
        names = [name for name in self.keys if place.mine is None or place.key(name) in place.mine]
        return self.random.choice(names) if names else None

    def to_remove(self, place: Place) -> str | None:
        safe = [name for name in self.keys if self.careless or place.key(name) not in place.kept]
        return self.random.choice(safe) if safe and place.mine is None else None

    def value(self, name: str) -> str:
        return "[1]" if name in self.lists else "1"

    def slot(self, place: Place, name: str) -> str:
        return self.random.choice([f"Keys({place.store}).{name.removeprefix('Keys.')}", f"{place.store}.at({name})"])

    def with_key(self, place: Place, have: Have, name: str) -> Have:
        return have | {place.key(name)}

    def without(self, place: Place, have: Have, name: str) -> Have:
        place.frame.killed.add(place.key(name))
        return have - {place.key(name)}

    # --- plain statements -------------------------------------------------------------------------

    def put_line(self, place: Place, name: str) -> str:
        value = self.value(name)
        return self.random.choice(
            [
                f"{place.store}.put({name}, {value})",
                f"{place.store}.put({name}, {value})",
                f"{self.slot(place, name)}.put({value})",
                f"{place.store}.put_shared({name}, {value})",
            ]
        )

    def get_line(self, place: Place, name: str) -> str:
        return self.random.choice(
            [
                f"{place.store}.get({name})",
                f"{place.store}.get({name})",
                f"{self.slot(place, name)}.get()",
                f"{place.store}.get_shared({name})",
            ]
        )

    def put(self, place: Place, have: Have) -> Block | None:
        name = self.to_write(place)
        return None if name is None else Block([self.put_line(place, name)], self.with_key(place, have, name))

    def read(self, place: Place, have: Have) -> Block | None:
        name = self.to_read(place, have)
        return None if name is None else Block([self.get_line(place, name)], have)

    def read_default(self, place: Place, have: Have) -> Block | None:
        name = self.random.choice(self.keys)
        if place.key(name) in place.others:
            return None
        return Block([f"{place.store}.get({name}, {self.value(name)})"], have)

    def remove(self, place: Place, have: Have) -> Block | None:
        name = self.to_remove(place)
        if name is None:
            return None
        line = self.random.choice([f"{place.store}.remove({name})", f"{self.slot(place, name)}.remove()"])
        return Block([line], self.without(place, have, name))

    def update(self, place: Place, have: Have) -> Block | None:
        name = self.to_read(place, have)
        if name is None or (place.mine is not None and place.key(name) not in place.mine):
            return None
        function = self.random.choice(["lambda value: value", "changed"])
        return Block([f"{place.store}.update({name}, {function})"], self.with_key(place, have, name))

    def append(self, place: Place, have: Have) -> Block | None:
        name = self.to_write(place)
        if name not in self.lists:
            return None
        line = self.random.choice([f"{place.store}.append({name}, 1)", f"{place.store}.extend({name}, [1, 2])"])
        return Block([line], self.with_key(place, have, name))

    def put_many(self, place: Place, have: Have) -> Block | None:
        one, other = self.to_write(place), self.to_write(place)
        if one is None or other is None:
            return None
        puts = f"{one}.to({self.value(one)}), {other}.to({self.value(other)})"
        return Block([f"{place.store}.put_many({puts})"], have | {place.key(one), place.key(other)})

    def get_many(self, place: Place, have: Have) -> Block | None:
        one, other = self.to_read(place, have), self.to_read(place, have)
        if one is None or other is None:
            return None
        return Block([f"{place.store}.get_many({one}, {other})"], have)

    def swap(self, place: Place, have: Have) -> Block | None:
        name = self.to_write(place)
        if name is None:
            return None
        value = self.value(name)
        return Block([f"{place.store}.compare_and_set({name}, ABSENT, {value})"], self.with_key(place, have, name))

    def pause(self, place: Place, have: Have) -> Block | None:
        return Block(["await asyncio.sleep(CHANCE.random())"], have) if place.frame.runs_async else None

    # --- fewer and rougher ------------------------------------------------------------------------

    def clear(self, place: Place, have: Have) -> Block | None:
        inside = {key for key in have if place.name(key)}
        if place.mine is not None or (not self.careless and (place.kept or self.random.random() < 0.7)):
            return None
        place.frame.gone = True
        place.frame.killed |= inside
        return Block([f"{place.store}.clear()"], have - inside)

    def snapshot(self, place: Place, have: Have) -> Block | None:
        if place.mine is not None or (place.kept and not self.careless):
            return None
        name = self.fresh("snapshot")
        body = self.block(place.inside(kept=have, loops=False), have)
        if body.have is None:
            return None
        place.frame.gone = True
        place.frame.killed |= body.have
        lines = [f"{name} = {place.store}.snapshot()", *body.lines, f"{place.store}.restore({name})"]
        return Block(lines, frozenset(key for key in have if place.name(key)))
