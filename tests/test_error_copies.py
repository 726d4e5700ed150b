"""Errors after a pickle or a copy: the same sentence and facts, with notes and cause."""

import copy
import inspect
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from tests.test_errors import MAKERS, every, mismatch

from keyrack import JoinError, KeyNotFoundError, KeyrackError, MemoryStore, RetryExhaustedError, StoreKey


def facts(error: KeyrackError) -> dict[str, Any]:
    """Give everything that an error of keyrack tells."""
    ours = [cls for cls in type(error).__mro__ if cls.__module__ == KeyrackError.__module__]
    declared = [name for cls in ours for name in (*inspect.get_annotations(cls), *vars(cls))]
    told = {name: getattr(error, name) for name in declared if not name.startswith("_")}
    return {name: comparable(value) for name, value in told.items() if not callable(value)}


def comparable(value: Any) -> Any:
    if isinstance(value, BaseException):
        return type(value), value.args
    return [comparable(part) for part in value] if isinstance(value, tuple | list) else value  # pyright: ignore[reportUnknownVariableType]


WAYS: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda error: pickle.loads(pickle.dumps(error)),
    "old pickle": lambda error: pickle.loads(pickle.dumps(error, 0)),
    "copy": copy.copy,
    "deep copy": copy.deepcopy,
    "pickle of a pickle": lambda error: pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(error)))),
}


@pytest.mark.parametrize("way", WAYS)
@every
def test_an_error_comes_back_the_same(case: str, way: str) -> None:
    error = MAKERS[case][0]()
    error.add_note("while running a test")
    error.__cause__ = OSError("the disk is gone")

    got = WAYS[way](error)

    assert type(error) is type(got)
    assert str(error) == str(got)
    assert repr(error) == repr(got)
    assert comparable(error.args) == comparable(got.args)
    assert facts(error) == facts(got)
    assert got.__notes__ == ["while running a test"]
    assert isinstance(got.__cause__, OSError)
    assert str(got.__cause__) == "the disk is gone"
    assert got.__suppress_context__


def test_an_error_whose_cause_has_no_pickle_can_be_pickled_all_the_same() -> None:
    class LocalError(Exception): ...

    error = mismatch()
    error.__cause__ = LocalError("cannot be imported")

    got = pickle.loads(pickle.dumps(error))

    assert str(error) == str(got)


def test_a_lazy_fact_is_gathered_for_a_pickle() -> None:
    error = KeyNotFoundError(key="a", store="MemoryStore", known=lambda: iter(["ab", "b"]))

    got = pickle.loads(pickle.dumps(error))

    assert got.known == ("ab", "b")


def test_an_error_out_of_a_store_comes_back_the_same() -> None:
    store = MemoryStore()
    store.put(StoreKey("users", int), 1)
    with pytest.raises(KeyNotFoundError) as caught:
        store.get(StoreKey("usres", int))

    got = pickle.loads(pickle.dumps(caught.value))
    store.close()

    assert str(got) == str(caught.value) == "no value for key 'usres' in MemoryStore; did you mean 'users'?"
    assert got.known == ("users",)


def join_error() -> JoinError:
    error = JoinError("quorum", 1, 3, 6, [ValueError("bad"), OSError("gone"), OSError("busy")], cancelled=2)
    error.add_note("while joining")
    error.__cause__ = RuntimeError("why")
    return error


def counts(error: JoinError) -> tuple[object, ...]:
    return error.strategy, error.succeeded, error.required, error.total, error.cancelled


def test_part_of_a_join_error_is_a_join_error_with_the_same_counts() -> None:
    error = join_error()

    matching, rest = error.split(OSError)

    assert isinstance(matching, JoinError)
    assert isinstance(rest, JoinError)
    assert [str(part) for part in matching.exceptions] == ["gone", "busy"]
    assert [str(part) for part in rest.exceptions] == ["bad"]
    assert counts(matching) == counts(rest) == ("quorum", 1, 3, 6, 2)


def test_part_of_a_join_error_keeps_notes_cause_and_traceback() -> None:
    try:
        raise join_error() from LookupError("deeper")
    except JoinError as caught:
        error = caught

    part = error.subgroup(OSError)

    assert part is not None
    assert part.__notes__ == ["while joining"]
    assert isinstance(part.__cause__, LookupError)
    assert part.__traceback__ is error.__traceback__ is not None


def test_a_subgroup_of_nothing_is_none_and_of_everything_the_error_itself() -> None:
    error = join_error()

    assert error.subgroup(KeyError) is None
    assert error.subgroup(Exception) is error


def test_a_derived_join_error_tells_of_the_exceptions_that_it_is_given() -> None:
    derived = join_error().derive([KeyError("k")])

    assert isinstance(derived, JoinError)
    assert str(derived) == "1 of 6 branches succeeded, quorum needs 3; failures: KeyError: 'k'; 2 cancelled"


def test_except_star_takes_a_join_error_apart() -> None:
    taken: list[str] = []

    try:
        raise join_error()
    except* OSError as group:
        taken += [str(part) for part in group.exceptions]
    except* ValueError as group:
        taken += [str(part) for part in group.exceptions]

    assert taken == ["gone", "busy", "bad"]


def test_part_of_a_join_error_comes_back_the_same() -> None:
    part = join_error().subgroup(OSError)
    assert part is not None

    got = pickle.loads(pickle.dumps(part))

    assert isinstance(got, JoinError)
    assert str(got) == str(part)
    assert counts(got) == counts(join_error())
    assert got.__notes__ == ["while joining"]


def test_a_join_error_inside_a_join_error_comes_back_the_same() -> None:
    outer = JoinError("all", 0, 1, 1, [join_error()])

    got = pickle.loads(pickle.dumps(outer))

    assert str(got) == str(outer)
    assert isinstance(got.exceptions[0], JoinError)
    assert counts(got.exceptions[0]) == counts(join_error())


def test_what_a_join_error_and_exhausted_attempts_hold_comes_back_with_notes() -> None:
    part = OSError(2, "gone", "file.txt")
    part.add_note("while running 'load'")
    errors: list[Any] = [
        JoinError("all", 0, 1, 1, [part]),
        RetryExhaustedError(workflow="books", state="LOAD", task="load", errors=[part]),
    ]

    join, exhausted = pickle.loads(pickle.dumps(errors))

    for got in (join.exceptions[0], exhausted.errors[0]):
        assert got.args == part.args
        assert got.filename == "file.txt"
        assert got.__notes__ == ["while running 'load'"]
