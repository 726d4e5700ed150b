"""A next state made of a value: it may be any, so nothing is called unreachable, and little can be proved."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow


class Stage(Enum):
    CHOOSE = "choose"
    WRITE = "write"
    READ = "read"
    DONE = "done"


class Keys(KeyRegistry):
    way: StoreKey[str] = StoreKey(default="write")
    before: StoreKey[int]
    a: StoreKey[int]


async def choose(store: MemoryStore) -> Stage:
    store.put(Keys.before, 1)
    return Stage(store.get(Keys.way))  # expect: KR206 CHOOSE


async def write(store: MemoryStore) -> Stage:
    store.put(Keys.a, 1)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.before))
    print(store.get(Keys.a))  # expect: KR106 a
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.CHOOSE)
    .register(Stage.CHOOSE, choose)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
