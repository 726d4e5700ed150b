"""Arrays in a store: handed out read-only where they are shared, and the caller's own where they are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pydantic import BaseModel, ConfigDict
from tests.kinds import ARRAY, Array

from keyrack.keys.key import StoreKey

if TYPE_CHECKING:
    from keyrack.store import KeyValueStore


class Signal(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    samples: Array


SIGNAL = StoreKey("signal", Signal)
ARRAYS = StoreKey("arrays", list[Array])
ARRAYS_BY_NAME = StoreKey("arrays_by_name", dict[str, Array])

HOLDING_ARRAYS: list[tuple[StoreKey[Any], Callable[[], Any], Callable[[Any], Array]]] = [
    (ARRAY, lambda: np.arange(3), lambda value: value),
    (ARRAYS, lambda: [np.arange(3)], lambda value: value[0]),
    (ARRAYS_BY_NAME, lambda: {"a": np.arange(3)}, lambda value: value["a"]),
    (SIGNAL, lambda: Signal(samples=np.arange(3)), lambda value: value.samples),
]
each_array = pytest.mark.parametrize(
    ("key", "make", "array_in"), HOLDING_ARRAYS, ids=[one[0].name for one in HOLDING_ARRAYS]
)


@pytest.mark.objects
@each_array
@pytest.mark.parametrize("how", ["put", "put_shared"])
@pytest.mark.parametrize("restored", [False, True], ids=["", "restored"])
def test_a_shared_array_cannot_be_written_to(
    store: KeyValueStore,
    key: StoreKey[Any],
    make: Callable[[], Any],
    array_in: Callable[[Any], Array],
    how: str,
    *,
    restored: bool,
) -> None:
    getattr(store, how)(key, make())
    if restored:
        store.get_shared(key)
        store.restore(store.snapshot())

    array = array_in(store.get_shared(key))

    with pytest.raises(ValueError, match="read-only"):
        array[0] = 99
    assert not array.flags.writeable


@pytest.mark.objects
@each_array
def test_an_array_that_was_got_or_put_is_the_callers_to_write_to(
    store: KeyValueStore, key: StoreKey[Any], make: Callable[[], Any], array_in: Callable[[Any], Array]
) -> None:
    value = make()

    store.put(key, value)
    array_in(value)[0] = 98
    array_in(store.get(key))[0] = 99

    assert array_in(store.get(key)).tolist() == [0, 1, 2]


@pytest.mark.objects
def test_an_array_appended_to_a_list_is_a_copy_that_cannot_be_written_to(store: KeyValueStore) -> None:
    array = np.arange(3)

    store.append(ARRAYS, array)
    array[0] = 99

    (kept,) = store.get_shared(ARRAYS)
    assert kept.tolist() == [0, 1, 2]
    assert not kept.flags.writeable
