"""A store that is kept in a module's list is used by whoever finds it there."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    own: StoreKey[int]


KEPT: list[MemoryStore] = []


def later() -> None:
    KEPT[0].remove(Keys.own)


async def write(store: MemoryStore) -> Stage:
    store.put(Keys.own, 1)
    KEPT.append(store)  # expect: KR901
    later()
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.own))  # expect: KR106 own
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
