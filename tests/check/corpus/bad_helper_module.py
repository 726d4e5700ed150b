"""A helper that returns early may not have written; its first read finds nothing on the way from here."""

from enum import Enum

from tests.check.corpus import helpers

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "BEGIN READ DONE")


class Keys(KeyRegistry):
    asked: StoreKey[bool] = StoreKey(default=False)


async def begin(store: MemoryStore) -> Stage:
    helpers.fetch_if_asked(store, asked=store.get(Keys.asked))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(helpers.Shared.page))  # expect: KR102 shared.page
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.BEGIN)
    .register(Stage.BEGIN, begin)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
