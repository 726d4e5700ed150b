"""The two branches go where the other's key is read."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "PARSE USE REPAIR DONE")


class Keys(KeyRegistry):
    text: StoreKey[str]
    number: StoreKey[int]
    error: StoreKey[str]


async def parse(store: MemoryStore) -> Stage:
    text = store.get(Keys.text)
    try:
        number = int(text)
    except ValueError as problem:
        store.put(Keys.error, str(problem))
        return Stage.USE
    store.put(Keys.number, number)
    return Stage.REPAIR


async def use(store: MemoryStore) -> Stage:
    print(store.get(Keys.number))  # expect: KR101 number
    return Stage.DONE


async def repair(store: MemoryStore) -> Stage:
    print(store.get(Keys.error))  # expect: KR101 error
    return Stage.DONE


def prepare(store: MemoryStore) -> None:
    store.put(Keys.text, "twelve")


workflow = (
    Workflow(Stage, initial=Stage.PARSE, inputs=[Keys.text])
    .register(Stage.PARSE, parse)
    .register(Stage.USE, use)
    .register(Stage.REPAIR, repair)
    .add_exit_states(Stage.DONE)
)
