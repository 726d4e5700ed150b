"""Wrong uses: of workflows."""

# pyright: standard, reportUnusedExpression=false
# Not strict: what is wrong on a marked line shall be a type.

from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from keyrack import (
    JoinConfig,
    JoinStrategy,
    KeyValueStore,
    MemoryStore,
    Node,
    Retry,
    SplitSummary,
    StoreKey,
    TaskResult,
    Workflow,
)
from keyrack.workflow import Branch, Event, StateEntered

from .declared import COUNT, INTS, Keys, store


class Stage(Enum):
    LOAD = "load"
    WORK = "work"
    DONE = "done"


class Other(Enum):
    LOAD = "load"


class OtherStore(KeyValueStore): ...


async def right(store: MemoryStore) -> Stage:
    return Stage.DONE


def right_plain(store: MemoryStore) -> Stage:
    return Stage.DONE


async def other_state(store: MemoryStore) -> Other:
    return Other.LOAD


def other_state_plain(store: MemoryStore) -> Other:
    return Other.LOAD


async def gives_text(store: MemoryStore) -> str:
    return "done"


def gives_text_plain(store: MemoryStore) -> str:
    return "done"


async def gives_nothing(store: MemoryStore) -> None: ...


def gives_nothing_plain(store: MemoryStore) -> None: ...


async def gives_maybe(store: MemoryStore) -> Stage | None:
    return None


def gives_maybe_plain(store: MemoryStore) -> Stage | None:
    return None


async def other_store(store: OtherStore) -> Stage:
    return Stage.DONE


def other_store_plain(store: OtherStore) -> Stage:
    return Stage.DONE


async def no_store() -> Stage:
    return Stage.DONE


async def two_arguments(store: MemoryStore, limit: int) -> Stage:
    return Stage.DONE


async def keyword_only(*, store: MemoryStore) -> Stage:
    return Stage.DONE


async def yields(store: MemoryStore) -> AsyncIterator[Stage]:
    yield Stage.DONE


def yields_plain(store: MemoryStore) -> Iterator[Stage]:
    yield Stage.DONE


async def any_store(store: KeyValueStore) -> Stage:
    return Stage.DONE


class NoRun:
    def walk(self, store: MemoryStore) -> Stage:
        return Stage.DONE


class RunsElsewhere:
    async def run(self, store: MemoryStore) -> Other:
        return Other.LOAD


class RunsOnOther:
    def run(self, store: OtherStore) -> Stage:
        return Stage.DONE


class RunsWithoutStore:
    def run(self) -> Stage:
        return Stage.DONE


class Right:
    def run(self, store: MemoryStore) -> Stage:
        return Stage.DONE


class Count(Node[Stage, list[int], int]):
    def prep(self, store: MemoryStore) -> list[int]:
        return store.get(INTS)

    def exec(self, data: list[int]) -> int:
        return len(data)

    def post(self, store: MemoryStore, result: int) -> Stage:
        return Stage.DONE


class WrongPrep(Count):
    def prep(self, store: MemoryStore) -> list[str]:  # E
        return []


class WrongExec(Count):
    def exec(self, data: list[str]) -> int:  # E
        return 1


class WrongExecResult(Count):
    def exec(self, data: list[int]) -> str:  # E
        return ""


class WrongPost(Count):
    def post(self, store: MemoryStore, result: int) -> Other:  # E
        return Other.LOAD


class NoPost(Count):
    def post(self, store: MemoryStore, result: int) -> None: ...  # E


class PostOfText(Count):
    def post(self, store: MemoryStore, result: str) -> Stage:  # E
        return Stage.DONE


class PostOnOther(Count):
    def post(self, store: OtherStore, result: int) -> Stage:  # E
        return Stage.DONE


class Incomplete(Node[Stage, list[int], int]):
    def prep(self, store: MemoryStore) -> list[int]:
        return []

    def exec(self, data: list[int]) -> int:
        return 1


class Elsewhere(Node[Other, int, int]):
    def prep(self, store: MemoryStore) -> int:
        return 1

    def exec(self, data: int) -> int:
        return 1

    def post(self, store: MemoryStore, result: int) -> Other:
        return Other.LOAD


class OnOther(Node[Stage, int, int, OtherStore]):
    def prep(self, store: OtherStore) -> int:
        return 1

    def exec(self, data: int) -> int:
        return 1

    def post(self, store: OtherStore, result: int) -> Stage:
        return Stage.DONE


class NoEnum(Node[str, int, int]):  # E
    def prep(self, store: MemoryStore) -> int:
        return 1

    def exec(self, data: int) -> int:
        return 1

    def post(self, store: MemoryStore, result: int) -> str:
        return ""


workflow = Workflow(Stage)
other_workflow = Workflow(Stage, OtherStore(store.backend))
workflow.register(Stage.LOAD, other_state)  # E
workflow.register(Stage.LOAD, other_state_plain)  # E
workflow.register(Stage.LOAD, gives_text)  # E
workflow.register(Stage.LOAD, gives_text_plain)  # E
workflow.register(Stage.LOAD, gives_nothing)  # E
workflow.register(Stage.LOAD, gives_nothing_plain)  # E
workflow.register(Stage.LOAD, gives_maybe)  # E
workflow.register(Stage.LOAD, gives_maybe_plain)  # E
workflow.register(Stage.LOAD, other_store)  # E
workflow.register(Stage.LOAD, other_store_plain)  # E
workflow.register(Stage.LOAD, no_store)  # E
workflow.register(Stage.LOAD, two_arguments)  # E
workflow.register(Stage.LOAD, keyword_only)  # E
workflow.register(Stage.LOAD, yields)  # E
workflow.register(Stage.LOAD, yields_plain)  # E
workflow.register(Stage.LOAD, right(store))  # E
workflow.register(Stage.LOAD, right_plain(store))  # E
workflow.register(Stage.LOAD, Count)  # E
workflow.register(Stage.LOAD, NoRun())  # E
workflow.register(Stage.LOAD, RunsElsewhere())  # E
workflow.register(Stage.LOAD, RunsOnOther())  # E
workflow.register(Stage.LOAD, RunsWithoutStore())  # E
workflow.register(Stage.LOAD, Right)  # E
workflow.register(Stage.LOAD, Elsewhere())  # E
workflow.register(Stage.LOAD, OnOther())  # E
workflow.register(Stage.LOAD, Incomplete())  # E
workflow.register(Stage.LOAD, lambda: Stage.DONE)  # E
workflow.register(Stage.LOAD, lambda store: "done")  # E
workflow.register(Stage.LOAD, lambda store: store.nothing())  # E
workflow.register(Stage.LOAD, None)  # E
workflow.register(Stage.LOAD, Stage.DONE)  # E
workflow.register(Stage.LOAD, "right")  # E
workflow.register(Stage.LOAD)  # E
workflow.register(right, Stage.LOAD)  # E
workflow.register(Other.LOAD, right)  # E
workflow.register("load", right)  # E
workflow.register(Stage, right)  # E
workflow.register(Stage.LAOD, right)  # E
workflow.add_exit_states(Other.LOAD)  # E
workflow.add_exit_states("done")  # E
workflow.add_exit_states([Stage.DONE])  # E
workflow.stage(Other.LOAD)  # E
workflow.stage("load")  # E
workflow.stage()  # E
other_workflow.register(Stage.LOAD, right)  # E
other_workflow.register(Stage.LOAD, Count())  # E
Workflow()  # E
Workflow(str)  # E
Workflow(Stage.LOAD)  # E
Workflow(Stage, "memory")  # E
Workflow(Stage, MemoryStore)  # E
initial: Workflow[Stage, MemoryStore] = Workflow(Stage, initial=Other.LOAD)  # E
Workflow(Stage, initial="load")  # E
initial_too: Workflow[Stage, MemoryStore] = Workflow(Stage, store, initial=Other.LOAD)  # E
Workflow(Stage, inputs=COUNT)  # E
Workflow(Stage, inputs=["count"])  # E
Workflow(Stage, outputs=[Keys])  # E
Workflow(Stage, name=1)  # E
narrow: Workflow[Stage, MemoryStore] = other_workflow  # E
wide: Workflow[Stage, KeyValueStore] = workflow  # E
strange: Workflow[Other, MemoryStore] = workflow  # E
strange_store: Workflow[Stage, str] = workflow  # E
text: str = workflow.run()  # E
other: Other = workflow.run()  # E
workflow.run(Other.LOAD)  # E
workflow.run("load")  # E
workflow.run(store=OtherStore(store.backend))  # E
workflow.run(Stage.LOAD, store)  # E
workflow.validate_initial_state(Other.LOAD)  # E
workflow.validate_initial_state("load")  # E
wrong_store: OtherStore = workflow.store  # E
workflow.initial = Stage.LOAD  # E


@workflow.stage(Stage.LOAD)  # E
async def decorated(store: MemoryStore) -> Other:
    return Other.LOAD


@workflow.stage(Stage.WORK)  # E
def decorated_plain(store: MemoryStore) -> str:
    return "done"


@workflow.stage(Stage.DONE)  # E
class Decorated:
    def run(self, store: MemoryStore) -> Stage:
        return Stage.DONE


workflow.stage(Stage.LOAD)(other_state)  # E
workflow.stage(Stage.LOAD)(other_state_plain)  # E
workflow.stage(Stage.LOAD)(gives_text)  # E
workflow.stage(Stage.LOAD)(gives_text_plain)  # E
workflow.stage(Stage.LOAD)(gives_nothing)  # E
workflow.stage(Stage.LOAD)(gives_nothing_plain)  # E
workflow.stage(Stage.LOAD)(gives_maybe)  # E
workflow.stage(Stage.LOAD)(gives_maybe_plain)  # E
workflow.stage(Stage.LOAD)(other_store)  # E
workflow.stage(Stage.LOAD)(other_store_plain)  # E
workflow.stage(Stage.LOAD)(no_store)  # E
workflow.stage(Stage.LOAD)(two_arguments)  # E
workflow.stage(Stage.LOAD)(yields)  # E
workflow.stage(Stage.LOAD)(right(store))  # E
workflow.stage(Stage.LOAD)(Count())  # E
other_workflow.stage(Stage.LOAD)(right)  # E
decorated_text: Callable[[MemoryStore], str] = workflow.stage(Stage.LOAD)(right_plain)  # E


async def start() -> None:
    await workflow.orchestrate(Other.LOAD)  # E
    await workflow.orchestrate("load")  # E
    await workflow.orchestrate(store=OtherStore(store.backend))  # E
    await workflow.orchestrate(Stage.LOAD, store)  # E
    text: str = await workflow.orchestrate()  # E
    workflow.orchestrate().name  # E


def on_other(workflow: Workflow[Other, MemoryStore]) -> None: ...


def on_other_store(workflow: Workflow[Stage, OtherStore]) -> None: ...


on_other(workflow)  # E
on_other_store(workflow)  # E
on_other(Workflow(Stage))  # E


# --- options --------------------------------------------------------------------------------------


def print_event(event: Event) -> None: ...


def no_event() -> None: ...


def of_text(event: str) -> None: ...


def of_one_kind(event: StateEntered) -> None: ...


def two_events(event: Event, other: Event) -> None: ...


def on_text(error: str) -> bool:
    return True


def says_nothing(error: Exception) -> None: ...


pool: Executor = ProcessPoolExecutor()
Workflow(Stage, executor=ProcessPoolExecutor)  # E
Workflow(Stage, executor="threads")  # E
Workflow(Stage, executor=4)  # E
Workflow(Stage, timeout="5")  # E
Workflow(Stage, timeout=timedelta(seconds=5))  # E
Workflow(Stage, timeout=Decimal(5))  # E
Workflow(Stage, max_transitions=1.5)  # E
Workflow(Stage, max_transitions="9")  # E
Workflow(Stage, observers=print_event)  # E
Workflow(Stage, observers=[no_event])  # E
Workflow(Stage, observers=[of_text])  # E
Workflow(Stage, observers=[of_one_kind])  # E
Workflow(Stage, observers=[two_events])  # E
Workflow(Stage, observers=["log"])  # E
Workflow(Stage, store, observers=[of_text])  # E
Workflow(Stage, store, timeout="5")  # E
Workflow(Stage, store, pool)  # E
Workflow(Stage, retry=Retry.fixed(3))  # E
workflow.register(Stage.LOAD, right, retry=3)  # E
workflow.register(Stage.LOAD, right, retry=Retry)  # E
workflow.register(Stage.LOAD, right, retry=Retry.none)  # E
workflow.register(Stage.LOAD, right, retry=Retry.fixed)  # E
workflow.register(Stage.LOAD, right, Retry.fixed(3))  # E
workflow.register(Stage.LOAD, right, retries=3)  # E
workflow.register(Stage.LOAD, right, attempt_timeout="5")  # E
workflow.register(Stage.LOAD, right, attempt_timeout=timedelta(seconds=5))  # E
workflow.register(Stage.LOAD, right, timeout=5.0)  # E
workflow.register(Stage.LOAD, right_plain, executor=ProcessPoolExecutor)  # E
workflow.register(Stage.LOAD, right_plain, executor="threads")  # E
workflow.stage(Stage.LOAD, retry=3)  # E
workflow.stage(Stage.LOAD, retry=Retry.exponential)  # E
workflow.stage(Stage.LOAD, Retry.fixed(3))  # E
workflow.stage(Stage.LOAD, attempt_timeout="5")  # E
workflow.stage(Stage.LOAD, executor=4)  # E
workflow.stage(Stage.LOAD, retry=Retry.fixed(3))(other_state)  # E
workflow.stage(Stage.LOAD, attempt_timeout=1.0)(gives_text_plain)  # E
workflow.run(observers=[of_text])  # E
workflow.run(observers=of_one_kind)  # E
workflow.run(progress="yes")  # E
workflow.run(timeout=5.0)  # E


@workflow.stage(Stage.LOAD, retry=Retry.fixed(3))  # E
async def decorated_with_retry(store: MemoryStore) -> Other:
    return Other.LOAD


@workflow.stage(Stage.LOAD, executor=pool)  # E
def decorated_with_executor(store: OtherStore) -> Stage:
    return Stage.DONE


async def observed() -> None:
    await workflow.orchestrate(observers=[two_events])  # E
    await workflow.orchestrate(observers=print_event)  # E
    await workflow.orchestrate(progress=True)  # E


# --- retries --------------------------------------------------------------------------------------

Retry("3")  # E
Retry(3, "1")  # E
Retry(3, on=ValueError())  # E
Retry(3, on=[ValueError])  # E
Retry.none(3)  # E
Retry.fixed()  # E
Retry.fixed("3")  # E
Retry.fixed(1.5)  # E
Retry.fixed(3, timedelta(seconds=1))  # E
Retry.fixed(3, on=BaseException)  # E
Retry.fixed(3, on=KeyboardInterrupt)  # E
Retry.fixed(3, on=int)  # E
Retry.fixed(3, on=(OSError, KeyboardInterrupt))  # E
Retry.fixed(3, on="OSError")  # E
Retry.fixed(3, on=on_text)  # E
Retry.fixed(3, on=says_nothing)  # E
Retry.fixed(3, jitter=0.5)  # E
Retry.exponential()  # E
Retry.exponential("5")  # E
Retry.exponential(5, 0.1)  # E
Retry.exponential(5, base="0.1")  # E
Retry.exponential(5, ceiling=timedelta(minutes=1))  # E
Retry.exponential(5, random=0.5)  # E
Retry.exponential(5, random=on_text)  # E
Retry.fixed(3).attempts = 4  # E
delay_text: str = Retry.fixed(3).delay(1)  # E
Retry.fixed(3).delay("1")  # E


# --- results --------------------------------------------------------------------------------------


async def result_of_other(store: MemoryStore) -> TaskResult[Other]:
    return TaskResult.single(Other.LOAD)


def result_of_other_plain(store: MemoryStore) -> TaskResult[Other]:
    return TaskResult.single(Other.LOAD)


async def result_or_text(store: MemoryStore) -> TaskResult[Stage] | str:
    return "done"


async def result_class(store: MemoryStore) -> type[TaskResult[Stage]]:
    return TaskResult


class ResultRunner:
    def run(self, store: MemoryStore) -> TaskResult[Other]:
        return TaskResult.single(Other.LOAD)


class WrongResultPost(Count):
    def post(self, store: MemoryStore, result: int) -> TaskResult[Other]:  # E
        return TaskResult.single(Other.LOAD)


TaskResult.single()  # E
TaskResult.single("done")  # E
TaskResult.single(Stage)  # E
TaskResult.single(Stage.LOAD, Stage.DONE)  # E
TaskResult.split("load", "done")  # E
TaskResult.split([Stage.LOAD])  # E
TaskResult("both", (Stage.LOAD,))  # E
result_text: TaskResult[str] = TaskResult.single(Stage.LOAD)  # E
result_other: TaskResult[Other] = TaskResult.single(Stage.LOAD)  # E
result_split_other: TaskResult[Other] = TaskResult.split(Stage.LOAD, Stage.DONE)  # E
TaskResult.single(Stage.LOAD).kind = "split"  # E
workflow.register(Stage.LOAD, result_of_other)  # E
workflow.register(Stage.LOAD, result_of_other_plain)  # E
workflow.register(Stage.LOAD, result_or_text)  # E
workflow.register(Stage.LOAD, result_class)  # E
workflow.register(Stage.LOAD, ResultRunner())  # E
workflow.register(Stage.LOAD, lambda store: TaskResult.single(Other.LOAD))  # E
workflow.stage(Stage.LOAD)(result_of_other)  # E
workflow.stage(Stage.LOAD)(result_of_other_plain)  # E
workflow.stage(Stage.LOAD)(result_or_text)  # E


# --- joins ----------------------------------------------------------------------------------------

JoinStrategy()  # E
JoinStrategy("some")  # E
JoinStrategy("percentage", 0.07)  # E
JoinStrategy.all(3)  # E
JoinStrategy.any(1)  # E
JoinStrategy.quorum()  # E
JoinStrategy.quorum("3")  # E
JoinStrategy.quorum(2.0)  # E
JoinStrategy.quorum(Fraction(2))  # E
JoinStrategy.percentage()  # E
JoinStrategy.percentage("7%")  # E
JoinStrategy.percentage(Decimal("0.07"))  # E
JoinStrategy.partial_results()  # E
JoinStrategy.partial_results(None)  # E
JoinStrategy.partial_timeout(5.0)  # E
JoinStrategy.most()  # E
JoinStrategy.all().kind = "any"  # E
SUMMARY = StoreKey("summary", SplitSummary)
JoinConfig()  # E
JoinConfig(JoinStrategy.all())  # E
JoinConfig(Stage.DONE, JoinStrategy.all())  # E
JoinConfig("all", Stage.DONE)  # E
JoinConfig(JoinStrategy.all, Stage.DONE)  # E
JoinConfig(JoinStrategy.quorum, Stage.DONE)  # E
JoinConfig(JoinStrategy.all(), "done")  # E
JoinConfig(JoinStrategy.all(), Stage)  # E
JoinConfig(JoinStrategy.all(), Stage.DONE, 5.0)  # E
JoinConfig(JoinStrategy.all(), Stage.DONE, timeout="5")  # E
JoinConfig(JoinStrategy.all(), Stage.DONE, timeout=timedelta(seconds=5))  # E
JoinConfig(JoinStrategy.all(), Stage.DONE, concurrency=2.5)  # E
JoinConfig(JoinStrategy.all(), Stage.DONE, concurrency="2")  # E
JoinConfig(JoinStrategy.all(), Stage.DONE, bulkhead=2)  # E
JoinConfig(JoinStrategy.all(), Stage.DONE, summary="summary")  # E
JoinConfig(JoinStrategy.all(), Stage.DONE, summary=COUNT)  # E
JoinConfig(JoinStrategy.all(), Stage.DONE, summary=Keys.count)  # E
JoinConfig(JoinStrategy.all(), Stage.DONE, summary=SplitSummary)  # E
JoinConfig(JoinStrategy.all(), Stage.DONE, summary=StoreKey("summaries", list[SplitSummary]))  # E
JoinConfig(JoinStrategy.all(), Stage.DONE, summary=StoreKey[SplitSummary | None]("maybe"))  # E
join_of_other: JoinConfig[Other] = JoinConfig(JoinStrategy.all(), Stage.DONE)  # E
JoinConfig(JoinStrategy.all(), Stage.DONE).timeout = 5.0  # E
join_state: Other = JoinConfig(JoinStrategy.all(), Stage.DONE).state  # E
branch_name: int = store.get(SUMMARY).successes[0].task  # E
branch_error: Exception = store.get(SUMMARY).errors[0].error  # E
store.put(SUMMARY, JoinStrategy.all())  # E
store.put(SUMMARY, {"strategy": "all"})  # E
SplitSummary("all", 1, [Branch(0, "load")], (), (), ())  # E
SplitSummary("all", 1, ("load",), (), (), ())  # E


# --- splits ---------------------------------------------------------------------------------------


class NoBranch:
    def walk(self, store: MemoryStore) -> None: ...


class TextBranch:
    def run(self, store: MemoryStore) -> str:
        return "done"


class ElsewhereBranch:
    def run(self, store: OtherStore) -> Stage:
        return Stage.DONE


async def no_store_branch() -> None: ...


async def other_store_branch(store: OtherStore) -> None: ...


def other_store_branch_plain(store: OtherStore) -> None: ...


async def two_argument_branch(store: MemoryStore, part: int) -> None: ...


join = JoinConfig(JoinStrategy.all(), Stage.DONE)
named_texts = {"first": "right"}
numbered_tasks = {1: right}
other_join = JoinConfig(JoinStrategy.all(), Other.LOAD)
workflow.register_split(Stage.LOAD)  # E
workflow.register_split(Stage.LOAD, [right])  # E
workflow.register_split(Stage.LOAD, right, join)  # E
workflow.register_split(Stage.LOAD, join, [right])  # E
workflow.register_split(Stage.LOAD, [right], "all")  # E
workflow.register_split(Stage.LOAD, [right], JoinStrategy.all())  # E
workflow.register_split(Stage.LOAD, [right], JoinConfig)  # E
workflow.register_split(Stage.LOAD, [right], Stage.DONE)  # E
workflow.register_split(Stage.LOAD, [right], other_join)  # E
workflow.register_split(Stage.LOAD, [right], JoinConfig(JoinStrategy.any(), Other.LOAD))  # E
workflow.register_split(Stage.LOAD, [right], join, Retry.fixed(3))  # E
workflow.register_split(Stage.LOAD, [right], join, retry=3)  # E
workflow.register_split(Stage.LOAD, [right], join, retry=Retry.fixed)  # E
workflow.register_split(Stage.LOAD, [right], join, attempt_timeout="5")  # E
workflow.register_split(Stage.LOAD, [right], join, executor=ProcessPoolExecutor)  # E
workflow.register_split(Stage.LOAD, [right], join, timeout=5.0)  # E
workflow.register_split(Stage.LOAD, [right], join, concurrency=2)  # E
workflow.register_split(Other.LOAD, [right], join)  # E
workflow.register_split("load", [right], join)  # E
workflow.register_split([right], Stage.LOAD, join)  # E
workflow.register_split(Stage.LOAD, [other_state], join)  # E
workflow.register_split(Stage.LOAD, [other_state_plain], join)  # E
workflow.register_split(Stage.LOAD, [gives_text], join)  # E
workflow.register_split(Stage.LOAD, [gives_text_plain], join)  # E
workflow.register_split(Stage.LOAD, [result_of_other], join)  # E
workflow.register_split(Stage.LOAD, [other_store], join)  # E
workflow.register_split(Stage.LOAD, [other_store_plain], join)  # E
workflow.register_split(Stage.LOAD, [other_store_branch], join)  # E
workflow.register_split(Stage.LOAD, [other_store_branch_plain], join)  # E
workflow.register_split(Stage.LOAD, [no_store], join)  # E
workflow.register_split(Stage.LOAD, [no_store_branch], join)  # E
workflow.register_split(Stage.LOAD, [two_arguments], join)  # E
workflow.register_split(Stage.LOAD, [two_argument_branch], join)  # E
workflow.register_split(Stage.LOAD, [yields], join)  # E
workflow.register_split(Stage.LOAD, [yields_plain], join)  # E
workflow.register_split(Stage.LOAD, [right(store)], join)  # E
workflow.register_split(Stage.LOAD, [right, other_store], join)  # E
workflow.register_split(Stage.LOAD, [right, gives_text], join)  # E
workflow.register_split(Stage.LOAD, (right, OnOther()), join)  # E
workflow.register_split(Stage.LOAD, [Count], join)  # E
workflow.register_split(Stage.LOAD, [Elsewhere()], join)  # E
workflow.register_split(Stage.LOAD, [ElsewhereBranch()], join)  # E
workflow.register_split(Stage.LOAD, [NoBranch()], join)  # E
workflow.register_split(Stage.LOAD, [None], join)  # E
workflow.register_split(Stage.LOAD, [Stage.DONE], join)  # E
workflow.register_split(Stage.LOAD, ["right"], join)  # E
workflow.register_split(Stage.LOAD, "right", join)  # E
workflow.register_split(Stage.LOAD, [lambda store: "done"], join)  # E
workflow.register_split(Stage.LOAD, [TextBranch()], join)  # E
workflow.register_split(Stage.LOAD, named_texts, join)  # E
workflow.register_split(Stage.LOAD, numbered_tasks, join)  # E
workflow.register_split(Stage.LOAD, {"first": gives_text}, join)  # E
workflow.register_split(Stage.LOAD, {"first": right, "second": other_store}, join)  # E
workflow.register_split(Stage.LOAD, {Stage.WORK: right}, join)  # E
workflow.register_split(Stage.LOAD, tasks=[right], join=join)  # E
other_workflow.register_split(Stage.LOAD, [right], join)  # E
other_workflow.register_split(Stage.LOAD, [gives_nothing], join)  # E
