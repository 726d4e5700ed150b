"""After compare_and_set with ABSENT the key is there, whatever it said: set now, or set before."""

from enum import Enum

from keyrack import ABSENT, KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "CLAIM AGAIN READ DONE")


class Keys(KeyRegistry):
    owner: StoreKey[str]
    turns: StoreKey[int]


async def claim(store: MemoryStore) -> Stage:
    if store.compare_and_set(Keys.owner, ABSENT, "me"):
        store.put(Keys.turns, 0)
        return Stage.AGAIN
    print("taken by", store.get(Keys.owner))
    return Stage.DONE


async def again(store: MemoryStore) -> Stage:
    if store.compare_and_set(Keys.turns, 0, 1):
        print(store.get(Keys.turns))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.owner), store.get(Keys.turns))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.CLAIM)
    .register(Stage.CLAIM, claim)
    .register(Stage.AGAIN, again)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
