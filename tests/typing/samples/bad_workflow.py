"""Wrong uses: of workflows."""

# pyright: standard, reportUnusedExpression=false
# Not strict: what is wrong on a marked line shall be a type.

from collections.abc import AsyncIterator, Callable, Iterator
from enum import Enum

from keyrack import KeyValueStore, MemoryStore, Node, Workflow

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
