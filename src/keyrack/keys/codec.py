"""The codec: values to bytes and back, with nothing lost, or refused.

How it works. A value is stored as a *head* (see `keyrack.keys.envelope`) and a *body*, the bare value. What makes the
body is a `Codec`; its name stands in the head. Text, bytes and numpy arrays are stored as they lie in memory;
everything else goes through JSON, read again and compared before it is accepted (see `keyrack.keys.json_codec`). A key
may bring a codec of its own.

The type comes from the key, never from the data: what is read is decoded by one of the codecs here or by that of the
key, and never by one that a name in the data asks for.

This module does no I/O and knows no backend.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from .._text import path_text, told, type_name
from ..errors import KeyrackError
from .codecs import RAW, Codec, RefusedError, raw_codec
from .envelope import DamagedError, Head, check_body, context_sum, read_head, write_head
from .fingerprint import describe_class
from .forms import NoClass, exact_class
from .json_codec import JsonCodec

if TYPE_CHECKING:
    from .key import StoreKey

__all__ = [
    "Codec",
    "DamagedError",
    "Facts",
    "RefusedError",
    "decode",
    "encode",
    "facts_of",
    "is_secret",
    "stamp_of",
    "type_text",
]


class Facts(NamedTuple):
    """What can be told of a stored piece without its key."""

    codec: str
    """The name of the codec that made the body."""
    written: datetime
    """When it was written, in UTC."""
    size: int
    """How many bytes the body has."""


_MARK = "-secret"
"""Ends the stamp of a key whose values are secret."""


class _Plan(NamedTuple):
    """What is made once for each declaration."""

    stamp: str
    fingerprint: bytes
    codec: Codec | None
    json: JsonCodec


_context_sum = functools.lru_cache(4096)(context_sum)


def encode(key: StoreKey[Any], value: object, /) -> tuple[bytes, bytes | memoryview]:
    """Give the head and the body of *value*, which fits *key*.

    Raises:
        RefusedError: it would not come back as it is.
    """
    plan = key.declaration.plan or _plan_of(key)
    codec = plan.codec or raw_codec(type(value)) or plan.json
    try:
        about, body = codec.encode(value)
        context = _context_sum(key.name, plan.stamp)
        head = write_head(codec.name.encode(), about, body, plan.fingerprint, context)
    except KeyrackError:  # the key cannot be used at all, or a package is missing
        raise
    except RefusedError as error:
        refused: Exception = error
    except Exception as error:
        if plan.codec is None:  # none of ours: a signal handler's, say
            raise
        refused = error
    else:
        return head, body
    raise _refusal(key, codec, refused) from (None if key.secret else refused.__cause__ or refused)


def _refusal(key: StoreKey[Any], codec: Codec, error: Exception) -> RefusedError:
    reason: str = f"is refused by its codec {codec.name!r}: {told(error)}"
    path: tuple[str | int, ...] = ()
    if isinstance(error, RefusedError):
        reason, path = error.reason, error.path
    if key.secret:  # both may hold a part of the value
        reason, path = "would not come back as it is; store another type, or give the key a codec", ()
    return RefusedError(reason, path, text=f"{path_text(key.name, path)} {reason}")


def decode(
    key: StoreKey[Any], pieces: Sequence[tuple[bytes, bytes | memoryview]], stamp: str, /, *, shared: bool
) -> Any:
    """Give the value that *pieces* hold.

    Args:
        key: the key under which they lie.
        pieces: head and body of each; several are lists to be joined.
        stamp: the stamp that lies beside them.
        shared: whether the value may be a read-only view on the bytes; where it is, they are not verified.

    Raises:
        DamagedError: they are not what was written.
        keyrack.keys.schema.MisfitError: they were written under another type, and do not fit that of *key*.
    """
    plan = key.declaration.plan or _plan_of(key)
    context = _context_sum(key.name, stamp)
    as_written = stamp == plan.stamp or stamp.removesuffix(_MARK) == plan.stamp.removesuffix(_MARK)
    if len(pieces) == 1:
        ((written, body),) = pieces
        head = _read(written, body, context, shared=shared)
        return _decode_one(key, plan, head, body, as_written=as_written, shared=shared)
    if not pieces:
        raise DamagedError("there is nothing of it")
    heads = [_read(written, body, context, shared=shared) for written, body in pieces]
    are_plain = all(head.codec == JsonCodec.name and JsonCodec.is_plain(head.about, as_written) for head in heads)
    if are_plain and not _asks_for(plan, JsonCodec.name):
        joined = plan.json.joined([bytes(body) for _, body in pieces])
        return _checked(key, plan.json.read(joined, as_written=as_written), as_written=as_written)
    value: list[Any] = []
    for head, (_, body) in zip(heads, pieces, strict=True):
        part: Any = _decode_one(key, plan, head, body, as_written=as_written, shared=shared)
        if type(part) is not list:
            raise DamagedError("a part of it is no list")
        value += part
    return _checked(key, value, as_written=as_written)


def _read(written: bytes, body: bytes | memoryview, context: int, *, shared: bool) -> Head:
    head = read_head(written, context)
    check_body(head, body, deep=not shared or not _may_be_a_view(head))
    return head


def _may_be_a_view(head: Head) -> bool:
    """Say whether the value may lie on the bytes, so that not all of them are read now."""
    return head.codec not in _WHOLLY_READ or head.about == b"memoryview"


_WHOLLY_READ = frozenset({JsonCodec.name, "text", "bytes"})


def _asks_for(plan: _Plan, codec: str) -> bool:
    return plan.codec is not None and plan.codec.name == codec


def _decode_one(
    key: StoreKey[Any], plan: _Plan, head: Head, body: bytes | memoryview, *, as_written: bool, shared: bool
) -> Any:
    value: Any
    if plan.codec is not None and plan.codec.name == head.codec:
        return _checked(key, _decoded_by(plan.codec, key, head, body, shared=shared), as_written=False)
    if head.codec == JsonCodec.name:
        value = plan.json.decoded(head.about, bytes(body), as_written=as_written)
    elif head.codec in RAW:
        value = RAW[head.codec].decode(head.about, body, shared=shared)
    else:
        raise DamagedError(f"it was written by the codec {head.codec!r}, for which key {key.name!r} does not ask")
    return value if as_written else _checked(key, value, as_written=False)


def _decoded_by(codec: Codec, key: StoreKey[Any], head: Head, body: bytes | memoryview, *, shared: bool) -> Any:
    """Decode by a codec that may be a stranger's."""
    try:
        return codec.decode(head.about, body, shared=shared)
    except KeyrackError:  # a package is missing
        raise
    except Exception as error:  # noqa: BLE001  # a stranger's code
        failure = error
    if key.secret:  # what it says may hold a part of the value
        raise DamagedError(f"its codec {codec.name!r} cannot read it")
    if isinstance(failure, DamagedError):
        raise failure
    raise DamagedError(f"its codec {codec.name!r} failed: {told(failure)}") from failure


def _checked(key: StoreKey[Any], value: Any, *, as_written: bool) -> Any:
    """Give *value* if it fits, which is known where it was written under the type of *key*."""
    if not as_written and type(value) is not key.exact:
        key.schema.check(value)
    return value


def stamp_of(key: StoreKey[Any], /) -> str:
    """Give the text of the type of *key*, a space, and 16 hexadecimal digits that tell types of one text apart.

    After those of a key whose values are secret stands that they are.
    """
    plan: _Plan = key.declaration.plan or _plan_of(key)
    return plan.stamp


def is_secret(stamp: str, /) -> bool:
    """Say whether a stamp is that of a key whose values are secret."""
    return stamp.endswith(_MARK)


def type_text(stamp: str, /) -> str:
    """Give the text of the type out of a stamp."""
    return stamp.rpartition(" ")[0] or stamp


def facts_of(head: bytes, /) -> Facts:
    """Give what a head tells.

    Raises:
        DamagedError: it is none.
    """
    read = read_head(head)
    return Facts(read.codec, read.time, read.size)


def _plan_of(key: StoreKey[Any]) -> _Plan:
    declaration = key.declaration
    text = type_name(declaration.form)
    fingerprint = blake2b(_description(key, text).encode("utf-8", "surrogatepass"), digest_size=8)
    stamp = f"{text} {fingerprint.hexdigest()}" + (_MARK if key.secret else "")
    plan = _Plan(stamp, fingerprint.digest(), declaration.codec, JsonCodec(lambda: declaration.schema))
    declaration.plan = plan
    return plan


def _description(key: StoreKey[Any], text: str) -> str:
    exact = exact_class(key.declaration.form)
    try:
        return key.declaration.schema.description() if exact is NoClass else describe_class(exact)
    except Exception:  # noqa: BLE001  # a put must not fail for it: the text tells most types apart, too
        return text
