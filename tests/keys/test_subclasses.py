"""Instances of subclasses, under keys of a base of theirs."""

from typing import Any, Generic, TypeVar

import pytest
from pydantic import BaseModel

from keyrack import MemoryStore, StoreKey, TypeMismatchError

M = TypeVar("M", bound=BaseModel)


class Leaf(BaseModel):
    items: list[int] = []


class Holder(BaseModel):
    held: BaseModel


class Box(BaseModel, Generic[M]):
    held: M


def put(form: Any, value: Any) -> Any:
    """Put a value, and give what comes back."""
    key: StoreKey[Any] = StoreKey("k", form)
    store = MemoryStore()
    store.put(key, value)
    return store.get(key)


# --- BaseModel itself -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (BaseModel, Leaf(items=[1])),
        (list[BaseModel], [Leaf(items=[1]), Holder(held=Leaf())]),
        (BaseModel | None, Leaf(items=[1])),
        (Holder, Holder(held=Leaf(items=[1]))),
        (Box, Box(held=Leaf(items=[1]))),
    ],
    ids=str,
)
def test_any_model_fits_where_the_type_is_base_model(form: Any, value: Any) -> None:
    kept = put(form, value)

    assert kept == value
    assert kept is not value


def test_a_dict_is_no_model_where_the_type_is_base_model_either() -> None:
    with pytest.raises(TypeMismatchError, match=r"k should be an instance of BaseModel, got \{\} \(dict\)"):
        put(BaseModel, {})
