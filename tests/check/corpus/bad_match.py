"""A match statement that may fit nothing, and one whose last case writes nothing."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "OPEN LAST READ DONE")


class Keys(KeyRegistry):
    order: StoreKey[str] = StoreKey(default="jump")
    a: StoreKey[str]
    b: StoreKey[str]


async def unfit(store: MemoryStore) -> Stage:
    match store.get(Keys.order).split():  # pyright: ignore[reportMatchNotExhaustive]
        case ["go", where]:
            store.put(Keys.a, where)
        case ["stay"]:
            store.put(Keys.a, "here")
    return Stage.LAST


async def last(store: MemoryStore) -> Stage:
    match store.get(Keys.order):
        case "go":
            store.put(Keys.b, "somewhere")
        case _:
            print("not going")
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR102 a
    print(store.get(Keys.b))  # expect: KR102 b
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.OPEN)
    .register(Stage.OPEN, unfit)
    .register(Stage.LAST, last)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
