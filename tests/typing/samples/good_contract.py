"""Right uses: contracts of tasks."""

from collections.abc import Callable
from enum import Enum
from typing import Any, Literal, assert_type

from keyrack import Contract, KeyFamily, MemoryStore, Node, StoreKey, Workflow, task
from keyrack.workflow import TaskDecorator, contract_of

from .declared import CELL, COUNT, INTS, RESULT, Keys


class Stage(Enum):
    LOAD = "load"
    DONE = "done"


@task(reads=[COUNT, INTS, RESULT], to=[Stage.DONE])
async def load(store: MemoryStore) -> Stage:
    return Stage.DONE


@task(writes={Keys.count}, may_write=(Keys.ints, Keys.result), removes=frozenset({Keys.maybe}), to={Stage.DONE})
def plain(store: MemoryStore) -> Literal[Stage.DONE]:
    return Stage.DONE


@task(reads=Keys, writes=(), to=Stage)
class Count(Node[Stage, int, str]):
    limit: int = 3

    def prep(self, store: MemoryStore) -> int:
        return self.limit

    def exec(self, data: int) -> str:
        return str(data)

    @task(reads=(key for key in [COUNT]))
    def post(self, store: MemoryStore, result: str) -> Stage:
        return Stage.DONE


@task(reads=[])
class Runner:
    def __init__(self, number: int) -> None:
        self.number = number

    @task(removes=[CELL, CELL[1, 2]])
    async def run(self, store: MemoryStore) -> Stage:
        return Stage.DONE

    @staticmethod
    @task(reads=[COUNT])
    def static(store: MemoryStore) -> Stage:
        return Stage.DONE

    @classmethod
    @task(reads=[COUNT])
    def of_class(cls, store: MemoryStore) -> Stage:
        return Stage.DONE


assert_type(plain(MemoryStore()), Literal[Stage.DONE])
assert_type(plain(store=MemoryStore()), Literal[Stage.DONE])
assert_type(Count().limit, int)
assert_type(Count().post(MemoryStore(), ""), Stage)
assert_type(Runner(1), Runner)
assert_type(Runner(number=1).number, int)


async def awaited() -> None:
    assert_type(await load(MemoryStore()), Stage)
    assert_type(await Runner(1).run(MemoryStore()), Stage)


assert_type(Runner.static(MemoryStore()), Stage)
assert_type(Runner(1).of_class(MemoryStore()), Stage)


class More(Count): ...


decorator: TaskDecorator = task(reads=[COUNT])
function: Callable[[MemoryStore], Stage] = decorator(plain)
workflow = Workflow(Stage).register(Stage.LOAD, load)
workflow.register(Stage.LOAD, plain)
workflow.register(Stage.LOAD, Count())
workflow.register(Stage.LOAD, Runner(1))
workflow.register(Stage.LOAD, task(to=[Stage.DONE])(lambda store: Stage.DONE))


@workflow.stage(Stage.LOAD)
@task(to=[Stage.DONE])
def staged(store: MemoryStore) -> Stage:
    return Stage.DONE


found = contract_of(load)
assert_type(found, Contract | None)
if found is not None:
    assert_type(found.reads, frozenset[StoreKey[Any] | KeyFamily[Any, Any]] | None)
    assert_type(found.to, tuple[Enum, ...] | None)
    assert_type(found.line, int)
