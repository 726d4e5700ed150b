"""Dataclasses take the store by place and by keyword, in a base class too, and exceptions take arguments."""

from dataclasses import InitVar, dataclass, field
from enum import Enum
from typing import Any, ClassVar

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]
    size: StoreKey[int] = StoreKey(default=0)


@dataclass
class Writer:
    step: ClassVar[int] = 1
    size: int = field(default=0, kw_only=True)
    store: MemoryStore
    key: Any = Keys.a
    seen: list[int] = field(default_factory=list[int], init=False)

    def write(self) -> None:
        self.store.put(self.key, self.size + self.step)


class Other(Writer):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store, size=2)
        self.other = Keys.c

    def write(self) -> None:
        super().write()
        self.store.put(self.other, 1)


@dataclass
class Eager:
    store: InitVar[MemoryStore]
    size: int = 0

    def __post_init__(self, store: MemoryStore) -> None:
        store.put(Keys.d, self.size)


class TooLargeError(Exception):
    def __init__(self, size: int, *, most: int = 3) -> None:
        super().__init__(f"{size} > {most}")
        self.size = size


async def write(store: MemoryStore) -> Stage:
    try:
        if store.get(Keys.size) > Writer.step:
            raise TooLargeError(store.get(Keys.size), most=Writer.step)  # noqa: TRY301
    except TooLargeError as error:
        print(error.size)
    Writer(store, Keys.b, size=3).write()
    Other(store).write()
    Eager(store)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c), store.get(Keys.d))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
