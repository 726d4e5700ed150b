"""Random code around statements: branches, loops, handlers of errors, functions and whatever else takes a block."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.check.fuzz.effects import Block, Frame, Have, Place, indented, meet
from tests.check.fuzz.statements import COIN, Helper, Plain


class Blocks(Plain):
    """Writes blocks of statements."""

    def __init__(self, random: Random, keys: list[str], lists: set[str], defaults: set[str], careless: float) -> None:
        super().__init__(random, keys, lists, defaults, careless)
        self._statements: list[tuple[int, Callable[[Place, Have], Block | None]]] = [
            (9, self.put), (8, self.read), (3, self.read_default), (3, self.remove), (2, self.update),
            (2, self.append), (2, self.put_many), (2, self.get_many), (1, self.swap), (1, self.clear),
            (1, self.snapshot), (2, self.pause), (4, self.fork), (3, self.guarded), (2, self.filled),
            (2, self.asserted), (3, self.tried), (2, self.finally_), (2, self.counted), (1, self.repeated),
            (1, self.forever), (2, self.over_keys), (1, self.over_family), (1, self.matched), (2, self.nested),
            (1, self.short_circuit), (1, self.chosen), (1, self.comprehension), (2, self.transaction),
            (1, self.spaced), (1, self.alias), (1, self.suppressed), (5, self.helped), (1, self.gathered),
            (1, self.correlated), (1, self.left), (1, self.broken), (1, self.raised), (1, self.grouped),
        ]  # fmt: skip

    def statement(self, place: Place, have: Have) -> Block | None:
        options = self._statements[:_SIMPLE] if place.depth > 2 else self._statements
        (one,) = self.random.choices([made for _, made in options], [weight for weight, _ in options])
        return one(place, have)

    def fork(self, place: Place, have: Have) -> Block:
        first, other = self.block(place.inside(), have), self.block(place.inside(), have)
        if self.coin():
            return Block([f"if {COIN}:", *indented(first.lines)], meet(first.have, have))
        lines = [f"if {COIN}:", *indented(first.lines), "else:", *indented(other.lines)]
        return Block(lines, meet(first.have, other.have))

    def guarded(self, place: Place, have: Have) -> Block | None:
        name = self.random.choice(self.keys)
        if place.key(name) in place.others:
            return None
        asked = self.random.choice(
            [f"{place.store}.contains_key({name})", f"{name} in {place.store}", f"{self.slot(place, name)}.exists()"]
        )
        inner = place.inside()
        body = self.block(inner, self.with_key(place, have, name))
        lines = [self.get_line(place, name), *body.lines]
        return Block([f"if {asked}:", *indented(lines)], meet(body.have, have))

    def filled(self, place: Place, have: Have) -> Block | None:
        name = self.to_write(place)
        if name is None or place.key(name) in place.others:
            return None
        ways = [[self.put_line(place, name)], self.leave(place, have).lines]
        lines = [f"if not {place.store}.contains_key({name}):", *indented(self.random.choice(ways))]
        return Block(lines, self.with_key(place, have, name))

    def asserted(self, place: Place, have: Have) -> Block | None:
        name = self.to_read(place, have)
        if name is None:
            return None
        return Block([f"assert {place.store}.contains_key({name})"], self.with_key(place, have, name))

    def tried(self, place: Place, have: Have) -> Block | None:
        name = self.random.choice(self.keys)
        if place.key(name) in place.others:
            return None
        caught = self.random.choice(["KeyNotFoundError", "(ValueError, KeyNotFoundError)", "KeyError", "Exception"])
        inner = place.inside(kept=place.kept | have)
        body = self.block(inner, have)
        handler = self.block(inner, have)
        then = self.block(inner, self.with_key(place, body.have, name)) if body.have is not None else Block([], None)
        if self.coin():
            lines = [self.get_line(place, name), *body.lines]
            after = body.have and self.with_key(place, body.have, name)
            tail: list[str] = []
        else:
            lines = [*body.lines, self.get_line(place, name)] if body.have is not None else body.lines
            tail = ["else:", *indented(then.lines)] if body.have is not None else []
            after = then.have
        lines = ["try:", *indented(lines), f"except {caught}:", *indented(handler.lines), *tail]
        return Block(lines, meet(after, handler.have))

    def finally_(self, place: Place, have: Have) -> Block:
        body = self.block(place.inside(kept=place.kept | have), have)
        kept = frozenset(map(place.key, self.keys))
        calm = Place(
            Frame("none", place.frame.runs_async), place.store, place.space, 3, False, kept, place.mine, place.others
        )
        last = self.block(calm, have)
        place.frame.killed |= calm.frame.killed
        lines = ["try:", *indented(body.lines), "finally:", *indented(last.lines)]
        return Block(lines, None if body.have is None else body.have | (last.have or have))

    def counted(self, place: Place, have: Have) -> Block:
        """A loop that may not run."""
        body = self.block(place.inside(kept=place.kept | have, loops=True), have)
        head = self.random.choice(
            [
                "for _ in range(CHANCE.randrange(3)):",
                f"while {COIN}:",
                "async for _ in some():" if place.frame.runs_async else "for _ in few():",
            ]
        )
        if self.coin():
            return Block([head, *indented(body.lines)], have)
        last = self.block(place.inside(kept=place.kept | have), have)
        return Block([head, *indented(body.lines), "else:", *indented(last.lines)], have)

    def repeated(self, place: Place, have: Have) -> Block:
        """A loop that runs twice."""
        body = self.block(place.inside(kept=place.kept | have, loops=False), have)
        head = self.random.choice(["for _ in range(2):", "for _ in (1, 2):", 'for _ in "ab":'])
        return Block([head, *indented(body.lines)], body.have)

    def forever(self, place: Place, have: Have) -> Block | None:
        """A loop that ends in its middle."""
        body = self.block(place.inside(kept=place.kept | have, loops=False), have)
        if body.have is None:
            return None
        more = self.block(place.inside(kept=place.kept | have | body.have, loops=False), body.have)
        lines = ["while True:", *indented([*body.lines, f"if {COIN}:", "    break", *more.lines])]
        return Block(lines, body.have)

    def broken(self, place: Place, have: Have) -> Block | None:
        if not place.loops:
            return None
        return Block([f"if {COIN}:", f"    {self.random.choice(['break', 'continue'])}"], have)

    def over_keys(self, place: Place, have: Have) -> Block | None:
        names = sorted({name for name in (self.to_write(place), self.to_write(place)) if name})
        names = [name for name in names if name not in self.lists]
        if not names:
            return None
        listed = f"({', '.join(names)},)"
        after = have | {place.key(name) for name in names}
        store = place.store
        bodies = [
            ([f"{store}.put(key, 1)"], after),
            ([f"if not {store}.contains_key(key):", f"    {store}.put(key, 1)"], after),
            ([f"if {COIN}:", f"    {store}.put(key, 1)"], have),
            ([f"if key in {store}:", f"    {store}.get(key)"], have),
        ]
        body, behind = self.random.choice(bodies)
        return Block([f"for key in {listed}:", *indented(body)], behind)

    def over_family(self, place: Place, have: Have) -> Block | None:
        family = [name for name in self.keys if name.startswith("Keys.family[")]
        if not family or (place.mine is not None):
            return None
        ways = [
            (["for index in range(3):", f"    {place.store}.put(Keys.family[index], index)"], True),
            (["for index in (0, 1, 2):", f"    Keys({place.store}).family[index].put(index)"], True),
            ([f"{place.store}.put(Keys.family[CHANCE.randrange(3)], 1)"], False),
            (["for index in range(CHANCE.randrange(3)):", f"    {place.store}.put(Keys.family[index], index)"], False),
        ]
        if self.random.random() < self.careless:
            ways += [
                ([f"{place.store}.get(Keys.family[CHANCE.randrange(3)])"], False),
                ([f"{place.store}.remove(Keys.family[CHANCE.randrange(3)])"], False),
                (["for index in range(2):", f"    {place.store}.get(Keys.family[index])"], False),
            ]
        lines, all_of_them = self.random.choice(ways)
        return Block(lines, have | {place.key(name) for name in family} if all_of_them else have)

    def matched(self, place: Place, have: Have) -> Block:
        cases = [self.block(place.inside(), have) for _ in range(3)]
        whole = self.coin()
        heads = ["case 0:", "case 1 | 2:", "case _:" if whole else "case 3:"]
        lines = [line for head, case in zip(heads, cases, strict=True) for line in (head, *indented(case.lines))]
        have_after = [case.have for case in cases] + ([] if whole else [have])
        return Block([f"match CHANCE.randrange({3 if whole else 5}):", *indented(lines)], meet(*have_after))

    def short_circuit(self, place: Place, have: Have) -> Block | None:
        name = self.to_write(place)
        if name is None or place.key(name) in place.others:
            return None
        put, get = f"{place.store}.put({name}, {self.value(name)})", self.get_line(place, name)
        lines = [
            f"{COIN} and {put}",
            f"_ = {get} if {place.store}.contains_key({name}) else 0",
            f"{place.store}.contains_key({name}) and {get}",
            f"not {place.store}.contains_key({name}) or {get}",
            f"_ = [{get} for _ in range(2) if {name} in {place.store}]",
        ]
        return Block([self.random.choice(lines)], have)

    def chosen(self, place: Place, have: Have) -> Block | None:
        one, other = self.to_write(place), self.to_write(place)
        if one is None or other is None or one in self.lists or other in self.lists:
            return None
        both = {place.key(one)} & {place.key(other)}
        return Block([f"{place.store}.put({one} if {COIN} else {other}, 1)"], have | both)

    def comprehension(self, place: Place, have: Have) -> Block | None:
        name = self.to_read(place, have)
        if name is None:
            return None
        get = self.get_line(place, name)
        lines = [f"_ = [{get} for _ in range(CHANCE.randrange(3))]", f"any({get} for _ in few())", f"_ = {{1: {get}}}"]
        return Block([self.random.choice(lines)], have)

    def correlated(self, place: Place, have: Have) -> Block | None:
        """Two branches on the same coin: what one has written, the other reads."""
        name, flag = self.to_write(place), self.fresh("flag")
        if name is None or not self.careless:
            return None
        between = self.block(place.inside(), have)
        lines = [f"{flag} = {COIN}", f"if {flag}:", f"    {self.put_line(place, name)}", *between.lines]
        return Block(
            [*lines, *([f"if {flag}:", f"    {self.get_line(place, name)}"] if between.have else [])], between.have
        )

    def left(self, place: Place, have: Have) -> Block:
        return Block([f"if {COIN}:", *indented(self.leave(place, have).lines)], have)

    def raised(self, place: Place, have: Have) -> Block:
        body = self.block(place.inside(kept=place.kept | have), have)
        handler = self.block(place.inside(kept=place.kept | have), have)
        lines = [f"if {COIN}:", "    raise ValueError", *body.lines]
        caught = ["try:", *indented(lines), "except ValueError:", *indented(handler.lines)]
        return Block(caught, meet(body.have, handler.have))

    def suppressed(self, place: Place, have: Have) -> Block:
        body = self.block(place.inside(kept=place.kept | have), have)
        lines = (
            [*body.lines, f"{place.store}.get({self.random.choice(self.keys)})"]
            if body.have is not None and not place.others
            else body.lines
        )
        return Block(["with suppress(KeyNotFoundError):", *indented(lines)], have)

    # --- functions --------------------------------------------------------------------------------

    def function(
        self, place: Place, have: Have, name: str, parameter: str, *, runs_async: bool
    ) -> tuple[list[str], Frame, Have]:
        """Write a function whose body begins with *have*."""
        frame = Frame("helper", runs_async)
        leave, self.leave = self.leave, self.give_back
        body = self.block(
            Place(
                frame,
                parameter or place.store,
                place.space,
                place.depth + 1,
                False,
                place.kept,
                place.mine,
                place.others,
            ),
            have,
        )
        self.leave = leave
        after = meet(body.have, *frame.returned)
        place.frame.killed |= frame.killed
        place.frame.gone |= frame.gone
        lines = [f"{'async ' if runs_async else ''}def {name}({parameter}):", *indented(body.lines)]
        return lines, frame, have if after is None else after

    def nested(self, place: Place, have: Have) -> Block:
        name = self.fresh("inner")
        runs_async = place.frame.runs_async and self.coin()
        parameter = self.random.choice(["", "", "given"])
        lines, _, after = self.function(place, have, name, parameter, runs_async=runs_async)
        given = place.store if parameter else ""
        call = f"{name}({given})"
        if not runs_async and self.random.random() < 0.2:
            call = f"partial({name}{', ' if given else ''}{given})()"
        return Block([*lines, f"await {call}" if runs_async else call], after)

    def transaction(self, place: Place, have: Have) -> Block | None:
        name = self.to_write(place)
        if self.coin() or place.space:
            if name is None:
                return None
            line = f"{place.store}.transact(lambda tx: tx.put({name}, {self.value(name)}))"
            return Block([line], self.with_key(place, have, name))
        step = self.fresh("step")
        lines, _, after = self.function(place, have, step, "tx", runs_async=False)
        return Block([*lines, f"{place.store}.transact({step})"], after)

    def spaced(self, place: Place, have: Have) -> Block | None:
        if place.space or place.mine is not None or place.store != "store":
            return None
        name = self.random.choice(["first", "second"])
        body = self.block(place.inside(store=name, space=name, loops=False), have)
        return Block([f'{name} = NamespacedStore({place.store}, "{name}")', *body.lines], body.have)

    def alias(self, place: Place, have: Have) -> Block:
        name = self.fresh("also")
        body = self.block(place.inside(store=name, loops=False), have)
        return Block([f"{name} = {place.store}", *body.lines], body.have)

    def helped(self, place: Place, have: Have) -> Block | None:
        """Call a function of the module."""
        fitting = [
            one
            for one in self.helpers
            if (place.frame.runs_async or not one.runs_async) and self.fits(place, have, one)
        ]
        if not fitting:
            return None
        one = self.random.choice(fitting)
        place.frame.killed |= one.killed
        place.frame.gone |= one.gone
        after = (frozenset[str]() if one.gone else have - one.killed) | one.gives
        call = f"{one.name}({place.store})"
        if one.manages:
            alias = self.fresh("opened")
            body = self.block(place.inside(store=alias, kept=place.kept | one.gives, loops=False), have | one.gives)
            return Block(
                [f"with {call} as {alias}:", *indented(body.lines)], body.have and (body.have - one.killed) | one.gives
            )
        if not one.runs_async and self.random.random() < 0.2:
            call = self.random.choice(
                [f"partial({one.name}, {place.store})()", f"Worker({place.store}).call({one.name})"]
            )
        return Block([f"await {call}" if one.runs_async else call], after)

    def fits(self, place: Place, have: Have, one: Helper) -> bool:
        if place.space or place.mine is not None:
            return False
        return bool(self.careless) or (
            one.needs <= have and not one.killed & place.kept and not (one.gone and place.kept)
        )

    def gathered(self, place: Place, have: Have) -> Block | None:
        fitting = [one for one in self.helpers if one.runs_async and self.fits(place, have, one)]
        if not place.frame.runs_async or not fitting:
            return None
        one, other = self.random.choice(fitting), self.random.choice(fitting)
        both = one.killed | other.killed
        if one.gone or other.gone or (not self.careless and both & (one.needs | other.needs | one.gives | other.gives)):
            return None
        place.frame.killed |= both
        calls = f"{one.name}({place.store}), {other.name}({place.store})"
        return Block([f"await asyncio.gather({calls})"], (have - both) | one.gives | other.gives)

    def grouped(self, place: Place, have: Have) -> Block | None:
        fitting = [one for one in self.helpers if one.runs_async and self.fits(place, have, one) and not one.gone]
        if not place.frame.runs_async or not fitting:
            return None
        one = self.random.choice(fitting)
        place.frame.killed |= one.killed
        lines = ["async with asyncio.TaskGroup() as group:", f"    group.create_task({one.name}({place.store}))"]
        return Block(lines, (have - one.killed) | one.gives)


_SIMPLE = 12
"""How many of the statements take no block."""
