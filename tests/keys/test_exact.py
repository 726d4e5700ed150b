"""Strictness: what fits and what does not, and the shortcut by exact class, which never changes the answer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from tests.catalogue.everything import SAMPLES
from tests.catalogue.picture import picture
from tests.catalogue.sample import Sample, by_name
from tests.catalogue.scalars import BUILT_IN, SCALARS, Color, Level

from keyrack import MemoryStore, StoreKey, TypeMismatchError
from keyrack.keys.schema import MisfitError, schema_of

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


PYDANTIC_IS_LAXER = {"Literal", "Literal | None"}
"""pydantic compares by ``==`` here, and takes True for 1."""


@pytest.mark.parametrize("sample", [s for s in SCALARS if s.name not in PYDANTIC_IS_LAXER], ids=by_name)
def test_scalars_fit_where_strict_pydantic_says_so(sample: Sample) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(sample.form, config={"arbitrary_types_allowed": True})
    schema = schema_of(sample.form)

    for value in VALUES:
        assert _answer(lambda value=value: adapter.validate_python(value, strict=True)) == _answer(
            lambda value=value: schema.own(value)
        ), repr(value)[:100]


def _answer(validate: Any) -> Any:
    """Give what comes out, or that nothing does."""
    try:
        return picture(validate())
    except (ValidationError, MisfitError):
        return "refused"
    except Exception as error:  # noqa: BLE001  # pydantic lets through what a value's own code raises
        return "refused" if isinstance(error, AttributeError) else error


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

LEAVES = st.sampled_from([int, str, float, bool, bytes, None, Color, Level])


def _nests(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    hashable = st.sampled_from([int, str, bytes, bool])
    return st.one_of(
        inner.map(lambda form: list[form]),
        st.tuples(hashable, inner).map(lambda forms: dict[forms[0], forms[1]]),
        hashable.map(lambda form: set[form]),
        hashable.map(lambda form: frozenset[form]),
        inner.map(lambda form: tuple[form, ...]),
        st.tuples(inner, inner).map(lambda forms: tuple[forms]),
        inner.map(lambda form: form | None if form is not None else list[None]),
        st.tuples(inner, inner).map(lambda forms: (forms[0] or int) | forms[1]),
    )


FORMS = st.recursive(LEAVES, _nests, max_leaves=6)


@given(st.data())
def test_made_up_forms_give_what_strict_pydantic_gives(data: st.DataObject) -> None:
    form = data.draw(FORMS)
    value = data.draw(
        st.one_of(st.from_type(form or type(None)), FORMS.flatmap(lambda f: st.from_type(f or type(None))))
    )
    adapter: TypeAdapter[Any] = TypeAdapter(form)

    expected = _answer(lambda: adapter.validate_python(value, strict=True))

    assert expected == _answer(lambda: schema_of(form).own(value))


@given(st.data())
def test_what_fits_a_made_up_form_comes_back_as_a_copy_of_the_same_looks(data: st.DataObject) -> None:
    form = data.draw(FORMS)
    value = schema_of(form).own(data.draw(st.from_type(form or type(None)).filter(lambda v: _fits(form, v))))
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
