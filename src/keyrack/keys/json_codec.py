"""Values as JSON: the default codec, which gives back what was put or refuses it.

How it works. A value that is written is read again and compared, unless its type is proven to lose nothing. A model
knows which of its fields it was given; JSON holds all of them, so where some were not given, their names stand beside
it, in the order in which one meets the models.

What was written under another type is read strictly under the type asked for, and must give the same JSON again: a
number is not taken for another kind of number, and nothing that is stored is left out. Fields that are new and have a
default may be missing.
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# The values here are of any type.

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from .._text import described, preview, type_name
from ..errors import Problem, Problems
from .codecs import RefusedError
from .envelope import DamagedError
from .identical import MISSING, Difference, difference
from .kinds import changed_kind, kinds_of
from .problems import MisfitError, NoJsonError

if TYPE_CHECKING:
    from .schema import JsonForm, Schema

_ADVICE = "store another type, or give the key a codec"


_KINDS = b"\n"
"""Stands between what is known of fields and the kinds."""

MAX_DIGITS = 4300
"""The most digits that an integer in JSON may have; pydantic's parser reads no more."""

MAX_DEPTH = 200
"""How deep JSON may be nested; pydantic's parser, which counts, reads no deeper."""

MAX_BYTES = 1 << 30
"""The longest JSON that is written or read."""

_MANY_DIGITS = b"0" * (MAX_DIGITS + 1)
_DIGITS_ALIKE = bytes.maketrans(b"123456789", b"000000000")


def _has_many_digits(text: bytes) -> bool:
    """Say whether there may be an integer of too many digits in *text*."""
    return len(text) > MAX_DIGITS and _MANY_DIGITS in text.translate(_DIGITS_ALIKE)


_REPLACED = "\N{REPLACEMENT CHARACTER}".encode()
"""What pydantic writes for each byte of half of a surrogate pair where a dict has it in a key."""


def _is_in_doubt(text: bytes) -> bool:
    """Say whether *text* may not be what a value is that is proven to lose nothing else."""
    return _has_many_digits(text) or _REPLACED in text


class JsonCodec:
    """Writes and reads values of one type.

    Args:
        schema: gives the type, when it is first needed.
    """

    name: str = "json"

    __slots__ = ("_form", "_schema")

    def __init__(self, schema: Callable[[], Schema]) -> None:
        self._schema = schema
        self._form: JsonForm | None = None

    @property
    def form(self) -> JsonForm:
        """How values of the type are written and read."""
        if self._form is None:
            self._form = self._schema().json
        return self._form

    def encode(self, value: Any, /) -> tuple[bytes, bytes]:
        """Give what is to be known of *value*, and its JSON.

        Raises:
            RefusedError: it would not come back as it is.
        """
        form = self._form or self.form
        try:
            text = form.write(value)
        except NoJsonError as error:
            raise RefusedError(f"cannot be written as JSON: {error}; {_ADVICE}") from error.__cause__
        if len(text) > MAX_BYTES:
            raise RefusedError(f"has {len(text):,} bytes as JSON; the most is {MAX_BYTES:,}; {_ADVICE}")
        about = _unset_in(value) if form.can_be_unset else b""
        if form.may_have_kinds and (kinds := kinds_of(value)):
            about += _KINDS + kinds
        if form.is_lossless is not None and form.is_lossless(value) and not _is_in_doubt(text):
            return about, text
        found = difference(value, self._again(about, text), ordered=False)  # JSON keeps it, but for typed dicts
        if found is not None:
            raise RefusedError(_loss(found), found.path)
        return about, text

    def _again(self, about: bytes, text: bytes) -> Any:
        try:
            return self.decoded(about, text, as_written=True)
        except MisfitError as error:
            problem = error.problems().found[0]
            raise RefusedError(f"would not be read again: it {problem.message}; {_ADVICE}", problem.path) from None
        except (NoJsonError, DamagedError) as error:
            raise RefusedError(f"would not be read again: {error}; {_ADVICE}") from None

    def decode(self, about: bytes, body: bytes | memoryview, /, *, shared: bool) -> Any:
        """Give the value of a JSON that was written under the same type."""
        return self.decoded(about, bytes(body), as_written=True)

    def decoded(self, about: bytes, text: bytes, *, as_written: bool) -> Any:
        """Give the value of a JSON.

        Args:
            about: what is known of it.
            text: the JSON.
            as_written: whether it was written under the same type.

        Raises:
            DamagedError: it is none.
            keyrack.keys.schema.MisfitError: it does not fit the type.
        """
        unset, _, kinds = about.partition(_KINDS)
        try:
            value = self.read(text, kinds, as_written=as_written)
            if unset:
                _unset(value, unset)
        except RecursionError:
            raise DamagedError("it is nested too deeply to be read where it was asked for") from None
        return value

    def read(self, text: bytes, kinds: bytes = b"", *, as_written: bool) -> Any:
        """Give the value of a JSON of which its kinds are known, but nothing of fields; raise as `decoded` does."""
        form = self._form or self.form
        if len(text) > MAX_BYTES:
            raise DamagedError(f"its JSON has {len(text):,} bytes; the most is {MAX_BYTES:,}")
        try:
            value = form.read(text) if as_written else form.read_other(text)
        except NoJsonError as error:
            raise DamagedError(f"its JSON cannot be read: {error}") from None
        if as_written:
            return value
        try:
            found = _missing(json.loads(form.write(value)), json.loads(text))
        except (NoJsonError, ValueError, RecursionError) as error:
            raise DamagedError(f"its JSON cannot be read: {error}") from None
        if found is not None:
            raise MisfitError(lambda: _conversion(found))
        as_read = kinds_of(value, as_read=True)
        if as_read != kinds:
            raise MisfitError(lambda: _other_kind(kinds, as_read))
        return value

    @staticmethod
    def is_plain(about: bytes, as_written: bool) -> bool:  # one of two conditions
        """Say whether a JSON may be read together with others: nothing that is known of it is needed."""
        return not about or (as_written and about.startswith(_KINDS))

    @staticmethod
    def joined(texts: list[bytes]) -> bytes:
        """Give one JSON list of several.

        Raises:
            DamagedError: one is no list.
        """
        if not all(text[:1] == b"[" and text[-1:] == b"]" and len(text) > 1 for text in texts):
            raise DamagedError("a part of it is no list")
        return b"[" + b",".join([text[1:-1] for text in texts if text != b"[]"]) + b"]"


def _loss(found: Difference) -> str:
    one, other = found.one, found.other
    if other is MISSING:
        return f"would be lost; {_ADVICE}"
    if type(one) is not type(other):
        return f"would come back as {type_name(type(other))}, not {type_name(type(one))}; {_ADVICE}"
    return f"would not come back as it is; {_ADVICE}"


# --- other types ------------------------------------------------------------------------------------


def _missing(new: Any, stored: Any) -> Difference | None:
    """Give a place where *new* does not say what *stored* says; what it says besides comes from defaults."""
    if type(new) is not type(stored):
        return Difference(stored, new)
    if isinstance(new, dict):
        for name, part in stored.items():
            found = _missing(new[name], part) if name in new else Difference(part, None)
            if found is not None:
                return found.below(name)
        return None
    if isinstance(new, list):
        return _missing_in_list(new, stored)
    return difference(stored, new)


def _missing_in_list(new: list[Any], stored: list[Any]) -> Difference | None:
    if len(new) != len(stored):
        return Difference(stored, new)
    for index, (part, stored_part) in enumerate(zip(new, stored, strict=True)):
        found = _missing(part, stored_part)
        if found is not None:
            # A set is written in any order.
            same = sorted(map(_canonical, new)) == sorted(map(_canonical, stored))
            return None if same else found.below(index)
    return None


def _canonical(part: Any) -> str:
    return json.dumps(part, sort_keys=True)


def _other_kind(stored: bytes, read: bytes) -> Problems:
    place, old, new = changed_kind(stored, read)
    said = f"should be kept as it was stored{_where(place)}: as {old}, not taken for {new}"
    return Problems((Problem((), said, None),), 0)


def _where(place: str) -> str:
    """Say in words where a place of `kinds_of` is."""
    path = place.removesuffix("{}").replace("*", "[…]")
    if place.endswith("{}"):
        return f" in the keys of {path}" if path else " in its keys"
    return f" at {path}" if path else ""


def _conversion(found: Difference) -> Problems:
    became = "" if found.other is None else f", not taken for {preview(found.other)}"
    return Problems((Problem(found.path, f"should be kept as it was stored{became}", described(found.one)),), 0)


# --- fields that a model was not given ---------------------------------------------------------------


def _models(value: Any) -> list[Any]:
    """Give every model in *value*, in an order that depends on nothing but the value.

    Raises:
        RefusedError: there is no such order: models in a set were given different fields.
    """
    found: list[Any] = []
    _collect([value], found)
    return found


def _collect(parts: Iterable[Any], found: list[Any]) -> None:
    for part in parts:
        cls = type(part)
        if cls in _FLAT:
            continue
        if cls is list or cls is tuple:
            _collect(part, found)
            continue
        if isinstance(part, AbstractSet):
            before = len(found)
            _collect(part, found)
            if len(set(map(_not_given, found[before:]))) > 1:
                raise RefusedError(f"holds a set of models that were given different fields; {_ADVICE}")
            continue
        if hasattr(cls, "__pydantic_fields_set__"):
            found.append(part)
        _collect(_parts(cls, part), found)


def _parts(cls: Any, value: Any) -> Iterable[Any]:
    """Give what *value* is made of, in order."""
    if hasattr(cls, "__pydantic_fields_set__"):
        held = value.__dict__
        return [*map(held.get, cls.__pydantic_fields__), value.__pydantic_extra__]
    if isinstance(value, Mapping):
        return [value[name] for name in sorted(value, key=repr)]  # typed dicts come back in another order
    if isinstance(value, list | tuple | deque):
        return value
    if hasattr(cls, "__dataclass_fields__"):
        return [getattr(value, name, None) for name in cls.__dataclass_fields__]
    return ()


_FLAT = frozenset({int, str, float, bool, bytes, complex, type(None)})


def _unset_in(value: Any) -> bytes:
    """Give the names of the fields that the models in *value* were not given; nothing where there are none."""
    names = [_not_given(model) for model in _models(value)]
    if not any(names):
        return b""
    return _written_runs(tuple((len(list(same)), run) for run, same in groupby(names)))


@lru_cache(256)
def _written_runs(runs: tuple[tuple[int, tuple[str, ...]], ...]) -> bytes:
    return json.dumps(runs, separators=(",", ":")).encode()


@lru_cache(256)
def _read_runs(about: bytes) -> list[tuple[int, frozenset[str]]]:
    try:
        return [(int(count), frozenset(names)) for count, names in json.loads(about)]
    except (ValueError, TypeError, RecursionError):
        raise DamagedError("what is said of the fields cannot be read") from None


def _not_given(model: Any) -> tuple[str, ...]:
    given, known = model.__pydantic_fields_set__, type(model).__pydantic_fields__
    return () if known.keys() <= given else tuple(name for name in known if name not in given)


def _unset(value: Any, about: bytes) -> None:
    """Take from the models in *value* that they were given all fields.

    Raises:
        DamagedError: *about* is not what `_unset_in` gives.
    """
    names_of = (names for count, names in _read_runs(about) for _ in range(count))
    for model, names in zip(_models(value), names_of, strict=False):
        if names:
            model.__pydantic_fields_set__.difference_update(names)
