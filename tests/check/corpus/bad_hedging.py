"""Under `any`, branches that all put one key are a hedge: a warning, for whoever wins is not known."""

from enum import Enum

from keyrack import JoinConfig, JoinStrategy, KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "SPLIT READ DONE")


class Keys(KeyRegistry):
    answer: StoreKey[str]


async def here(store: MemoryStore) -> None:
    store.put(Keys.answer, "here")


async def there(store: MemoryStore) -> None:
    store.put(Keys.answer, "there")


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.answer))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.SPLIT)
    .register_split(  # expect: warning KR401 answer
        Stage.SPLIT, [here, there], JoinConfig(JoinStrategy.any(), Stage.READ)
    )
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
