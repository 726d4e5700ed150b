"""Results of several classes, told apart by ``match`` and ``isinstance``; and functions that somebody keeps."""

import asyncio
import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "PARSE ASK SPLIT ROUTE COUNT WATCH READ DONE")
TASKS: set[Any] = set()


class Keys(KeyRegistry):
    text: StoreKey[str] = StoreKey(default="7")
    number: StoreKey[int]
    answer: StoreKey[str]
    first: StoreKey[str]
    kind: StoreKey[str]
    count: StoreKey[int]
    watched: StoreKey[int]


@dataclass
class Ok:
    value: int


@dataclass
class Failed:
    reason: str


class Refused(Failed):
    pass


def parsed(text: str) -> Ok | Failed:
    return Ok(len(text)) if text else Failed("empty")


def asked(text: str) -> Ok | Failed:
    return Refused("no") if text == "?" else Ok(1)


async def parse(store: MemoryStore) -> Stage:
    match parsed(store.get(Keys.text)):
        case Ok(value):
            store.put(Keys.number, value)
            return Stage.ASK
        case Failed(reason=reason):
            raise ValueError(reason)


async def ask(store: MemoryStore) -> Stage:
    result = asked(store.get(Keys.text))
    if isinstance(result, Failed):
        store.put(Keys.answer, result.reason)
    if isinstance(result, (Ok, int)):
        store.put(Keys.answer, str(result.value))
    return Stage.SPLIT


async def split(store: MemoryStore) -> Stage:
    match [store.get(Keys.text), "b", "c"]:
        case [first, *rest]:
            store.put(Keys.first, f"{first} {len(rest)}")
        case _:
            pass
    return Stage.ROUTE


async def route(store: MemoryStore) -> Stage:
    match {"kind": "a", "value": store.get(Keys.text)}:
        case {"kind": "a", "value": value}:
            store.put(Keys.kind, value)
        case _:
            pass
    return Stage.COUNT


async def count(store: MemoryStore) -> Stage:
    words: list[str] = []

    def keep(found: re.Match[str]) -> str:
        words.append(found[0])
        return ""

    re.sub("a", keep, store.get(Keys.text))
    for number in range(3):
        await asyncio.sleep(0)
        words.append(str(number))
    store.put(Keys.count, len(words))
    return Stage.WATCH


def report(task: Any) -> None:
    if not task.cancelled() and task.exception():
        print("failed")


async def job(store: MemoryStore) -> None:
    store.put(Keys.watched, 1)


async def nothing() -> None:
    pass


async def watch(store: MemoryStore) -> Stage:
    background = asyncio.create_task(nothing())
    TASKS.add(background)
    background.add_done_callback(TASKS.discard)
    task = asyncio.create_task(job(store))
    task.add_done_callback(report)
    await task
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.number), store.get(Keys.answer), store.get(Keys.first))
    print(store.get(Keys.kind), store.get(Keys.count), store.get(Keys.watched))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.PARSE)
    .register(Stage.PARSE, parse)
    .register(Stage.ASK, ask)
    .register(Stage.SPLIT, split)
    .register(Stage.ROUTE, route)
    .register(Stage.COUNT, count)
    .register(Stage.WATCH, watch)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
