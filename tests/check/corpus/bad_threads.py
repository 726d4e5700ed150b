"""A future that nobody waits for, and a thread that is started and left."""

from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from threading import Event

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "SUBMIT READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]


def slow(store: MemoryStore, gate: Event) -> None:
    gate.wait()
    store.put(Keys.a, 1)


async def submit(store: MemoryStore) -> Stage:
    gate = Event()
    with ThreadPoolExecutor() as pool:
        pool.submit(slow, store, gate)
        try:
            print(store.get(Keys.a))  # expect: KR102 a
        finally:
            gate.set()
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.SUBMIT)
    .register(Stage.SUBMIT, submit)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
