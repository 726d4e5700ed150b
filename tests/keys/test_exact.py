"""Strictness: what fits and what does not, and the shortcut by exact class, which never changes the answer."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# The values here are of any type: what a narrowing to a bare container leaves unknown is unknown.

from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import partial
from types import NoneType
from typing import Any, Optional, Union

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from tests.catalogue.everything import SAMPLES
from tests.catalogue.picture import picture
from tests.catalogue.sample import Sample, by_name
from tests.catalogue.scalars import BUILT_IN, SCALARS, Color, Level

from keyrack import MemoryStore, StoreKey, TypeMismatchError
from keyrack.keys.schema import CannotCopyError, MisfitError, schema_of

VALUES: list[Any] = [value for sample in SAMPLES for value in (*sample.fits(), *sample.misfits())]
"""Every value of the catalogue: what fits one form is a fine misfit for most others."""


@pytest.mark.parametrize("sample", SAMPLES, ids=by_name)
def test_the_shortcut_by_exact_class_takes_only_what_validation_takes_as_it_is(sample: Sample) -> None:
    key = StoreKey("k", sample.form)
    hits = [value for value in VALUES if type(value) is key.exact]

    for value in hits:
        assert picture(value) == picture(key.schema.own(value))


def test_the_shortcut_is_taken_for_every_type_whose_class_says_it_all() -> None:
    keys = {sample.name: StoreKey("k", sample.form) for sample in SAMPLES}

    taken = {name for name, key in keys.items() if any(type(value) is key.exact for value in VALUES)}

    assert {sample.name for sample in BUILT_IN} == taken


@pytest.mark.parametrize("sample", [s for s in SAMPLES if s.name.startswith("list[")], ids=by_name)
def test_the_shortcut_for_items_takes_only_what_validation_takes_as_it_is(sample: Sample) -> None:
    key = StoreKey("k", sample.form)
    schema = key.schema
    hits = [value for value in VALUES if type(value) is key.item_exact]

    for value in hits:
        assert picture([value]) == picture(schema.own([value]))


STRICTER: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(
        ["float", "fraction of one", "finite float", "float | Level"], (Decimal, Fraction, np.ndarray, np.generic)
    ),
    **dict.fromkeys(["Literal", "Literal | None"], (int, float, Decimal, Enum, np.generic)),
    **dict.fromkeys(["SecretStr", "AnyUrl", "Pattern"], (str,)),
}
"""What strict pydantic converts, or takes because it is equal to something that fits, and a store refuses."""


@pytest.mark.parametrize("sample", SCALARS, ids=by_name)
def test_scalars_fit_where_strict_pydantic_says_so(sample: Sample) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(sample.form, config={"arbitrary_types_allowed": True})
    schema = schema_of(sample.form)

    for value in VALUES:
        ours = answer(schema.own, value)
        theirs = answer(partial(adapter.validate_python, strict=True), value)

        is_stricter = ours is REFUSED and isinstance(value, STRICTER.get(sample.name, ()))
        assert theirs == ours or is_stricter, repr(value)[:100]


REFUSED = object()


def answer(validate: Callable[[Any], Any], value: Any) -> Any:
    """Give a picture of what comes out, or say that nothing does."""
    try:
        return picture(validate(value))
    except (ValidationError, MisfitError, AttributeError):  # the last from a dataclass that lacks one
        return REFUSED
    except CannotCopyError:
        return picture(value)


@pytest.mark.parametrize("sample", SAMPLES, ids=by_name)
def test_what_does_not_fit_is_refused_and_leaves_the_store_as_it_was(sample: Sample) -> None:
    key, store = StoreKey("k", sample.form), MemoryStore()
    store.put(key, sample.value())

    for value in sample.misfits():
        for put in (store.put, store.put_shared):
            with pytest.raises(TypeMismatchError):
                put(key, value)

    assert picture(sample.value()) == picture(store.get(key))


@pytest.mark.parametrize("sample", SAMPLES, ids=by_name)
def test_an_error_about_any_value_is_one_line_that_names_key_type_and_state(sample: Sample) -> None:
    key, store = StoreKey("the key", sample.form), MemoryStore()

    for value in sample.misfits():
        with pytest.raises(TypeMismatchError) as caught:
            store.put(key, value)

        sentence = str(caught.value)
        assert sentence.startswith(f"cannot put 'the key' ({key.type_text}) in MemoryStore: the key")
        assert sentence.endswith("; nothing was written")
        assert "\n" not in sentence
        assert "\x1f" not in sentence
        assert "Input should" not in sentence
        assert caught.value.expected == key.type_text
        assert caught.value.problems


# --- forms made up by hypothesis --------------------------------------------------------------------

LEAVES: st.SearchStrategy[Any] = st.sampled_from([int, str, float, bool, bytes, NoneType, Color, Level])
HASHABLE: st.SearchStrategy[Any] = st.sampled_from([int, str, bytes, bool])


def of_one(origin: Any) -> Callable[[Any], Any]:
    return lambda form: origin[form]


def nests(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        inner.map(of_one(list)),
        HASHABLE.map(of_one(set)),
        HASHABLE.map(of_one(frozenset)),
        inner.map(of_one(Optional)),
        pairs.map(of_one(tuple)),
        pairs.map(of_one(Union)),
        inner.map(lambda form: of_one(tuple)((form, ...))),
        st.tuples(HASHABLE, inner).map(of_one(dict)),
    )


FORMS = st.recursive(LEAVES, nests, max_leaves=6)


def values_of(form: Any) -> st.SearchStrategy[Any]:
    """Give values that pydantic would convert to *form*, at least."""
    return st.from_type(form)


@given(st.data())
def test_made_up_forms_give_what_strict_pydantic_gives(data: st.DataObject) -> None:
    form = data.draw(FORMS)
    value = data.draw(st.one_of(values_of(form), FORMS.flatmap(values_of)))
    adapter: TypeAdapter[Any] = TypeAdapter(form)

    expected = answer(partial(adapter.validate_python, strict=True), value)

    assert expected == answer(schema_of(form).own, value)


@given(st.data())
def test_what_fits_a_made_up_form_comes_back_as_a_copy_of_the_same_looks(data: st.DataObject) -> None:
    form = data.draw(FORMS)
    value = schema_of(form).own(data.draw(values_of(form).filter(lambda v: _fits(form, v))))
    key, store = StoreKey("k", form), MemoryStore()

    store.put(key, value)
    got = store.get(key)

    assert picture(value) == picture(got)
    assert not (_mutable_parts(value) & _mutable_parts(got))


def _fits(form: Any, value: Any) -> bool:
    try:
        schema_of(form).own(value)
    except MisfitError:
        return False
    return True


def _mutable_parts(value: Any) -> set[int]:
    parts: set[int] = set()
    if isinstance(value, list | dict | set):
        parts.add(id(value))
    if isinstance(value, dict):
        for name, part in value.items():
            parts |= _mutable_parts(name) | _mutable_parts(part)
    elif isinstance(value, list | tuple | set | frozenset):
        for part in value:
            parts |= _mutable_parts(part)
    return parts
