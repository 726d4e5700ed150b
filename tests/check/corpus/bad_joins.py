"""Joins that can never be satisfied, and branches that name a state which is not the join's."""

from enum import Enum

from keyrack import JoinConfig, JoinStrategy, MemoryStore, Workflow

Stage = Enum("Stage", "MANY SHARE OTHER READ DONE")


async def idle(store: MemoryStore) -> None:
    print(len(store))


async def other(store: MemoryStore) -> Stage:
    print(len(store))
    return Stage.DONE


async def same(store: MemoryStore) -> Stage:
    print(len(store))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(len(store))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.MANY)
    .register_split(Stage.MANY, [idle, idle], JoinConfig(JoinStrategy.quorum(3), Stage.SHARE))  # expect: KR403 MANY
    .register_split(  # expect: KR403 SHARE
        Stage.SHARE, [idle, idle], JoinConfig(JoinStrategy.partial_timeout(), Stage.OTHER)
    )
    .register_split(Stage.OTHER, [other, same], JoinConfig(JoinStrategy.all(), Stage.READ))  # expect: KR405 OTHER
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
