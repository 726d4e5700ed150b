"""A contract is not believed against the code: what it claims to write is still missing behind it."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow, task

MISSES = True

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]


@task(writes=[Keys.a])
async def write(store: MemoryStore) -> Stage:
    print(len(store))
    return Stage.READ  # expect: KR603 a


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR101 a
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
