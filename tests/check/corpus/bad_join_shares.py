"""Percentages, partial results and partial timeouts leave branches behind, be they many that write."""

import asyncio
from enum import Enum

from keyrack import JoinConfig, JoinStrategy, KeyFamily, KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "TIMEOUT SHARE RESULTS READ DONE")


class Keys(KeyRegistry):
    log: KeyFamily[str, list[int]]
    slow: StoreKey[int]


async def share(store: MemoryStore) -> None:
    store.append(Keys.log["share"], 1)


async def result(store: MemoryStore) -> None:
    store.append(Keys.log["result"], 1)


async def slow(store: MemoryStore) -> None:
    await asyncio.sleep(3600)
    store.put(Keys.slow, 1)


async def idle(store: MemoryStore) -> None:
    print(len(store))


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.slow))  # expect: KR105 slow
    print(store.get(Keys.log["share"]))  # expect: KR105 log["share"]
    print(store.get(Keys.log["result"]))  # expect: KR105 log["result"]
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.TIMEOUT)
    .register_split(Stage.TIMEOUT, [slow], JoinConfig(JoinStrategy.partial_timeout(), Stage.SHARE, timeout=0.001))
    .register_split(Stage.SHARE, [share, share, idle, idle], JoinConfig(JoinStrategy.percentage(0.5), Stage.RESULTS))
    .register_split(Stage.RESULTS, [result, idle, idle], JoinConfig(JoinStrategy.partial_results(2), Stage.READ))
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
