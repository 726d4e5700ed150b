"""Each join strategy guarantees a key when more branches write it than it can do without."""

from enum import Enum
from fractions import Fraction

from keyrack import JoinConfig, JoinStrategy, KeyFamily, KeyRegistry, MemoryStore, Workflow

Stage = Enum("Stage", "ALL ANY QUORUM PERCENTAGE PARTIAL READ DONE")


class Keys(KeyRegistry):
    own: KeyFamily[str, int]
    log: KeyFamily[str, list[int]]


async def one(store: MemoryStore) -> None:
    store.put(Keys.own["one"], 1)


async def two(store: MemoryStore) -> None:
    store.put(Keys.own["two"], 2)
    print(store.get(Keys.own["two"]))


async def for_any(store: MemoryStore) -> None:
    store.append(Keys.log["any"], 1)


async def for_quorum(store: MemoryStore) -> None:
    store.append(Keys.log["quorum"], 1)


async def for_percentage(store: MemoryStore) -> None:
    store.append(Keys.log["percentage"], 1)


async def for_partial(store: MemoryStore) -> None:
    store.append(Keys.log["partial"], 1)


async def idle(store: MemoryStore) -> None:
    print(len(store))


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.own["one"]), store.get(Keys.own["two"]), store.get(Keys.log["any"]))
    print(store.get(Keys.log["quorum"]), store.get(Keys.log["percentage"]), store.get(Keys.log["partial"]))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.ALL)
    .register_split(Stage.ALL, [one, two], JoinConfig(JoinStrategy.all(), Stage.ANY))
    .register_split(Stage.ANY, [for_any, for_any], JoinConfig(JoinStrategy.any(), Stage.QUORUM))
    .register_split(Stage.QUORUM, [for_quorum, for_quorum, idle], JoinConfig(JoinStrategy.quorum(2), Stage.PERCENTAGE))
    .register_split(
        Stage.PERCENTAGE,
        [for_percentage, idle, idle],
        JoinConfig(JoinStrategy.percentage(Fraction(1)), Stage.PARTIAL),
    )
    .register_split(
        Stage.PARTIAL, [for_partial, for_partial, idle], JoinConfig(JoinStrategy.partial_results(2), Stage.READ)
    )
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
