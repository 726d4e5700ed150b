"""Odd ways to the store: through variables, containers, objects, generators, tasks and whatever else Python has.

Each is a few lines with what they do to one key; ``{store}``, ``{key}``, ``{value}`` and ``{coin}`` are filled in,
``{n}`` is a number of its own.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from tests.check.fuzz.compound import Blocks
from tests.check.fuzz.effects import Block, Have, Place
from tests.check.fuzz.statements import COIN

Effect: TypeAlias = Literal["puts", "reads", "removes", "may put", "may remove"]


class Oddity(NamedTuple):
    """Some lines, and what they do to their key."""

    effect: Effect
    text: str
    follows: bool = True
    """Whether the check has to follow them; what it may give up on stands in no pipeline that works."""


HELPERS = """
def write(store, key, value):
    store.put(key, value)


def fetch(store, key):
    return store.get(key)


def drop(store, *keys):
    for key in keys:
        store.remove(key)


def ensure(store, key, value):
    if key not in store:
        store.put(key, value)


def fetch_or_none(store, key):
    try:
        return store.get(key)
    except KeyNotFoundError:
        return None


def maybe_write(store, key, value):
    if CHANCE.random() < 0.5:
        store.put(key, value)


def steps(store, key, value):
    yield 1
    store.put(key, value)
    yield 2


def writing(store, key, value):
    store.put(key, value)
    yield 1


async def later_steps(store, key, value):
    yield 1
    store.put(key, value)
    yield 2


async def write_later(store, key, value):
    await asyncio.sleep(0)
    store.put(key, value)


def again(store, key, value, times):
    if times:
        store.put(key, value)
        again(store, key, value, times - 1)


class Holder:
    kind = "holder"

    def __init__(self, store, key=None):
        self.inner = store
        self.key = key

    def write(self, key, value):
        self.inner.put(key, value)

    def write_own(self, value):
        self.inner.put(self.key, value)

    @property
    def opened(self):
        return self.inner

    def __enter__(self):
        return self.inner

    def __exit__(self, *error):
        return False


class Swallows(Holder):
    def __exit__(self, *error):
        return True
"""

ODDITIES = [
    Oddity("puts", "key_{n} = {key}\n{store}.put(key_{n}, {value})"),
    Oddity("puts", "write_{n} = {store}.put\nwrite_{n}({key}, {value})"),
    Oddity("puts", "partial({store}.put, {key})({value})"),
    Oddity("puts", 'box_{n} = {{"store": {store}}}\nbox_{n}["store"].put({key}, {value})'),
    Oddity("puts", "[{store}][0].put({key}, {value})"),
    Oddity("puts", "for each_{n} in [{store}]:\n    each_{n}.put({key}, {value})"),
    Oddity("puts", "_, opened_{n} = 1, {store}\nopened_{n}.put({key}, {value})"),
    Oddity("puts", "write({store}, {key}, {value})"),
    Oddity("puts", "write(value={value}, key={key}, store={store})"),
    Oddity("puts", "ensure({store}, {key}, {value})"),
    Oddity("puts", "slot_{n} = {store}.at({key})\nslot_{n}.put({value})"),
    Oddity("puts", "Holder({store}).write({key}, {value})"),
    Oddity("puts", "Holder({store}, {key}).write_own({value})"),
    Oddity("puts", "holder_{n} = Holder({store})\nholder_{n}.opened.put({key}, {value})"),
    Oddity("puts", "with Holder({store}) as opened_{n}:\n    opened_{n}.put({key}, {value})"),
    Oddity("puts", "act_{n} = lambda: {store}.put({key}, {value})\nact_{n}()"),
    Oddity("puts", "def default_{n}(inner={store}):\n    inner.put({key}, {value})\ndefault_{n}()"),
    Oddity("puts", "for _ in steps({store}, {key}, {value}):\n    pass"),
    Oddity("puts", "_ = [*writing({store}, {key}, {value})]"),
    # What a function of a library calls, and how often, is not known.
    Oddity("puts", "list(map(lambda key: {store}.put(key, {value}), ({key},)))", follows=False),
    Oddity("puts", "keys_{n} = [{key}]\nfor key in keys_{n}:\n    {store}.put(key, {value})"),
    Oddity(
        "puts",
        (
            "while True:\n"
            "    try:\n"
            "        {store}.get({key})\n"
            "        break\n"
            "    except KeyNotFoundError:\n"
            "        {store}.put({key}, {value})"
        ),
    ),
    Oddity("puts", "try:\n    raise LookupError\nexcept LookupError:\n    {store}.put({key}, {value})"),
    Oddity(
        "puts",
        ("with ExitStack() as stack_{n}:\n    stack_{n}.callback({store}.put, {key}, {value})"),
        follows=False,
    ),
    Oddity("puts", 'getattr({store}, "put")({key}, {value})', follows=False),
    Oddity("puts", "again({store}, {key}, {value}, 2)", follows=False),
    Oddity(
        "puts",
        ("if (found_{n} := {store}.get({key}, None)) is None:\n    {store}.put({key}, {value})"),
        follows=False,
    ),
    Oddity("puts", "await write_later({store}, {key}, {value})"),
    Oddity("puts", "await asyncio.wait_for(write_later({store}, {key}, {value}), 5)"),
    Oddity("puts", "task_{n} = asyncio.create_task(write_later({store}, {key}, {value}))\nawait task_{n}"),
    Oddity("puts", "later_{n} = write_later({store}, {key}, {value})\nawait later_{n}"),
    Oddity("puts", "async for _ in later_steps({store}, {key}, {value}):\n    pass"),
    Oddity("reads", "fetch({store}, {key})"),
    Oddity("reads", "read_{n} = {store}.get\nread_{n}({key})"),
    Oddity("reads", "_ = {store}.get({key}) if True else 0"),
    Oddity("reads", "print_{n} = f'{{{store}.get({key})}}'"),
    Oddity("reads", "_ = [{store}.get(key) for key in ({key},)]"),
    Oddity("reads", "_ = sorted([1, 2], key=lambda number: len([{store}.get({key})]))"),
    Oddity("removes", "drop({store}, {key})"),
    Oddity("removes", "for key in ({key},):\n    {store}.remove(key)"),
    Oddity("removes", "forget_{n} = {store}.remove\nforget_{n}({key})"),
    Oddity("may put", "maybe_write({store}, {key}, {value})"),
    Oddity("may put", "fetch_or_none({store}, {key})"),
    Oddity("may put", "for _ in steps({store}, {key}, {value}):\n    break"),
    Oddity("may put", "next(steps({store}, {key}, {value}))", follows=False),
    Oddity("may put", "steps({store}, {key}, {value})"),
    Oddity("may put", "_ = map(lambda key: {store}.put(key, {value}), ({key},))"),
    Oddity("may put", "_ = ({store}.put(key, {value}) for key in ({key},))"),
    Oddity("may put", "any({store}.put(key, {value}) or True for key in ({key}, {key}))"),
    Oddity("may put", "act_{n} = (lambda: {store}.put({key}, {value})) if {coin} else (lambda: None)\nact_{n}()"),
    Oddity(
        "may put",
        ("with suppress(ValueError):\n    if {coin}:\n        raise ValueError\n    {store}.put({key}, {value})"),
    ),
    Oddity(
        "may put",
        (
            "with Swallows({store}) as opened_{n}:\n"
            "    if {coin}:\n"
            "        raise ValueError\n"
            "    opened_{n}.put({key}, {value})"
        ),
    ),
    Oddity("may put", "for _ in (1, 2):\n    if {coin}:\n        break\n    {store}.put({key}, {value})"),
    Oddity("may put", "for _ in (1, 2):\n    if {coin}:\n        continue\n    {store}.put({key}, {value})"),
    Oddity("may put", "int({coin} and {store}.put({key}, {value}) is None)"),
    Oddity("may put", "if 0 < {coin} and {store}.put({key}, {value}) is None:\n    pass"),
    Oddity("may put", "def unused_{n}():\n    {store}.put({key}, {value})"),
    Oddity(
        "may put",
        ("try:\n    if {coin}:\n        raise KeyError\n    {store}.put({key}, {value})\nexcept KeyError:\n    pass"),
    ),
    Oddity("may put", "{store}.contains_key({key}) or {coin} or {store}.put({key}, {value})"),
    Oddity(
        "may put",
        (
            "target_{n} = {store}\n"
            "def point_{n}():\n"
            "    nonlocal target_{n}\n"
            "    target_{n} = MemoryStore()\n"
            "if {coin}:\n"
            "    point_{n}()\n"
            "target_{n}.put({key}, {value})"
        ),
        follows=False,
    ),
    Oddity(
        "may put",
        ("own_{n} = {store}\nif {coin}:\n    own_{n} = MemoryStore()\nown_{n}.put({key}, {value})"),
        follows=False,
    ),
    Oddity(
        "may put",
        (
            "holder_{n} = Holder({store})\n"
            "if {coin}:\n"
            "    holder_{n}.inner = MemoryStore()\n"
            "holder_{n}.write({key}, {value})"
        ),
        follows=False,
    ),
    Oddity("may put", "async for _ in later_steps({store}, {key}, {value}):\n    break"),
    Oddity("may put", "await asyncio.gather(write_later({store}, {key}, {value}) if {coin} else asyncio.sleep(0))"),
    Oddity("may remove", "if {coin}:\n    drop({store}, {key})"),
    Oddity("may remove", "for _ in few():\n    {store}.remove({key})"),
    Oddity("may remove", "with suppress(LookupError):\n    fetch({store}, {key})\n    drop({store}, {key})"),
    Oddity("may remove", "{coin} and drop({store}, {key})"),
]


class EveryBlock(Blocks):
    """Writes blocks in which the odd ways are as frequent as the plain ones."""

    oddities = True

    def statement(self, place: Place, have: Have) -> Block | None:
        if self.oddities and self.random.random() < 0.3:
            return self.odd(place, have)
        return super().statement(place, have)

    def odd(self, place: Place, have: Have) -> Block | None:
        one = self.random.choice([each for each in ODDITIES if each.follows or self.careless])
        waits = "await " in one.text or "async for" in one.text
        if (waits and not place.frame.runs_async) or (place.mine is not None and ("MemoryStore" in one.text)):
            return None
        key = {
            "reads": self.to_read(place, have),
            "removes": self.to_remove(place),
            "may remove": self.to_remove(place),
        }.get(one.effect, self.to_write(place))
        if key is None or (place.key(key) in place.others and one.effect == "may put"):
            return None
        self._count += 1
        lines = one.text.format(
            store=place.store, key=key, value=self.value(key), coin=COIN, n=self._count
        ).splitlines()
        if one.effect == "puts":
            return Block(lines, self.with_key(place, have, key))
        if "remove" in one.effect:
            return Block(lines, self.without(place, have, key))
        return Block(lines, have)
