"""Keys and the store come through star arguments, keywords and defaults."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]


def put_all(store: MemoryStore, *keys: StoreKey[int]) -> None:
    for key in keys:
        store.put(key, 1)


def put_named(*, into: MemoryStore, key: StoreKey[int] = Keys.c) -> None:
    into.put(key, 1)


def forward(*args: MemoryStore, **options: StoreKey[int]) -> None:
    put_named(into=args[0], **options)


async def write(store: MemoryStore) -> Stage:
    put_all(store, Keys.a, Keys.b)
    put_named(into=store)
    forward(store, key=Keys.d)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c), store.get(Keys.d))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
