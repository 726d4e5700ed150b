"""Bytes that are not what was written: whatever they are, the value comes out, or an error that says what is wrong."""

import inspect
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from keyrack import StoreKey
from keyrack.keys.codec import DamagedError, decode, encode, facts_of, stamp_of, type_text
from keyrack.keys.envelope import context_sum, read_head, write_head
from keyrack.keys.identical import identical
from keyrack.keys.schema import MisfitError


class Plain(BaseModel):
    number: int
    name: str = "x"


VALUES: dict[str, tuple[Any, Any]] = {
    "int": (int, 12345),
    "text": (str, "abcdefgh"),
    "bytes": (bytes, b"\0\1\2"),
    "bytearray": (bytearray, bytearray(b"\0\1\2")),
    "model": (Plain, Plain(number=3)),
    "list": (list[float], [1.5, 2.5]),
    "array": (np.ndarray, np.arange(6.0).reshape(2, 3)),
    "structured array": (np.ndarray, np.zeros(2, [("a", "i4"), ("b", "f8", (2,))])),
}
every = pytest.mark.parametrize("name", VALUES)


def _key(name: str) -> StoreKey[Any]:
    return StoreKey("k", VALUES[name][0])


def _outcome(key: StoreKey[Any], head: bytes, body: bytes, stamp: str, *, shared: bool = False) -> Any:
    """Give what comes out: the value, or the error."""
    try:
        return decode(key, [(head, body)], stamp, shared=shared)
    except (DamagedError, MisfitError) as error:
        return error


def _forged(key: StoreKey[Any], codec: str, about: bytes, body: bytes, stamp: str) -> tuple[bytes, bytes]:
    """Give a piece whose sums are right, whatever it holds."""
    return write_head(codec.encode(), about, body, bytes(8), context_sum(key.name, stamp)), body


def _truncations(data: bytes) -> Iterator[bytes]:
    yield from (data[:length] for length in range(len(data)))
    yield data + b"\0"


def _flips(data: bytes) -> Iterator[bytes]:
    for position in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[position // 8] ^= 1 << position % 8
        yield bytes(flipped)


@every
def test_each_truncation_and_each_flipped_bit_is_damage(name: str) -> None:
    key = _key(name)
    head, body = encode(key, VALUES[name][1])
    stored, stamp = bytes(body), stamp_of(key)

    for changed in (*_truncations(head), *_flips(head)):
        assert isinstance(_outcome(key, changed, stored, stamp), DamagedError)
    for changed in (*_truncations(stored), *_flips(stored)):
        assert isinstance(_outcome(key, head, changed, stamp), DamagedError)


@every
def test_a_changed_body_that_is_shared_is_damage_where_it_is_read_as_a_whole(name: str) -> None:
    key = _key(name)
    head, body = encode(key, VALUES[name][1])

    for changed in (*_truncations(bytes(body)), *_flips(bytes(body))):
        outcome = _outcome(key, head, changed, stamp_of(key), shared=True)
        assert isinstance(outcome, DamagedError) or "array" in name


@every
def test_a_changed_body_with_a_right_sum_gives_a_value_or_a_known_error(name: str) -> None:
    key = _key(name)
    head, body = encode(key, VALUES[name][1])
    read, stamp = read_head(head), stamp_of(key)

    for asked in (stamp, "other 0123456789abcdef"):
        for changed in (*_truncations(bytes(body)), *_flips(bytes(body))):
            _outcome(key, *_forged(key, read.codec, read.about, changed, asked), asked)
        for changed in (*_truncations(read.about), *_flips(read.about)):
            _outcome(key, *_forged(key, read.codec, changed, bytes(body), asked), asked)


@pytest.mark.parametrize("codec", ["json", "text", "bytes", "array", "arrow", "unsafe-pickle", "", "no such codec"])
@settings(max_examples=100, deadline=None)
@given(about=st.binary(max_size=40), body=st.binary(max_size=60), name=st.sampled_from(sorted(VALUES)))
def test_any_bytes_with_right_sums_give_a_value_or_a_known_error(
    codec: str, about: bytes, body: bytes, name: str
) -> None:
    key = _key(name)

    for stamp in (stamp_of(key), "other 0123456789abcdef"):
        _outcome(key, *_forged(key, codec, about, body, stamp), stamp)


@settings(max_examples=300, deadline=None)
@given(head=st.binary(max_size=80) | st.binary(max_size=80).map(lambda rest: b"KRv\1" + rest), body=st.binary())
def test_random_bytes_are_damage(head: bytes, body: bytes) -> None:
    key = _key("int")

    assert isinstance(_outcome(key, head, body, stamp_of(key)), DamagedError)
    with suppress(DamagedError):
        facts_of(head)


def test_random_heads_of_every_length_are_damage() -> None:
    key, chance = _key("int"), random.Random(1)  # noqa: S311  # bytes for a test

    for length in range(200):
        assert isinstance(_outcome(key, b"KRv\1" + chance.randbytes(length), b"1", stamp_of(key)), DamagedError)


# --- which damage it is ----------------------------------------------------------------------------------


def _reason(head: bytes, body: bytes | memoryview, stamp: str | None = None) -> str:
    key = _key("int")
    with pytest.raises(DamagedError) as caught:
        decode(key, [(head, body)], stamp or stamp_of(key), shared=False)
    return caught.value.reason


def test_the_reason_says_what_is_wrong() -> None:
    head, body = encode(_key("int"), 12345)

    assert _reason(b"SQLite format 3\0" * 4, body) == "it was not written by keyrack"
    assert _reason(b"", body).startswith("it is truncated")
    assert _reason(b"PK", body) == "it was not written by keyrack"
    assert _reason(head[:20], body).startswith("it is truncated: 20 bytes of")
    assert _reason(head[:-1], body).startswith("it is truncated")
    assert _reason(head, bytes(body)[:2]) == "it is truncated: 2 bytes of 5"
    assert _reason(head, bytes(body) + b"1") == "its body has 6 bytes instead of 5"
    assert _reason(head, b"12346") == "the checksum of its body is wrong"
    assert _reason(head[:3] + b"\7" + head[4:], body).startswith("it is in the newer format 7")
    assert _reason(head, body, "str 0123456789abcdef") == "the checksum of its head, name and type is wrong"


def test_a_piece_under_another_name_is_damage() -> None:
    one, other = StoreKey("one", int), StoreKey("other", int)

    with pytest.raises(DamagedError, match="name and type"):
        decode(other, [encode(one, 1)], stamp_of(other), shared=False)


def test_no_piece_at_all_is_damage() -> None:
    with pytest.raises(DamagedError, match="nothing"):
        decode(_key("int"), [], stamp_of(_key("int")), shared=False)


def test_pieces_of_which_one_is_no_list_are_damage() -> None:
    key: StoreKey[Any] = StoreKey("k", Any)

    for parts in ([[1], 2], ["a", [1]], [[1], {"a": 1}], [{"a": 1}, [1]]):
        with pytest.raises(DamagedError, match="no list"):
            decode(key, [encode(key, part) for part in parts], stamp_of(key), shared=False)


def test_pieces_that_are_a_list_only_together_are_damage() -> None:
    key: StoreKey[Any] = StoreKey("k", list[int])
    stamp = stamp_of(key)

    for bodies in ([b"[1],[2]", b"[3]"], [b"[[1]", b"[2]]"], [b"[1]", b"[]]"], [b"[", b"]"], [b"[1,]", b"[2]"]):
        pieces = [_forged(key, "json", b"", body, stamp) for body in bodies]
        with pytest.raises((DamagedError, MisfitError)):
            decode(key, pieces, stamp, shared=False)


# --- hostile values with right sums -----------------------------------------------------------------------

BOMBS = {
    "deep lists": b"[" * 10**6,
    "deep lists, closed": b"[" * 10**6 + b"]" * 10**6,
    "as deep as may be": b"[" * 200 + b"]" * 200,
    "deep objects": b'{"a":' * 10**6,
    "many digits": b"9" * 10**6,
    "many digits in text": b'"' + b"9" * 10**6 + b'"',
    "huge exponent": b"1e" + b"9" * 10**5,
    "many digits after the point": b"1." + b"9" * 10**6,
    "no text": b'"\xff\xfe"',
    "half of a pair": b'"\\ud800"',
    "nothing": b"",
    "null byte": b"\0",
}


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("form", [Any, int, float, str, list[Any], dict[str, Any], Plain])
@pytest.mark.parametrize("stamp", [None, "other 0123456789abcdef"])
def test_json_made_to_break_a_parser_breaks_nothing(bomb: str, form: Any, stamp: str | None) -> None:
    key: StoreKey[Any] = StoreKey("k", form)
    asked = stamp or stamp_of(key)

    _outcome(key, *_forged(key, "json", b"", BOMBS[bomb], asked), asked)


@pytest.mark.parametrize("form", [Any, list[Any]])
def test_a_million_brackets_are_damage(form: Any) -> None:
    key: StoreKey[Any] = StoreKey("k", form)
    stamp = stamp_of(key)

    with pytest.raises(DamagedError, match="recursion limit"):
        decode(key, [_forged(key, "json", b"", BOMBS["deep lists"], stamp)], stamp, shared=False)


ABOUTS = [
    b'{"dtype":"O","shape":[1],"order":"C"}',
    b'{"dtype":"|O","shape":[1],"order":"C"}',
    b'{"dtype":[["a","O"]],"shape":[1],"order":"C"}',
    b'{"dtype":"<i8","shape":[-1],"order":"C"}',
    b'{"dtype":"<i8","shape":[true],"order":"C"}',
    b'{"dtype":"<i8","shape":[1.0],"order":"C"}',
    b'{"dtype":"<i8","shape":[99999999999999999999,0],"order":"C"}',
    b'{"dtype":"<i8","shape":' + b"[" + b"1," * 200 + b"1]" + b',"order":"C"}',
    b'{"dtype":"<i8","shape":[1],"order":"K"}',
    b'{"dtype":"<i8","shape":"11","order":"C"}',
    b'{"dtype":"i8,O","shape":[1],"order":"C"}',
    b'{"dtype":' + b"[" * 10**5 + b"}",
    b'{"dtype":[["a","<i8",[-1]]],"shape":[1],"order":"C"}',
    b'{"dtype":"U99999999999","shape":[1],"order":"C"}',
    b'{"dtype":"V0","shape":[99999999999999],"order":"C"}',
    b"[]",
    b"null",
]


@pytest.mark.parametrize("about", ABOUTS, ids=[str(number) for number in range(len(ABOUTS))])
def test_words_on_an_array_that_cannot_be_true_are_damage(about: bytes) -> None:
    key = _key("array")
    stamp = stamp_of(key)

    with pytest.raises(DamagedError, match="of the array"):
        decode(key, [_forged(key, "array", about, bytes(8), stamp)], stamp, shared=False)


@pytest.mark.parametrize("about", [b"{}", b"[1]", b"[[1]]", b'[["a",["name"]]]', b"[" * 10**5, b"\xff", b"[[1,[[]]]]"])
def test_words_on_fields_that_cannot_be_read_are_damage(about: bytes) -> None:
    key = _key("model")
    stamp = stamp_of(key)
    piece = _forged(key, "json", about, b'{"number":1,"name":"x"}', stamp)

    outcome = _outcome(key, *piece, stamp)

    assert isinstance(outcome, DamagedError) or outcome == Plain(number=1)


def test_a_count_of_models_beyond_all_measure_costs_nothing() -> None:
    key = _key("model")
    stamp = stamp_of(key)
    piece = _forged(key, "json", b'[[99999999999999999,["name"]]]', b'{"number":1,"name":"x"}', stamp)

    assert identical(Plain(number=1), decode(key, [piece], stamp, shared=False))


class Tree(BaseModel):
    below: "list[Tree]" = []


def _tree(depth: int) -> Tree:
    return Tree(below=[_tree(depth - 1)]) if depth else Tree()


def _at_depth(depth: int, run: Callable[[], Any]) -> Any:
    """Call *run* at the end of a long chain of calls."""
    return _at_depth(depth - 1, run) if depth else run()


def test_a_deep_value_asked_for_at_the_end_of_the_stack_comes_out_or_is_a_known_error() -> None:
    key, value = StoreKey("k", Tree), _tree(95)
    head, body = encode(key, value)
    stored, stamp = bytes(body), stamp_of(key)
    other = _forged(key, "json", b"", stored, "other 0123456789abcdef")
    room = sys.getrecursionlimit() - len(inspect.stack(0))

    for depth in range(50, room - 50, 50):
        outcome = _at_depth(depth, lambda: _outcome(key, head, stored, stamp))
        assert isinstance(outcome, Tree | DamagedError | MisfitError)
        outcome = _at_depth(depth, lambda: _outcome(key, *other, "other 0123456789abcdef"))
        assert isinstance(outcome, Tree | DamagedError | MisfitError)


# --- other details ------------------------------------------------------------------------------------------


def test_a_head_written_at_no_time_is_damage_for_who_asks_when() -> None:
    head = bytearray(encode(_key("int"), 1)[0])
    head[12:20] = b"\xff" * 7 + b"\x7f"
    head[-4:] = crc32(head[:-4], context_sum("k", stamp_of(_key("int")))).to_bytes(4, "little")

    with pytest.raises(DamagedError, match="no time"):
        facts_of(bytes(head))


def test_the_text_of_a_type_is_the_stamp_without_the_fingerprint() -> None:
    assert type_text(stamp_of(StoreKey("k", dict[str, int]))) == "dict[str, int]"
    assert type_text("") == ""
    assert type_text("int") == "int"
