"""Lists and dicts that are changed while they are gone through, as Python does it; and objects that hold the store."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "GROW COUNT COPY LOG READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]
    e: StoreKey[int]
    f: StoreKey[int]
    lines: StoreKey[list[str]] = StoreKey(default_factory=list)


SHOP = MemoryStore()


class Log:
    def __init__(self, store: MemoryStore) -> None:
        self.store = store

    def write(self, line: str) -> None:
        self.store.append(Keys.lines, line)


LOG = Log(SHOP)


async def grow(store: MemoryStore) -> Stage:
    work = [Keys.a]
    for key in work:
        store.put(key, 1)
        if len(work) < 2:
            work.append(Keys.b)
    return Stage.COUNT


async def count(store: MemoryStore) -> Stage:
    keys = {"c": Keys.c, "d": Keys.d}
    counts = {"c": 0, "d": 0}
    for name in counts:
        counts[name] = len(name)
        store.put(keys[name], len(name))
    return Stage.COPY


async def copy(store: MemoryStore) -> Stage:
    keys = [Keys.e, Keys.f]
    for key in list(keys):
        store.put(key, 1)
        keys.remove(key)
    return Stage.LOG


async def log(_: MemoryStore) -> Stage:
    LOG.write("done")
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c), store.get(Keys.d), store.get(Keys.e))
    print(store.get(Keys.f), store.get(Keys.lines))
    return Stage.DONE


workflow = (
    Workflow(Stage, SHOP, initial=Stage.GROW)
    .register(Stage.GROW, grow)
    .register(Stage.COUNT, count)
    .register(Stage.COPY, copy)
    .register(Stage.LOG, log)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
