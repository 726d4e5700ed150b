"""A write in `finally` happens on every way out, the one by `return` too."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WORK READ DONE")


class Keys(KeyRegistry):
    text: StoreKey[str] = StoreKey(default="7")
    ended: StoreKey[int]
    number: StoreKey[int]


async def work(store: MemoryStore) -> Stage:
    try:
        if store.get(Keys.text) == "":
            return Stage.READ
        store.put(Keys.number, int(store.get(Keys.text)))
        return Stage.READ  # noqa: TRY300  # a return inside, on purpose
    except ValueError:
        return Stage.READ
    finally:
        store.put(Keys.ended, 1)


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.ended), store.get(Keys.number, 0))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WORK)
    .register(Stage.WORK, work)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
