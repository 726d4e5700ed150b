"""A thread that is started by hand does with the store what it likes, when it likes."""

from enum import Enum
from threading import Thread

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "START READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]


def work(store: MemoryStore) -> None:
    store.put(Keys.a, 1)


async def start(store: MemoryStore) -> Stage:
    thread = Thread(target=work, args=(store,))  # expect: KR901
    thread.start()  # expect: KR901
    thread.join()  # expect: KR901
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR106 a
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.START)
    .register(Stage.START, start)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
