"""Errors after a pickle or a copy: the same sentence and facts, with notes and cause."""

import copy
import inspect
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from tests.test_errors import MAKERS, every, mismatch

from keyrack import JoinError, KeyNotFoundError, KeyrackError, MemoryStore, StoreKey


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


def test_part_of_a_join_error_is_a_join_error() -> None:
    error = JoinError("all", 1, 3, 3, [ValueError("bad"), OSError("gone")])

    matching, rest = error.split(OSError)

    assert isinstance(matching, JoinError)
    assert isinstance(rest, JoinError)
    assert [type(part) for part in matching.exceptions] == [OSError]
    assert (rest.strategy, rest.succeeded, rest.required, rest.total) == ("all", 1, 3, 3)
