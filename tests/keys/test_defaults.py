"""Defaults of keys: checked when they are declared, given as copies."""

import subprocess
import sys
from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, SecretStr

from keyrack import KeyDefinitionError, KeyNotFoundError, MemoryStore, StoreKey

UntypedKey: Any = StoreKey
"""The class for those who run no type checker."""
COUNT = StoreKey("count", int)
SEEN = StoreKey[list[int]]("seen", default_factory=list)


def test_a_default_is_given_where_nothing_is_stored() -> None:
    key = StoreKey[int | None]("k", default=None)
    store = MemoryStore()

    assert store.get(key) is None
    store.put(key, 3)
    assert store.get(key) == 3
    store.remove(key)
    assert store.get(key) is None
    assert not store.contains_key(key)


def test_a_default_is_copied_when_it_is_declared_and_when_it_is_given() -> None:
    given: list[int] = [1]
    key = StoreKey[list[int]]("k", default=given)
    store = MemoryStore()

    given.append(2)
    store.get(key).append(3)

    assert store.get(key) == [1]
    assert key.make_default() == [1]
    assert store.get_shared(key) == [1]


def test_a_factory_makes_a_default_each_time_and_each_is_checked() -> None:
    made: list[list[Any]] = [[0], [1], [2], ["x"]]
    key = StoreKey[list[int]]("k", default_factory=lambda: made.pop(0))
    store = MemoryStore()

    assert store.get(key) == [1]
    assert store.get(key) == [2]
    with pytest.raises(
        KeyDefinitionError, match=r"the default of key 'k' \(list\[int\]\) does not fit: it\[0\] should be"
    ):
        store.get(key)


def test_what_a_factory_holds_on_to_is_not_what_is_given() -> None:
    kept: list[int] = [1]
    key = StoreKey[list[int]]("k", default_factory=lambda: kept)

    MemoryStore().get(key).append(2)

    assert kept == [1]


def test_a_factory_of_empty_containers_needs_no_validation_when_it_is_declared() -> None:
    script = (
        "import sys; from keyrack import StoreKey;"
        "StoreKey[list[int]]('a', default_factory=list); StoreKey[int]('b', default=3); StoreKey('c', dict[str, int]);"
        "sys.exit('pydantic' in sys.modules)"
    )

    assert run_python(script) == 0


def run_python(script: str) -> int:
    return subprocess.run([sys.executable, "-c", script], check=False).returncode


def test_a_key_with_a_default_is_another_key_with_the_same_options() -> None:
    key = StoreKey[list[int]]("k", doc="doc", secret=True, strict=False)

    other = key.with_default([1])

    assert other == key
    assert other.make_default() == [1]
    assert not key.has_default
    assert (other.doc, other.secret, other.strict) == ("doc", True, False)


def test_a_default_replaces_a_factory() -> None:
    assert SEEN.with_default([7]).make_default() == [7]


def test_a_key_without_a_default_says_so() -> None:
    with pytest.raises(KeyDefinitionError, match="key 'count' has no default"):
        COUNT.make_default()
    with pytest.raises(KeyNotFoundError):
        MemoryStore().get(COUNT)


def test_a_default_whose_type_comes_later_is_checked_when_it_is_first_given() -> None:
    right: StoreKey[Any] = StoreKey["list[ComesLater]"]("right", default=[])
    wrong: StoreKey[Any] = UntypedKey["list[ComesLater]"]("wrong", default=3)

    with pytest.raises(KeyDefinitionError, match="cannot be resolved"):
        MemoryStore().get(right)

    class ComesLater: ...

    globals()["ComesLater"] = ComesLater
    assert MemoryStore().get(right) == []
    with pytest.raises(KeyDefinitionError, match=r"the default of key 'wrong' \(list\[ComesLater\]\) does not fit"):
        MemoryStore().get(wrong)


def test_a_default_of_a_secret_key_is_not_shown() -> None:
    with pytest.raises(KeyDefinitionError) as caught:
        UntypedKey[SecretStr]("k", secret=True, default=3)

    assert caught.value.reason == "the default of key 'k' (SecretStr) does not fit"


def test_a_default_goes_through_the_validators_once() -> None:
    key = StoreKey[Annotated[int, AfterValidator(lambda value: value + 1)]]("k", default=1)

    assert key.make_default() == 2
    assert MemoryStore().get(key) == 2


def _fail() -> Any:
    raise RuntimeError("no default today")


def test_a_default_that_cannot_be_made_says_for_which_key() -> None:
    with pytest.raises(RuntimeError, match="no default today") as caught:
        StoreKey[int]("k", default_factory=_fail)

    assert "while making the default of key 'k'" in caught.value.__notes__[0]
