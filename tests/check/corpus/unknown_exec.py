"""exec and eval run code that nobody can read."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE MORE READ DONE")


class Keys(KeyRegistry):
    own: StoreKey[int]
    more: StoreKey[int]


async def write(store: MemoryStore) -> Stage:
    exec("store.put(Keys.own, 1)", {"store": store, "Keys": Keys})  # noqa: S102  # expect: KR904
    return Stage.MORE


async def more(store: MemoryStore) -> Stage:
    print(len(store))
    eval("store.put(Keys.more, 1)")  # noqa: S307  # expect: KR904
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.own))  # expect: KR106 own
    print(store.get(Keys.more))  # expect: KR106 more
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.MORE, more)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
