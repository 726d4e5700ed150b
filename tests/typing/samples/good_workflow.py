"""Right uses: workflows."""

from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from enum import Enum
from fractions import Fraction
from functools import partial
from random import Random
from typing import Any, Literal, Never, NoReturn, TypeVar, assert_type

from keyrack import (
    JoinConfig,
    JoinStrategy,
    KeyValueStore,
    MemoryStore,
    NamespacedStore,
    Node,
    Retry,
    SplitSummary,
    StoreKey,
    TaskResult,
    Workflow,
)
from keyrack.testing import Recorder
from keyrack.workflow import (
    AttemptFailed,
    Branch,
    BranchFailure,
    BranchTask,
    Event,
    Handler,
    Observer,
    StateEntered,
    Task,
    required_successes,
)

from .declared import COUNT, INTS, TEXT, Keys, store


class Stage(Enum):
    LOAD = "load"
    WORK = "work"
    DONE = "done"


StoreT = TypeVar("StoreT", bound=KeyValueStore)


async def load(store: MemoryStore) -> Stage:
    store.put(COUNT, 1)
    return Stage.WORK


def work(store: MemoryStore) -> Stage:
    return Stage.DONE


async def narrow(store: MemoryStore) -> Literal[Stage.WORK, Stage.DONE]:
    return Stage.DONE


def narrow_plain(store: MemoryStore) -> Literal[Stage.DONE]:
    return Stage.DONE


async def any_store(store: KeyValueStore) -> Stage:
    return Stage.DONE


def plain_any_store(store: KeyValueStore) -> Stage:
    return Stage.DONE


async def other_name(memory: MemoryStore, /) -> Stage:
    return Stage.DONE


async def with_default(store: MemoryStore, limit: int = 3) -> Stage:
    return Stage.DONE


async def fails(store: MemoryStore) -> Never:
    raise ValueError


def fails_plain(store: MemoryStore) -> NoReturn:
    raise ValueError


async def limited(store: MemoryStore, limit: int) -> Stage:
    return Stage.DONE


async def in_part(store: NamespacedStore[MemoryStore]) -> Stage:
    return Stage.DONE


class Runner:
    async def run(self, store: MemoryStore) -> Stage:
        return Stage.DONE

    def method(self, store: MemoryStore) -> Stage:
        return Stage.DONE


class PlainRunner:
    def run(self, store: KeyValueStore) -> Literal[Stage.DONE]:
        return Stage.DONE


class Called:
    async def __call__(self, store: MemoryStore) -> Stage:
        return Stage.DONE


class Count(Node[Stage, list[int], int]):
    def prep(self, store: MemoryStore) -> list[int]:
        return store.get(INTS)

    def exec(self, data: list[int]) -> int:
        return len(data)

    def post(self, store: MemoryStore, result: int) -> Stage:
        store.put(COUNT, result)
        return Stage.DONE


class AsyncCount(Node[Stage, list[int], int, KeyValueStore]):
    async def prep(self, store: KeyValueStore) -> list[int]:
        return store.get(INTS)

    async def exec(self, data: list[int]) -> int:
        return len(data)

    async def post(self, store: KeyValueStore, result: int) -> Literal[Stage.DONE]:
        return Stage.DONE


workflow = Workflow(Stage)
assert_type(workflow, Workflow[Stage, MemoryStore])
assert_type(Workflow(Stage, store), Workflow[Stage, MemoryStore])
assert_type(Workflow(Stage, NamespacedStore(store, "v2")), Workflow[Stage, NamespacedStore[MemoryStore]])
assert_type(
    Workflow(Stage, initial=Stage.LOAD, name="books", inputs=[COUNT], outputs=[INTS, TEXT]),
    Workflow[Stage, MemoryStore],
)
assert_type(Workflow(Stage, store, initial=Stage.LOAD), Workflow[Stage, MemoryStore])
assert_type(Workflow(Stage, inputs=[Keys.count, Keys.rows]), Workflow[Stage, MemoryStore])
assert_type(workflow.register(Stage.LOAD, load), Workflow[Stage, MemoryStore])
assert_type(workflow.register(Stage.LOAD, work), Workflow[Stage, MemoryStore])
assert_type(workflow.register(Stage.LOAD, narrow), Workflow[Stage, MemoryStore])
workflow.register(Stage.LOAD, narrow_plain)
workflow.register(Stage.LOAD, any_store)
workflow.register(Stage.LOAD, plain_any_store)
workflow.register(Stage.LOAD, other_name)
workflow.register(Stage.LOAD, with_default)
workflow.register(Stage.LOAD, fails)
workflow.register(Stage.LOAD, fails_plain)
workflow.register(Stage.LOAD, partial(limited, limit=3))
workflow.register(Stage.LOAD, lambda store: Stage.DONE)
workflow.register(Stage.LOAD, Runner())
workflow.register(Stage.LOAD, Runner().method)
workflow.register(Stage.LOAD, PlainRunner())
workflow.register(Stage.LOAD, Called())
workflow.register(Stage.LOAD, Count())
workflow.register(Stage.LOAD, AsyncCount())
Workflow(Stage, NamespacedStore(store, "v2")).register(Stage.LOAD, in_part).register(Stage.WORK, any_store)
Workflow(Stage, NamespacedStore(store, "v2")).register(Stage.LOAD, AsyncCount())
chained = (
    Workflow(Stage, store, initial=Stage.LOAD)
    .register(Stage.LOAD, load)
    .register(Stage.WORK, Count())
    .add_exit_states(Stage.DONE)
)
assert_type(chained, Workflow[Stage, MemoryStore])
assert_type(chained.run(), Stage)
assert_type(chained.run(Stage.LOAD), Stage)
assert_type(chained.run(Stage.LOAD, store=MemoryStore()), Stage)
assert_type(chained.store, MemoryStore)
assert_type(chained.states, type[Stage])
assert_type(chained.initial, Stage | None)
assert_type(chained.exit_states, tuple[Stage, ...])
chained.validate()
chained.validate_initial_state(Stage.LOAD)


@workflow.stage(Stage.LOAD)
async def decorated(store: MemoryStore) -> Stage:
    return Stage.DONE


@workflow.stage(Stage.WORK)
def decorated_plain(store: KeyValueStore) -> Literal[Stage.DONE]:
    return Stage.DONE


@Workflow(Stage, NamespacedStore(store, "v2")).stage(Stage.WORK)
def decorated_part(store: NamespacedStore[MemoryStore]) -> Stage:
    return Stage.DONE


async def start() -> Stage:
    assert_type(await decorated(store), Stage)
    assert_type(await chained.orchestrate(), Stage)
    assert_type(await chained.orchestrate(Stage.LOAD, store=store), Stage)
    decorated_plain(store)
    return await chained.orchestrate(Stage.LOAD)


def on_any_store(workflow: Workflow[Stage, MemoryStore]) -> Stage:
    return workflow.run()


on_any_store(Workflow(Stage))
on_any_store(chained)
default_store: Workflow[Stage] = Workflow(Stage)
annotated: Workflow[Stage, KeyValueStore] = Workflow(Stage, store)


def build(store: StoreT) -> "Workflow[Stage, StoreT]":
    return Workflow(Stage, store).register(Stage.LOAD, any_store)


assert_type(build(store), Workflow[Stage, MemoryStore])


# --- options --------------------------------------------------------------------------------------


def watch(event: Event) -> None:
    if isinstance(event, AttemptFailed):
        assert_type(event.error, Exception)
    match event:
        case StateEntered(state=state):
            assert_type(state, Enum)
        case _:
            pass


def watch_anything(event: object) -> int:
    return 1


def busy(error: Exception) -> bool:
    return "busy" in str(error)


pool: Executor = ThreadPoolExecutor(2)
events: list[Event] = []
recorder = Recorder()
observer: Observer = recorder
assert_type(
    Workflow(
        Stage,
        executor=pool,
        timeout=30,
        max_transitions=1_000,
        observers=[watch, watch_anything, recorder, events.append, observer, print],
    ),
    Workflow[Stage, MemoryStore],
)
Workflow(Stage, store, executor=ProcessPoolExecutor(), timeout=0.5, observers=(watch,))
Workflow(Stage, executor=None, timeout=None, max_transitions=None, observers=())
assert_type(chained.run(observers=[recorder, watch], progress=True), Stage)
assert_type(
    workflow.register(Stage.LOAD, load, retry=Retry.exponential(5), attempt_timeout=10, executor=pool),
    Workflow[Stage, MemoryStore],
)
workflow.register(Stage.LOAD, Count(), executor=ProcessPoolExecutor())
workflow.register(Stage.LOAD, load, retry=None, attempt_timeout=None, executor=None)


@workflow.stage(Stage.LOAD, retry=Retry.fixed(3, 0.5), attempt_timeout=2.5)
async def decorated_with_retry(store: MemoryStore) -> Stage:
    return Stage.DONE


@workflow.stage(Stage.WORK, executor=pool)
def decorated_with_executor(store: MemoryStore) -> Literal[Stage.DONE]:
    return Stage.DONE


async def observed() -> Stage:
    assert_type(await decorated_with_retry(store), Stage)
    assert_type(decorated_with_executor(store), Stage)
    return await chained.orchestrate(observers=[recorder])


# --- retries --------------------------------------------------------------------------------------

assert_type(Retry.none(), Retry)
assert_type(Retry.fixed(3), Retry)
assert_type(Retry.exponential(5, base=1, factor=3, ceiling=60, jitter=0, random=Random(7).random), Retry)
assert_type(Retry.fixed(3).delay(1), float)
Retry.fixed(3, delay=2)
Retry.fixed(3, 0.5, on=OSError)
Retry.fixed(3, on=(OSError, KeyError))
Retry.fixed(3, on=busy)
Retry.fixed(3, on=lambda error: "busy" in str(error))
Retry(3, on=TimeoutError)


# --- results --------------------------------------------------------------------------------------


async def result(store: MemoryStore) -> TaskResult[Stage]:
    return TaskResult.single(Stage.DONE)


def result_plain(store: MemoryStore) -> TaskResult[Literal[Stage.WORK, Stage.DONE]]:
    return TaskResult[Literal[Stage.WORK, Stage.DONE]].single(Stage.DONE)


async def result_or_state(store: MemoryStore) -> TaskResult[Stage] | Stage:
    return TaskResult.single(Stage.WORK) if store.contains_key(COUNT) else Stage.DONE


class ResultRunner:
    async def run(self, store: MemoryStore) -> TaskResult[Stage]:
        return TaskResult.single(Stage.DONE)


class ResultNode(Node[Stage, int, int]):
    def prep(self, store: MemoryStore) -> int:
        return 1

    def exec(self, data: int) -> int:
        return data

    def post(self, store: MemoryStore, result: int) -> TaskResult[Stage]:
        return TaskResult.single(Stage.DONE)


def branching(store: MemoryStore) -> TaskResult[Stage]:
    return TaskResult.split(Stage.LOAD, Stage.WORK)


result_states: tuple[Stage, ...] = TaskResult.single(Stage.LOAD).states
wide_result: TaskResult[Stage] = TaskResult[Literal[Stage.LOAD]].single(Stage.LOAD)
no_states: TaskResult[Stage] = TaskResult.split()
workflow.register(Stage.LOAD, result)
workflow.register(Stage.LOAD, result_plain)
workflow.register(Stage.LOAD, result_or_state)
workflow.register(Stage.LOAD, ResultRunner())
workflow.register(Stage.LOAD, ResultNode())
workflow.register(Stage.LOAD, lambda store: TaskResult.single(Stage.DONE))
assert_type(workflow.register(Stage.LOAD, result), Workflow[Stage, MemoryStore])


@workflow.stage(Stage.LOAD)
async def decorated_result(store: MemoryStore) -> TaskResult[Stage]:
    return TaskResult.single(Stage.DONE)


@workflow.stage(Stage.WORK)
def decorated_result_plain(store: MemoryStore) -> TaskResult[Stage] | Stage:
    return Stage.DONE


async def read_results() -> None:
    assert_type(await decorated_result(store), TaskResult[Stage] | Stage)
    assert_type(decorated_result_plain(store), TaskResult[Stage] | Stage)


# --- joins and splits -----------------------------------------------------------------------------

SUMMARY = StoreKey("summary", SplitSummary)
assert_type(JoinStrategy.all(), JoinStrategy)
assert_type(JoinStrategy.percentage(Fraction(1, 3)), JoinStrategy)
assert_type(JoinStrategy.percentage(1), JoinStrategy)
assert_type(required_successes(JoinStrategy.quorum(3), 5), int)
strategies: list[JoinStrategy] = [
    JoinStrategy.any(),
    JoinStrategy.quorum(3),
    JoinStrategy.percentage(0.07),
    JoinStrategy.partial_results(2),
    JoinStrategy.partial_timeout(),
]
join: JoinConfig[Stage] = JoinConfig(JoinStrategy.all(), Stage.DONE, timeout=5, concurrency=4, summary=SUMMARY)
join_state: Stage = join.state
narrow_join: JoinConfig[Literal[Stage.DONE]] = JoinConfig(JoinStrategy.all(), Stage.DONE)
wide_join: JoinConfig[Stage] = narrow_join
JoinConfig(JoinStrategy.all(), Stage.DONE, summary=None, timeout=None, concurrency=None)


async def part(store: MemoryStore) -> None: ...


def part_plain(store: MemoryStore) -> None: ...


async def part_of(number: int, store: MemoryStore) -> None: ...


class PartRunner:
    async def run(self, store: MemoryStore) -> None: ...


class PlainPartRunner:
    def run(self, store: KeyValueStore) -> None: ...


def maker(number: int) -> Callable[[MemoryStore], Awaitable[None]]:
    return partial(part_of, number)


branches: list[BranchTask[Stage, MemoryStore]] = [part, load, Count(), Runner()]
named_branches: dict[str, BranchTask[Stage, MemoryStore]] = {"first": part, "count": Count()}
tasks: Sequence[Task[Stage, MemoryStore]] = [load, work]
assert_type(workflow.register_split(Stage.LOAD, [load, work, part, Count()], join), Workflow[Stage, MemoryStore])
workflow.register_split(Stage.LOAD, [part], join)
workflow.register_split(Stage.LOAD, [part_plain, part], join)
workflow.register_split(Stage.LOAD, (load, narrow, narrow_plain), join)
workflow.register_split(Stage.LOAD, [any_store, Runner(), Runner().method, PlainRunner(), Called()], join)
workflow.register_split(Stage.LOAD, [result, branching, ResultNode()], join)
workflow.register_split(Stage.LOAD, [partial(part_of, number) for number in range(3)], join)
workflow.register_split(Stage.LOAD, (partial(limited, limit=number) for number in range(3)), join)
workflow.register_split(Stage.LOAD, map(maker, range(3)), join)
workflow.register_split(Stage.LOAD, branches, join)
workflow.register_split(Stage.LOAD, [PartRunner(), PlainPartRunner(), part], join)
workflow.register_split(Stage.LOAD, {"first": part, "second": load}, join)
workflow.register_split(Stage.LOAD, {f"part {number}": maker(number) for number in range(3)}, join)
workflow.register_split(Stage.LOAD, named_branches, join)
workflow.register_split(Stage.LOAD, tasks, join)
workflow.register_split(Stage.LOAD, [fails, fails_plain], join)
workflow.register_split(Stage.LOAD, [lambda store: None, lambda store: Stage.DONE], join)
workflow.register_split(Stage.LOAD, [part] * 3, join, retry=Retry.fixed(3), attempt_timeout=1, executor=pool)
workflow.register_split(Stage.LOAD, [part], narrow_join)
workflow.register_split(Stage.LOAD, [part], JoinConfig(JoinStrategy.any(), Stage.WORK))
Workflow(Stage, NamespacedStore(store, "v2")).register_split(Stage.LOAD, [in_part, any_store], join)
summary = store.get(SUMMARY)
assert_type(summary.successes, tuple[Branch, ...])
assert_type(summary.errors, tuple[BranchFailure, ...])
assert_type(summary.errors[0].branch.number, int)
store.put(SUMMARY, SplitSummary("all", 1, (Branch(0, "part"),), (), (), ()))
handlers: dict[Stage, Handler[Stage]] = dict(workflow.handlers)
any_handlers: dict[Stage, Any] = handlers
