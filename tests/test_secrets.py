"""The value of a secret key is nowhere in what an error shows, holds or drags along."""

import copy
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, PlainValidator, WrapValidator
from tests.catalogue.sample import numbered

from keyrack import ABSENT, KeyDefinitionError, KeyrackError, KeyValueStore, MemoryStore, StoreKey

SECRET = "hunter2"  # noqa: S105  # what must not be seen


class Account(BaseModel):
    password: int


class Vault:
    """Tells its secret to everybody who asks how it is, and cannot be copied."""

    def __init__(self) -> None:
        self.password = SECRET

    def __repr__(self) -> str:
        return self.password

    def __deepcopy__(self, memo: object) -> Any:
        raise RuntimeError(f"cannot copy {self.password}")


def shout(value: object) -> Any:
    raise ValueError(f"{value} is no good")


def crash(value: object) -> Any:
    raise RuntimeError(f"no idea what {value} is") from KeyError(value)


def crash_wrapped(value: Any, handler: Any) -> Any:
    try:
        return handler(value)
    except ValueError as error:
        raise RuntimeError(f"{value} again") from error


VALUES: list[tuple[Any, Any]] = [
    (int, SECRET),
    (list[int], [1, SECRET]),
    (dict[str, int], {SECRET: SECRET}),
    (dict[str, int], {SECRET: 1, "b": SECRET}),
    (Account, {"password": SECRET}),
    (Account, Account.model_construct(password=SECRET)),
    (Annotated[str, Field(max_length=3)], SECRET),
    (Annotated[str, AfterValidator(shout)], SECRET),
    (Annotated[str, AfterValidator(crash)], SECRET),
    (Annotated[str, BeforeValidator(crash)], SECRET),
    (Annotated[str, PlainValidator(crash)], SECRET),
    (Annotated[int, WrapValidator(crash_wrapped)], SECRET),
    (list[Annotated[str, AfterValidator(crash)]], [SECRET]),
    (Vault, Vault()),
    (list[Vault], [Vault()]),
    (int | list[int], SECRET),
]
IDS = numbered(VALUES)
WIDE: StoreKey[Any] = StoreKey[Any]("k")


def secret_key(form: Any, **options: Any) -> StoreKey[Any]:
    key: StoreKey[Any] = StoreKey[form]("k", secret=True, **options)
    return key


def chain(error: BaseException) -> Iterator[BaseException]:
    """Give an error and all that hangs on it."""
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        one = todo.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            todo += [one.__cause__, one.__context__]


def everything_shown(error: BaseException) -> str:
    """Give all that anybody might print of an error."""
    texts = ["".join(traceback.format_exception(error))]
    for one in chain(error):
        texts += [str(one), repr(one), repr(one.args), repr(getattr(one, "__notes__", None))]
        texts += [repr(getattr(one, name, None)) for name in ("problems", "reason", "key", "expected", "stored", "got")]
        problems = getattr(one, "problems", None)
        texts.append(repr(problems() if callable(problems) else problems))
    for same in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        texts += [str(same), repr(vars(same))]
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "failed: %r", (error,), (type(error), error, None))
    texts.append(logging.Formatter().format(record))
    return "\n".join(texts)


def raised(act: Callable[[], object]) -> KeyrackError:
    with pytest.raises(KeyrackError) as caught:
        act()
    return caught.value


@pytest.mark.parametrize("kind", [MemoryStore, lambda: KeyValueStore(MemoryStore().backend)], ids=["short", "common"])
@pytest.mark.parametrize(("form", "value"), VALUES, ids=IDS)
def test_what_was_to_be_put_is_not_shown(form: Any, value: Any, kind: Any) -> None:
    key, store = secret_key(form), kind()

    for act in (
        lambda: store.put(key, value),
        lambda: store.put_many(key.to(value)),
        lambda: store.compare_and_set(key, ABSENT, value),
    ):
        error = raised(act)

        assert "'k'" in str(error)
        assert SECRET not in everything_shown(error)


@pytest.mark.parametrize(("form", "value"), VALUES, ids=IDS)
def test_what_an_update_gave_is_not_shown(form: Any, value: Any) -> None:
    key, store = secret_key(form), MemoryStore()
    store.put_shared(WIDE, None)

    error = raised(lambda: store.update(key, lambda _: value))

    assert SECRET not in everything_shown(error)


@pytest.mark.parametrize(("form", "value"), VALUES, ids=IDS)
def test_what_was_to_be_appended_is_not_shown(form: Any, value: Any) -> None:
    key, store = secret_key(list[form]), MemoryStore()

    for act in (lambda: store.append(key, value), lambda: store.extend(key, [value])):
        assert SECRET not in everything_shown(raised(act))


@pytest.mark.parametrize(("form", "value"), VALUES, ids=IDS)
def test_what_is_stored_is_not_shown(form: Any, value: Any) -> None:
    key, store = secret_key(form), MemoryStore()
    store.put_shared(WIDE, value)

    for act in (lambda: store.get(key), lambda: store.get_shared(key), lambda: store.get_many(key)):
        try:
            act()
        except KeyrackError as error:
            assert SECRET not in everything_shown(error)  # noqa: PT017  # some of them fit, and cannot be copied


@pytest.mark.parametrize(("form", "value"), VALUES, ids=IDS)
def test_a_default_is_not_shown(form: Any, value: Any) -> None:
    for act in (
        lambda: secret_key(form, default=value),
        lambda: secret_key(form, default_factory=lambda: value),
        lambda: secret_key(form).with_default(value),
    ):
        error = raised(act)

        assert isinstance(error, KeyDefinitionError)
        assert SECRET not in everything_shown(error)


def test_a_value_on_its_way_is_not_shown() -> None:
    key = secret_key(str)

    assert SECRET not in repr(key.to(SECRET))
    assert SECRET not in repr(key.with_default(SECRET))
    assert repr(key.to(SECRET)) == "StoreKey('k', str).to(a secret)"


def test_what_is_shown_in_place_of_a_secret_is_its_type() -> None:
    error = raised(lambda: MemoryStore().put(secret_key(int), SECRET))

    assert str(error) == (
        "cannot put 'k' (int) in MemoryStore: k does not fit, got a secret of type str; nothing was written"
    )


def test_the_value_of_a_key_that_is_no_secret_is_shown() -> None:
    key: StoreKey[Any] = StoreKey("k", int)

    error = raised(lambda: MemoryStore().put(key, SECRET))

    assert SECRET in everything_shown(error)
