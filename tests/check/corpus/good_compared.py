"""Comparisons whose answer is known: with attributes, slices, texts, and members of enums; and one answer twice."""

from enum import Enum, IntEnum
from types import SimpleNamespace
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "FIND PARTS WORDS DONE")
MODE = "read-write"


class Level(IntEnum):
    LOW = 0
    HIGH = 1


LIMIT = Level.HIGH


class Keys(KeyRegistry):
    page: StoreKey[Any]
    title: StoreKey[str]
    first: StoreKey[int]
    second: StoreKey[int]
    third: StoreKey[int]


async def find(store: MemoryStore) -> Stage:
    store.put(Keys.page, SimpleNamespace(author=None))
    title = getattr(store.get(Keys.page), "title", None)
    if title is not None:
        store.put(Keys.title, "a title")
    print("the page was looked at")
    if title is not None:
        print(store.get(Keys.title))
    author = store.get(Keys.page).author
    if author is not None:
        store.put(Keys.title, "another title")
    print("and at the author")
    if author is not None:
        print(store.get(Keys.title))
    return Stage.PARTS


async def parts(store: MemoryStore) -> Stage:
    keys = [Keys.first, Keys.second, Keys.third]
    for key in keys[:2]:
        store.put(key, 1)
    for key in keys[1:]:
        print(store.get(key, 0))
    if keys[2:]:
        store.put(Keys.third, 3)
    names = {"first": Keys.first, "second": Keys.second}
    by_name = {**names, "first": Keys.third}
    print(store.get(by_name["first"]), store.get(by_name.get("second", Keys.first)))
    return Stage.WORDS


async def words(store: MemoryStore) -> Stage:
    count = store.get(Keys.first)
    if "write" in MODE and Level.HIGH in (1, 2) and LIMIT:
        store.put(Keys.title, "written")
    if 0 < count < 10:
        store.put(Keys.second, count)
    print(store.get(Keys.title), store.get(Keys.second))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.FIND)
    .register(Stage.FIND, find)
    .register(Stage.PARTS, parts)
    .register(Stage.WORDS, words)
    .add_exit_states(Stage.DONE)
)
