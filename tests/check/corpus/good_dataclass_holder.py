"""A dataclass, a plain object and a tuple that hold the store are ways to it."""

from dataclasses import dataclass
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


@dataclass
class Context:
    store: MemoryStore
    step: int = 1

    def note(self) -> None:
        self.store.put(Keys.b, self.step)


async def write(store: MemoryStore) -> Stage:
    context = Context(store)
    context.store.put(Keys.a, 1)
    context.note()
    pair = (context.store, 3)
    pair[0].put(Keys.c, pair[1])
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    context = Context(store=store, step=2)
    print(context.store.get(Keys.a), store.get(Keys.b), store.get(Keys.c))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
