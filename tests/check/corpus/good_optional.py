"""A value that is not None, or truthy where the default is falsy, was stored."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE NONE TRUTHY MATCH MORGAN DONE")


class Keys(KeyRegistry):
    flag: StoreKey[bool] = StoreKey(default=True)
    maybe: StoreKey[int | None]
    count: StoreKey[int]
    other: StoreKey[int]


async def write(store: MemoryStore) -> Stage:
    if store.get(Keys.flag):
        store.put(Keys.maybe, 3)
        store.put(Keys.count, 4)
    return Stage.NONE


async def none(store: MemoryStore) -> Stage:
    if store.get(Keys.maybe, None) is not None:
        print(store.get(Keys.maybe), store.get(Keys.count))
    return Stage.TRUTHY


async def truthy(store: MemoryStore) -> Stage:
    if store.get(Keys.count, 0):
        print(store.get(Keys.count))
    return Stage.MATCH


async def match(store: MemoryStore) -> Stage:
    match store.get(Keys.count, None):
        case None:
            print("no count")
        case count:
            print(count, store.get(Keys.count))
    return Stage.MORGAN


async def morgan(store: MemoryStore) -> Stage:
    if not (Keys.count not in store or Keys.other not in store):
        print(store.get(Keys.count), store.get(Keys.other))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.NONE, none)
    .register(Stage.TRUTHY, truthy)
    .register(Stage.MATCH, match)
    .register(Stage.MORGAN, morgan)
    .add_exit_states(Stage.DONE)
)
