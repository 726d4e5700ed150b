"""Operators, tests and prints call methods of a class of the program, which may use the store."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "TEST SHOW ADD READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


class Sly:
    def __init__(self, store: MemoryStore) -> None:
        self.store = store

    def __bool__(self) -> bool:
        self.store.remove(Keys.a)
        return True

    def __str__(self) -> str:
        self.store.remove(Keys.b)
        return "sly"

    def __add__(self, other: int) -> int:
        self.store.remove(Keys.c)
        return other


async def test(store: MemoryStore) -> Stage:
    store.put_many(Keys.a.to(1), Keys.b.to(1), Keys.c.to(1))
    print(store.get_many(Keys.a, Keys.b, Keys.c))
    if Sly(store):
        print("it said yes")
    return Stage.SHOW


async def show(store: MemoryStore) -> Stage:
    print(f"{Sly(store)}")
    return Stage.ADD


async def add(store: MemoryStore) -> Stage:
    print(Sly(store) + 1)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR104 a
    print(store.get(Keys.b))  # expect: KR104 b
    print(store.get(Keys.c))  # expect: KR104 c
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.TEST)
    .register(Stage.TEST, test)
    .register(Stage.SHOW, show)
    .register(Stage.ADD, add)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
