"""Loops, comprehensions and helpers that are entered on several ways: what came with what is known after them too."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "COUNT TRY CHOOSE COLLECT READ DONE")


class Keys(KeyRegistry):
    items: StoreKey[list[int]] = StoreKey(default_factory=lambda: [1, 2, 3])
    roll: StoreKey[int] = StoreKey(default=12)
    log: StoreKey[list[int]] = StoreKey(default_factory=list)
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]
    e: StoreKey[int]
    f: StoreKey[int]


def until_found(store: MemoryStore) -> int:
    tries = 0
    while tries < store.get(Keys.roll):
        tries += 1
        store.append(Keys.log, tries)
    return tries


def note(store: MemoryStore, item: int) -> int:
    if item > 3:
        store.put(Keys.c, item)
        store.put(Keys.d, item)
    elif item > 2:
        store.put(Keys.e, item)
    return item


async def count(store: MemoryStore) -> Stage:
    if store.get(Keys.roll) > 6:
        store.put(Keys.a, 1)
        store.put(Keys.b, 1)
    number = 0
    for item in store.get(Keys.items):
        number = number + item
        store.append(Keys.log, number)
    if store.contains_key(Keys.b):
        print(store.get(Keys.a))
    return Stage.TRY


async def try_(store: MemoryStore) -> Stage:
    if store.get(Keys.roll) > 6:
        store.put(Keys.c, 1)
        store.put(Keys.d, 1)
    else:
        store.remove(Keys.c)
    print(until_found(store), until_found(store))
    if store.contains_key(Keys.c):
        print(store.get(Keys.d))
    return Stage.CHOOSE


async def choose(store: MemoryStore) -> Stage:  # noqa: C901, PLR0912
    chance = store.get(Keys.roll)
    mode = "other"
    if chance == 0:
        mode = "none"
    elif chance == 1:
        mode = "one"
    elif chance == 2:
        mode = "two"
    elif chance == 3:
        mode = "three"
    elif chance == 4:
        mode = "four"
    elif chance == 5:
        mode = "five"
    elif chance == 6:
        mode = "six"
    elif chance == 7:
        mode = "seven"
    elif chance == 8:
        mode = "eight"
    elif chance == 9:
        mode = "nine"
    store.remove(Keys.a)
    if chance > 20:
        store.put(Keys.a, chance)
        store.put(Keys.b, chance)
    if chance > 10:
        store.put(Keys.f, chance)
    print(mode)
    if store.contains_key(Keys.a):
        print(store.get(Keys.b))
    return Stage.COLLECT


async def collect(store: MemoryStore) -> Stage:
    numbers = store.get(Keys.items)
    print([note(store, number) for number in numbers], [note(store, number) for number in numbers])
    print([note(store, number) for number in numbers], [note(store, number) for number in numbers])
    print([note(store, number) for number in numbers], [note(store, number) for number in numbers])
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.f, 0), store.get(Keys.log))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.COUNT)
    .register(Stage.COUNT, count)
    .register(Stage.TRY, try_)
    .register(Stage.CHOOSE, choose)
    .register(Stage.COLLECT, collect)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
