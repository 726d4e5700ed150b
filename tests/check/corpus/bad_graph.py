"""States that cannot be reached, have no task, or never end."""

from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "BEGIN LOST NOWHERE LEFT RIGHT END DONE")


class Keys(KeyRegistry):
    way: StoreKey[int] = StoreKey(default=0)


async def begin(store: MemoryStore) -> Stage:
    if store.get(Keys.way) == 1:
        return Stage.LEFT
    if store.get(Keys.way) == 2:
        return Stage.NOWHERE  # expect: KR202 BEGIN
    return Stage.END


async def lost(store: MemoryStore) -> Stage:
    print(len(store))
    return Stage.END


async def left(store: MemoryStore) -> Stage:
    print(len(store))
    return Stage.RIGHT


async def right(store: MemoryStore) -> Stage:
    print(len(store))
    return Stage.LEFT


async def maybe(store: MemoryStore) -> Stage | None:  # type: ignore[return]  # noqa: RET503  # expect: KR205 END
    if store.get(Keys.way) == 3:
        return Stage.DONE
    print("and here?")  # ends without a state on purpose


END: Any = maybe

workflow = (
    Workflow(Stage, initial=Stage.BEGIN)
    .register(Stage.BEGIN, begin)
    .register(Stage.LOST, lost)  # expect: KR201 LOST
    .register(Stage.LEFT, left)  # expect: KR203 LEFT
    .register(Stage.RIGHT, right)
    .register(Stage.END, END)
    .add_exit_states(Stage.DONE)
)
