"""What a task declares of itself with @task: recorded where it is found again, and nothing else changes."""

from __future__ import annotations

import functools
import inspect
import pickle
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import FrozenInstanceError, dataclass
from enum import Enum, Flag
from types import SimpleNamespace
from typing import Any, Literal
from unittest.mock import Mock

import pytest

from keyrack._text import described
from keyrack.errors import ConfigurationError
from keyrack.keys.family import KeyFamily
from keyrack.keys.key import StoreKey
from keyrack.registry import KeyRegistry
from keyrack.stores import MemoryStore
from keyrack.workflow import Contract, Node, Workflow, contract_of
from keyrack.workflow.contract import task
from keyrack.workflow.task import declared_targets

A = StoreKey("a", int)
B = StoreKey("b", str)
RESULT = KeyFamily[int, str]("result")


class Keys(KeyRegistry):
    url: StoreKey[str]
    page: KeyFamily[int, str]


class Stage(Enum):
    LOAD = 1
    PARSE = 2
    DONE = 3
    END = 3  # noqa: PIE796  # another name for the same state


class Other(Enum):
    LOAD = 1


class Rights(Flag):
    READ = 1
    WRITE = 2


reads_a = task(reads=[A])
reads_b = task(reads=[B])
any_task: Any = task


def expected(key: StoreKey[Any]) -> frozenset[StoreKey[Any]]:
    return frozenset({key})


def fresh() -> Callable[[MemoryStore], Stage]:
    def function(_: MemoryStore) -> Stage:
        return Stage.DONE

    return function


# --- what is recorded -----------------------------------------------------------------------------


@task(
    reads=[A, A],
    writes={B},
    may_write=(RESULT, A),
    removes=(key for key in [RESULT[3]]),
    to=[Stage.DONE, Stage.LOAD, Stage.END],
)
async def declared(_: MemoryStore) -> Stage:
    return Stage.DONE


DECLARED_AT = declared.__code__.co_firstlineno


def test_a_contract_holds_what_was_declared_and_where() -> None:
    assert contract_of(declared) == Contract(
        frozenset({A}),
        frozenset({B}),
        frozenset({RESULT, A}),
        frozenset({RESULT[3]}),
        (Stage.LOAD, Stage.DONE),
        __file__,
        DECLARED_AT,
    )


def test_what_was_not_given_is_not_said_and_an_empty_list_is() -> None:
    contract = contract_of(task(reads=[], to=())(fresh()))

    assert contract is not None
    assert (frozenset(), None, None, None, ()) == (
        contract.reads,
        contract.writes,
        contract.may_write,
        contract.removes,
        contract.to,
    )


def test_a_registry_stands_for_its_keys_and_an_enum_for_its_states() -> None:
    contract = contract_of(task(reads=Keys, to=Stage)(fresh()))

    assert contract is not None
    assert frozenset({Keys.url, Keys.page}) == contract.reads
    assert contract.to == (Stage.LOAD, Stage.PARSE, Stage.DONE)


def test_states_in_a_set_come_in_the_order_of_their_enum() -> None:
    contract = contract_of(task(to={Stage.DONE, Stage.PARSE, Stage.LOAD})(fresh()))

    assert contract is not None
    assert contract.to == (Stage.LOAD, Stage.PARSE, Stage.DONE)


def test_a_flag_of_several_members_is_a_state_too() -> None:
    contract = contract_of(task(to=[Rights.READ | Rights.WRITE, Rights.WRITE])(fresh()))

    assert contract is not None
    assert contract.to == (Rights.WRITE, Rights.READ | Rights.WRITE)


def test_a_contract_cannot_be_changed_and_is_pickled_whole() -> None:
    contract = contract_of(task(reads=Keys, writes=[A, Keys.page[3]], to=Stage)(fresh()))
    assert contract is not None

    restored = pickle.loads(pickle.dumps(contract))

    assert restored == contract
    with pytest.raises(FrozenInstanceError):
        contract.reads = None  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


# --- nothing else changes -------------------------------------------------------------------------


def load(_: MemoryStore) -> Stage:
    return Stage.DONE


async def fetch(_: MemoryStore) -> Stage:
    return Stage.DONE


def test_a_function_is_given_back_as_the_same_object() -> None:
    def function(_: MemoryStore) -> Stage:
        return Stage.DONE

    code = function.__code__

    assert reads_a(function) is function
    assert function.__code__ is code
    assert not hasattr(function, "__wrapped__")


def test_a_class_is_given_back_as_the_same_object() -> None:
    class Runs:
        def run(self, _: MemoryStore) -> Stage:
            return Stage.DONE

    run = Runs.run

    assert reads_a(Runs) is Runs
    assert Runs.run is run


def test_a_decorated_coroutine_function_is_one_and_a_plain_one_is_none() -> None:
    assert inspect.iscoroutinefunction(declared)
    assert not inspect.iscoroutinefunction(reads_a(fresh()))


def test_a_decorated_function_is_pickled_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(declared)) is declared


@task(reads=[A])
@dataclass
class Pickled:
    number: int

    def run(self, _: MemoryStore) -> Stage:
        return Stage.DONE


def test_an_object_of_a_decorated_class_is_pickled_without_the_contract() -> None:
    assert pickle.loads(pickle.dumps(Pickled(3))) == Pickled(3)
    assert vars(Pickled(3)) == {"number": 3}


def test_one_decorator_serves_many_functions() -> None:
    first, second = reads_a(fresh()), reads_a(fresh())

    assert contract_of(first) is contract_of(second) is not None


def test_a_decorated_task_runs_as_any_other() -> None:
    workflow = Workflow(Stage).register(Stage.LOAD, declared).register(Stage.PARSE, Pickled(3))

    assert workflow.add_exit_states(Stage.DONE).run(Stage.PARSE) is Stage.DONE


# --- where it is found ----------------------------------------------------------------------------


class Summed(Node[Stage, int, int]):
    def prep(self, _store: MemoryStore) -> int:
        return 1

    def exec(self, data: int) -> int:
        return data

    def post(self, _store: MemoryStore, result: int) -> Stage:
        return Stage.DONE


@reads_a
class DecoratedNode(Summed):
    pass


class DecoratedPost(Summed):
    @reads_a
    def post(self, _store: MemoryStore, result: int) -> Stage:
        return Stage.DONE


class DecoratedPrep(Summed):
    @reads_a
    def prep(self, _store: MemoryStore) -> int:
        return 1


class DecoratedRun:
    @reads_a
    async def run(self, _: MemoryStore) -> Stage:
        return Stage.DONE

    @reads_a
    def method(self, _: MemoryStore) -> Stage:
        return Stage.DONE

    @staticmethod
    @reads_a
    def inside(_: MemoryStore) -> Stage:
        return Stage.DONE

    @reads_a
    @staticmethod
    def outside(_: MemoryStore) -> Stage:
        return Stage.DONE

    @reads_a
    @classmethod
    def of_class(cls, _: MemoryStore) -> Stage:
        return Stage.DONE

    bound_early = functools.partialmethod(method)


@reads_a
@dataclass(frozen=True, slots=True)
class Slotted:
    number: int = 1

    def run(self, _: MemoryStore) -> Stage:
        return Stage.DONE


@dataclass(frozen=True, slots=True)
@reads_a
class MadeAnew:
    """What ``slots=True`` gives is another class."""

    number: int = 1

    def run(self, _: MemoryStore) -> Stage:
        return Stage.DONE


class Called:
    @reads_a
    def __call__(self, _: MemoryStore) -> Stage:
        return Stage.DONE

    @reads_b
    def run(self, _: MemoryStore) -> Stage:
        """Does not run: what can be called is called."""
        return Stage.DONE


def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


def wrapped_without_its_attributes(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function, updated=())
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


@reads_a
def plain(_: MemoryStore) -> Stage:
    return Stage.DONE


@reads_a
def of_two(_: int, __: MemoryStore) -> Stage:
    return Stage.DONE


class Inherits(DecoratedRun): ...


class Helped(DecoratedNode):
    def helper(self) -> None: ...


own_run = SimpleNamespace(run=plain)

FOUND: dict[str, object] = {
    "function": plain,
    "coroutine function": reads_a(fetch),
    "lambda": reads_a(fresh()),
    "partial of one that has it": functools.partial(of_two, 1),
    "partial of a partial": functools.partial(functools.partial(of_two, 1)),
    "partial that has it": reads_a(functools.partial(load)),
    "wrapper": wrapped(plain),
    "wrapper of a wrapper": wrapped(wrapped_without_its_attributes(plain)),
    "wrapper without attributes": wrapped_without_its_attributes(plain),
    "wrapper that has it": reads_a(wrapped(load)),
    "cached": functools.cache(plain),
    "single dispatch": functools.singledispatch(plain),
    "object with run": DecoratedRun(),
    "class with run": DecoratedRun,
    "inherited run": Inherits(),
    "object with a run of its own": own_run,
    "bound run": DecoratedRun().run,
    "bound method": DecoratedRun().method,
    "wrapped bound method": wrapped_without_its_attributes(DecoratedRun().method),
    "partial method": DecoratedRun().bound_early,
    "static method": DecoratedRun.inside,
    "static method of an object": DecoratedRun().inside,
    "decorated static method": DecoratedRun.outside,
    "decorated class method": DecoratedRun.of_class,
    "slotted object": Slotted(),
    "object of a class that was made anew": MadeAnew(),
    "callable object": Called(),
    "node": DecoratedNode(),
    "class of a node": DecoratedNode,
    "node that inherits it": Helped(),
    "node by its post": DecoratedPost(),
    "node by its prep": DecoratedPrep(),
    "object that has it": reads_a(any_task(reads=[B]) and Mock(return_value=Stage.DONE)),
}


@pytest.mark.parametrize("kind", FOUND)
def test_the_contract_is_found_on_every_kind_of_task(kind: str) -> None:
    contract = contract_of(FOUND[kind])

    assert contract is not None
    assert contract.reads == expected(A)


def test_the_contract_of_a_subclass_goes_before_that_of_its_base() -> None:
    @reads_b
    class Below(DecoratedNode): ...

    contract = contract_of(Below())

    assert contract is not None
    assert contract.reads == expected(B)


def test_the_decorator_of_a_method_goes_before_that_of_a_base() -> None:
    class Below(DecoratedNode):
        @reads_b
        def post(self, _store: MemoryStore, result: int) -> Stage:
            return Stage.DONE

    contract = contract_of(Below())

    assert contract is not None
    assert contract.reads == expected(B)


class OtherPost(DecoratedNode):
    def post(self, _store: MemoryStore, result: int) -> Stage:
        return Stage.LOAD


class OtherPrep(DecoratedPost):
    def prep(self, _store: MemoryStore) -> int:
        return 2


class OtherRun(DecoratedRun):
    async def run(self, _: MemoryStore) -> Stage:
        return Stage.LOAD


class Fails:
    @property
    def __dict__(self) -> Any:  # type: ignore[override]  # pyright: ignore[reportIncompatibleVariableOverride]
        raise RuntimeError

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


def loop() -> Callable[..., Any]:
    def function(_: MemoryStore) -> Stage:
        return Stage.DONE

    function.__wrapped__ = function  # type: ignore[attr-defined]  # pyright: ignore[reportFunctionMemberAccess]
    return function


NOTHING: dict[str, object] = {
    "function": load,
    "node": Summed(),
    "node with another post": OtherPost(),
    "node with another prep": OtherPrep(),
    "object with another run": OtherRun(),
    "other method of a decorated class": Pickled(3).__eq__,
    "mock": Mock(),
    "builtin": len,
    "number": 3,
    "None": None,
    "object whose attributes fail": Fails(),
    "wrapped in itself": loop(),
    "object that pretends": SimpleNamespace(__keyrack_contract__="reads a"),
    "the decorator": reads_a,
}


@pytest.mark.parametrize("kind", NOTHING)
def test_a_task_that_declares_nothing_has_no_contract(kind: str) -> None:
    assert contract_of(NOTHING[kind]) is None


def test_a_thousand_functions_without_a_contract_are_told_in_no_time() -> None:
    functions = [fresh() for _ in range(1_000)]
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        for function in functions:
            contract_of(function)
    finally:
        sys.setprofile(None)

    assert calls < 60_000


# --- what is refused ------------------------------------------------------------------------------


def problems_of(call: Callable[[], object]) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        call()
    return [*caught.value.problems]


class Unnamed:
    key: Any = StoreKey(default=1)


NOT_GIVEN = "it declares nothing; give reads, writes, may_write, removes or to"
ARGUMENTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, [NOT_GIVEN]),
    "nothing but None": ({"reads": None, "to": None}, [NOT_GIVEN]),
    "a string": ({"reads": "url"}, ["the keys of reads are given in a list or a tuple, got 'url' (str)"]),
    "a string in a list": ({"writes": ["url"]}, ["writes names something that is no key: 'url' (str)"]),
    "a key": (
        {"reads": A},
        ["the keys of reads are given in a list or a set: reads=[...], got StoreKey('a', int) (StoreKey)"],
    ),
    "a family": (
        {"removes": RESULT},
        [
            (
                "the keys of removes are given in a list or a set: removes=[...], "
                "got KeyFamily('result', int, str) (KeyFamily)"
            )
        ],
    ),
    "a slot": (
        {"may_write": [Keys(MemoryStore()).url]},
        ["may_write names something that is no key: <slot 'url' (str) of MemoryStore> (Slot)"],
    ),
    "a registry in a list": ({"reads": [Keys]}, [f"reads names something that is no key: {described(Keys)}"]),
    "a key without a name": (
        {"reads": [Unnamed.key]},
        ["reads names a key that has no name itself; write StoreKey('name', ...)"],
    ),
    "a number": ({"writes": 3}, ["the keys of writes are given in a list or a tuple, got 3 (int)"]),
    "a state": (
        {"to": Stage.DONE},
        ["the states of to are given in a list or a set: to=[...], got <Stage.DONE: 3> (Stage)"],
    ),
    "a flag": (
        {"to": Rights.READ},
        ["the states of to are given in a list or a set: to=[...], got <Rights.READ: 1> (Rights)"],
    ),
    "the name of a state": ({"to": ["DONE"]}, ["to names something that is no state: 'DONE' (str)"]),
    "names of states": ({"to": "DONE"}, ["the states of to are given in a list or a tuple, got 'DONE' (str)"]),
    "states of two enums": ({"to": [Stage.LOAD, Other.LOAD]}, ["to names states of 2 enums: Other, Stage"]),
    "a key that is certain and removed": (
        {"writes": [A, B], "removes": [B]},
        ["'b' is in writes and in removes; what may be removed belongs into may_write"],
    ),
    "one of a family that is certain": (
        {"writes": [RESULT], "removes": [RESULT[3]]},
        ["'result[3]' is in writes and in removes; what may be removed belongs into may_write"],
    ),
    "a family that is certain": (
        {"writes": [RESULT], "removes": [RESULT]},
        ["'result' is in writes and in removes; what may be removed belongs into may_write"],
    ),
    "several things": (
        {"reads": "a", "writes": [1, A], "removes": [A], "to": [Stage]},
        [
            "the keys of reads are given in a list or a tuple, got 'a' (str)",
            "writes names something that is no key: 1 (int)",
            "to names something that is no state: <enum 'Stage'> (EnumType)",
            "'a' is in writes and in removes; what may be removed belongs into may_write",
        ],
    ),
}


@pytest.mark.parametrize("case", ARGUMENTS)
def test_what_cannot_be_declared_is_refused_with_every_problem(case: str) -> None:
    arguments, problems = ARGUMENTS[case]

    assert problems == problems_of(lambda: any_task(**arguments))


def test_what_may_be_removed_and_may_be_written_is_no_contradiction() -> None:
    contract = contract_of(task(writes=[A], may_write=[A, B], removes=[B, RESULT[3]])(fresh()))

    assert contract is not None
    assert contract.removes == frozenset({B, RESULT[3]})


def test_the_error_names_the_line_of_the_decorator() -> None:
    line = inspect.currentframe().f_lineno + 2  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
    with pytest.raises(ConfigurationError, match=re.escape(f"@task ({__file__}:{line}): it declares nothing")):
        task()


def test_a_decorator_without_parentheses_says_how_it_is_written() -> None:
    problems = problems_of(lambda: any_task(load))

    assert problems == ["it declares in parentheses what the task does: @task(reads=[...], to=[...])"]


def test_an_iterable_that_fails_fails_as_it_does() -> None:
    def keys() -> Iterator[StoreKey[Any]]:
        yield A
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        task(reads=keys())


def no_store() -> Stage:
    return Stage.DONE


def keyword_only(*, store: MemoryStore) -> Stage:
    del store
    return Stage.DONE


def generator(_: MemoryStore) -> Iterator[Stage]:
    yield Stage.DONE


async def async_generator(_: MemoryStore) -> AsyncIterator[Stage]:
    yield Stage.DONE


class NoTask:
    def start(self) -> None: ...


class SlotsOnly:
    __slots__ = ()

    def __call__(self, _: MemoryStore) -> Stage:
        return Stage.DONE


@dataclass(frozen=True)
class Frozen:
    def run(self, _: MemoryStore) -> Stage:
        return Stage.DONE


class Forgets:
    def __setattr__(self, name: str, value: object) -> None: ...

    def __call__(self, _: MemoryStore) -> Stage:
        return Stage.DONE


UNFIT: dict[str, tuple[object, str]] = {
    "a number": (3, "it stands on a function or a class, got 3 (int)"),
    "nothing": (None, "it stands on a function or a class, got None (None)"),
    "a property": (property(), "it stands on a function or a class, got <property> (property)"),
    "a class that cannot run": (NoTask, "the class is no Node and has neither run nor __call__"),
    "an object that cannot run": (NoTask(), "it stands on a function or a class, got <NoTask> (NoTask)"),
    "an enum": (Stage, "the class is no Node and has neither run nor __call__"),
    "a bound method": (DecoratedRun().method, "it is bound to one object; decorate method in its class"),
    "a generator function": (generator, "a generator function is no task"),
    "an async generator function": (async_generator, "a generator function is no task"),
    "a function without a store": (no_store, "the function takes no store"),
    "a function that takes keywords alone": (keyword_only, "the function takes no store"),
}


@pytest.mark.parametrize("case", UNFIT)
def test_what_cannot_be_a_task_is_refused(case: str) -> None:
    wrong, problem = UNFIT[case]
    decorator: Any = task(reads=[A])

    assert [problem] == problems_of(lambda: decorator(wrong))


def test_a_task_that_was_called_already_is_refused_and_leaves_no_warning() -> None:
    decorator: Any = task(reads=[A])

    assert problems_of(lambda: decorator(fetch(MemoryStore()))) == [
        "it was called already; decorate the function itself"
    ]


@pytest.mark.parametrize("wrong", [len, SlotsOnly(), Frozen(), "".join], ids=["function", "slots", "frozen", "method"])
def test_what_keeps_no_attributes_is_refused_with_the_reason(wrong: Any) -> None:
    (problem,) = problems_of(lambda: reads_a(wrong))

    assert problem.startswith("nothing can be written on ")
    assert problem.endswith("; decorate a function that calls it")


def test_what_forgets_its_attributes_is_refused() -> None:
    decorator: Any = task(reads=[A])

    assert problems_of(lambda: decorator(Forgets())) == [
        "what is written on <Forgets> (Forgets) does not stay; decorate a function that calls it"
    ]


TWICE: dict[str, Callable[[], Any]] = {
    "function": lambda: plain,
    "wrapper": lambda: wrapped(plain),
    "partial": lambda: functools.partial(plain),
    "class": lambda: DecoratedNode,
    "class of a decorated post": lambda: DecoratedPost,
    "class of a decorated run": lambda: DecoratedRun,
    "static method": lambda: staticmethod(plain),
}


@pytest.mark.parametrize("case", TWICE)
def test_a_second_contract_is_refused_and_the_first_stays(case: str) -> None:
    twice = TWICE[case]()
    place = f"{__file__}:{line_of(contract_of(plain))}"

    assert problems_of(lambda: reads_b(twice)) == [f"it has a contract already ({place})"]
    first = contract_of(twice.__func__ if isinstance(twice, staticmethod) else twice)
    assert first is not None
    assert first.reads == expected(A)


def line_of(contract: Contract | None) -> int:
    assert contract is not None
    return contract.line


def test_the_error_names_what_is_decorated_and_the_line_of_its_decorator() -> None:
    place = f"{__file__}:{line_of(contract_of(plain))}"

    with pytest.raises(
        ConfigurationError, match=re.escape(f"the @task of 'no_store' ({place}): the function takes no")
    ):
        reads_a(no_store)


# --- where it says that it goes -------------------------------------------------------------------


def test_the_states_of_a_contract_are_the_targets_of_a_task_without_an_annotation() -> None:
    workflow = Workflow(Stage).register(Stage.LOAD, task(to=[Stage.DONE, Stage.PARSE])(fresh()))

    assert workflow.graph().rows[Stage.LOAD].targets == (Stage.PARSE, Stage.DONE)


def test_a_literal_annotation_goes_before_the_states_of_a_contract() -> None:
    @task(to=[Stage.PARSE])
    def function(_: MemoryStore) -> Literal[Stage.DONE]:
        return Stage.DONE

    assert declared_targets(function, Stage) == (Stage.DONE,)


def test_a_contract_without_states_or_with_states_of_another_enum_names_no_targets() -> None:
    assert declared_targets(reads_a(fresh()), Stage) is None
    assert declared_targets(task(to=[Other.LOAD])(fresh()), Stage) is None


def test_a_contract_that_goes_nowhere_is_of_a_task_that_always_raises() -> None:
    assert declared_targets(task(to=[])(fresh()), Stage) == ()


def test_a_node_goes_where_its_contract_says() -> None:
    @task(to={Stage.DONE})
    class Goes(Summed): ...

    assert declared_targets(Goes(), Stage) == (Stage.DONE,)
