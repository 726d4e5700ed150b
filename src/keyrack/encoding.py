"""Between values and bytes: what a store does where its backend holds bytes, and what it says when that fails.

How it works: a value that fits its key is encoded by `keyrack.keys.codec` into a piece, and the type is kept beside it
as a text. Whatever is encoded is decoded when it is read, wherever it lies: a snapshot of a store of bytes may have
been restored in one of objects.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn, cast

from .backends.spi import Encoded, Entry, Piece
from .errors import AppendTypeMismatchError, CorruptValueError, Problem, Problems, TypeMismatchError
from .keys.key import StoreKey
from .refusing import ITEM, Refusing

if TYPE_CHECKING:
    from .keys.schema import Schema


@cache
def _codec() -> Any:
    """Give the module of the codec, which a store of objects does not need."""
    return import_module(".keys.codec", __package__)


def encoded(label: str, verb: str, key: StoreKey[Any], value: object, *, subject: str | None = None) -> Entry:
    """Make an entry of bytes of a value that fits.

    Args:
        label: the store.
        verb: what was asked for.
        key: under which key.
        value: the value, which nobody changes meanwhile.
        subject: what the path in a message starts from, where it is not the key.

    Raises:
        TypeMismatchError: what would come back is not what was given.
    """
    codec = _codec()
    try:
        head, body = codec.encode(key, value)
    except codec.RefusedError as error:
        # A step of the path may be a part of the value.
        path = () if key.secret else error.path[1:] if subject == ITEM else error.path
        reason = "a part of it would not come back as it is" if key.secret else f"it {error.reason}"
        kind = AppendTypeMismatchError if verb == "append" else TypeMismatchError
        raise kind(
            action=verb,
            key=key.name,
            expected=key.type_text,
            store=label,
            problems=Problems((Problem(path, f"cannot be stored: {reason}", None),), 0),
            subject=subject,
        ) from error.__cause__
    return Entry(Encoded(Piece(head, body)), codec.stamp_of(key))


def decoded(label: str, verb: str, key: StoreKey[Any], entry: Entry, *, shared: bool = False) -> Any:
    """Give the value of an entry of bytes.

    Args:
        label: the store.
        verb: what was asked for.
        key: under which key.
        entry: what lay there.
        shared: whether the value may lie where the bytes lie, and is not to be changed then.

    Raises:
        CorruptValueError: the bytes are not those that were written.
        TypeMismatchError: it was put under another type, and does not fit this one.
    """
    payload: Any = entry.payload
    try:
        return _codec().decode(key, payload.pieces, entry.stamp, shared=shared)
    except Exception as error:  # noqa: BLE001  # what it is not about goes on
        _refuse(label, verb, key, entry, error)


def _refuse(label: str, verb: str, key: StoreKey[Any], entry: Entry, error: Exception) -> NoReturn:
    """Raise the store's error for one of the codec."""
    codec = _codec()
    if isinstance(error, codec.DamagedError):
        damage = CorruptValueError(key=key.name, store=label, reason=str(error))
        damage.__context__ = None  # it may hold what is secret
        raise damage from (None if key.secret else error.__cause__)
    stamp = cast("str", entry.stamp)
    is_other = stamp != codec.stamp_of(key)
    facts: dict[str, Any] = {}
    if is_other:
        written = codec.facts_of(pieces_of(entry)[0].head).written
        facts = {"stored": codec.type_text(stamp), "written": written, "was_secret": codec.is_secret(stamp)}
    with Refusing(label, verb, key, None, **facts):
        raise error


def encoded_again(label: str, name: str, entry: Entry) -> Entry:
    """Give an entry of a snapshot as bytes, if it is not of bytes already.

    Raises:
        TypeMismatchError: what would come back is not what was given.
    """
    if type(entry.payload) is Encoded:
        return entry
    make: Any = StoreKey
    key: StoreKey[Any]
    if isinstance(entry.stamp, type):
        key = make(name, entry.stamp)
    else:
        schema = cast("Schema", entry.stamp)
        key = make(name, schema.form, strict=schema.strict, secret=schema.secret, codec=schema.codec)
    return encoded(label, "restore", key, entry.payload)


def pieces_of(entry: Entry) -> tuple[Piece, ...]:
    """Give the pieces of an entry of bytes."""
    return cast("Encoded", entry.payload).pieces
