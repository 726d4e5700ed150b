"""Declared inputs are there from the start, declared outputs are read after the end."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WORK AGAIN DONE")


class Keys(KeyRegistry):
    source: StoreKey[int]
    step: StoreKey[int]
    result: StoreKey[int]


async def work(store: MemoryStore) -> Stage:
    store.put(Keys.step, store.get(Keys.source) + 1)
    return Stage.AGAIN


async def again(store: MemoryStore) -> Stage:
    store.put(Keys.result, store.get(Keys.step) + store.get(Keys.source))
    return Stage.DONE


def prepare(store: MemoryStore) -> None:
    store.put(Keys.source, 1)


workflow = (
    Workflow(Stage, initial=Stage.WORK, inputs=[Keys.source], outputs=[Keys.result])
    .register(Stage.WORK, work)
    .register(Stage.AGAIN, again)
    .add_exit_states(Stage.DONE)
)
