"""The option ``codec=``: a codec of the key's own, and those that a key has to ask for."""

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest

from keyrack import KeyFamily, KeyRegistry, MemoryStore, StoreKey
from keyrack.errors import KeyDefinitionError
from keyrack.keys.codec import DamagedError, RefusedError, decode, encode, facts_of, stamp_of
from keyrack.keys.pickle_codec import UnsafePickleCodec
from keyrack.keys.schema import MisfitError


class Point:
    def __init__(self, x: int) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Point) and self.x == other.x

    __hash__ = None  # type: ignore[assignment]


class PointCodec:
    """Stores points as text."""

    name: str = "point"

    def encode(self, value: Point, /) -> tuple[bytes, bytes]:
        if value.x < 0:
            raise RefusedError("is left of the origin", ("x",))
        return b"v1", b"%d" % value.x

    def decode(self, about: bytes, body: bytes | memoryview, /, *, shared: bool) -> Point:
        if about != b"v1":
            raise DamagedError("it is of another version")
        return Point(int(bytes(body)))


class Keys(KeyRegistry):
    point: StoreKey[Point] = StoreKey(codec=PointCodec())
    points: KeyFamily[int, Point] = KeyFamily(codec=PointCodec())


def _read(key: StoreKey[Any], piece: tuple[bytes, bytes | memoryview], stamp: str | None = None) -> Any:
    return decode(key, [piece], stamp or stamp_of(key), shared=False)


POINT = StoreKey("point", Point, codec=PointCodec())


def test_a_key_stores_by_its_own_codec() -> None:
    head, body = encode(POINT, Point(3))

    assert (facts_of(head).codec, body) == ("point", b"3")
    assert _read(POINT, (head, body)) == Point(3)


def test_keys_of_registries_and_families_store_by_their_own_codec() -> None:
    for key in (Keys.point, Keys.points[3]):
        assert _read(key, encode(key, Point(3))) == Point(3)


def test_the_codec_is_an_option_of_the_key_that_copies_and_pickles_keep() -> None:
    codec = PointCodec()
    key = StoreKey("p", Point, codec=codec)

    assert key.options()["codec"] is codec
    assert key.with_default(Point(1)).options()["codec"] is codec
    assert copy.copy(key).options()["codec"] is codec
    assert StoreKey("p", Point).options()["codec"] is None
    for again in (pickle.loads(pickle.dumps(key)), pickle.loads(pickle.dumps(Keys.point))):
        assert isinstance(again.options()["codec"], PointCodec)


@pytest.mark.parametrize("codec", [3, PointCodec, "json", object()])
def test_what_is_no_codec_is_refused_where_the_key_is_declared(codec: Any) -> None:
    with pytest.raises(KeyDefinitionError, match="a codec has encode, decode and a name"):
        StoreKey("k", Point, codec=codec)


@pytest.mark.parametrize("name", ["", "a" * 33, "a b", "ä", "a\n", 3, None])
def test_a_codec_with_an_odd_name_is_refused_where_the_key_is_declared(name: Any) -> None:
    codec = PointCodec()
    codec.name = name

    with pytest.raises(KeyDefinitionError, match="a name of letters"):
        StoreKey("k", Point, codec=codec)


@pytest.mark.parametrize("name", ["json", "text", "bytes", "array"])
def test_a_codec_with_a_name_of_keyracks_own_is_refused_where_the_key_is_declared(name: str) -> None:
    codec = PointCodec()
    codec.name = name

    with pytest.raises(KeyDefinitionError, match=f"a codec named '{name}' would be taken for keyrack's own"):
        StoreKey("k", Point, codec=codec)


def test_a_codec_may_refuse_and_says_where() -> None:
    with pytest.raises(RefusedError, match=r"^point\.x is left of the origin$") as caught:
        encode(POINT, Point(-1))

    assert (caught.value.reason, caught.value.path) == ("is left of the origin", ("x",))


class Failing(PointCodec):
    def encode(self, value: Point, /) -> tuple[bytes, bytes]:
        raise ZeroDivisionError("hunter2")

    def decode(self, about: bytes, body: bytes | memoryview, /, *, shared: bool) -> Point:
        raise ZeroDivisionError("hunter2")


def test_a_codec_that_fails_refuses_when_writing_and_finds_damage_when_reading() -> None:
    failing = StoreKey("point", Point, codec=Failing())

    with pytest.raises(RefusedError, match="is refused by its codec 'point': ZeroDivisionError: hunter2"):
        encode(failing, Point(1))
    with pytest.raises(DamagedError, match="'point' failed: ZeroDivisionError: hunter2"):
        _read(failing, encode(POINT, Point(1)))


def test_the_failure_of_a_codec_does_not_tell_a_secret() -> None:
    failing = StoreKey("point", Point, codec=Failing(), secret=True)

    with pytest.raises(RefusedError) as refused:
        encode(failing, Point(1))
    with pytest.raises(DamagedError) as damaged:
        _read(failing, encode(POINT, Point(1)))
    for error in (refused.value, damaged.value):
        assert "hunter2" not in str(error)
        assert error.__cause__ is None


class Liar(PointCodec):
    def encode(self, value: Point, /) -> Any:
        return "text", value


def test_a_codec_that_gives_no_bytes_refuses() -> None:
    with pytest.raises(RefusedError, match="refused by its codec 'point'"):
        encode(StoreKey("k", Point, codec=Liar()), Point(1))


def test_what_a_codec_wrote_is_not_read_without_it() -> None:
    piece = encode(POINT, Point(3))
    stamp = stamp_of(POINT)
    without: StoreKey[Any] = StoreKey("point", Point)

    with pytest.raises(DamagedError, match="codec 'point', for which key 'point' does not ask"):
        decode(without, [piece], stamp, shared=False)


def test_a_key_that_got_a_codec_reads_what_was_written_before() -> None:
    before = StoreKey("k", list[int])
    after = StoreKey("k", list[int], codec=UnsafePickleCodec())
    first, second = encode(before, [1]), encode(after, [2])

    assert _read(after, first) == [1]
    assert decode(after, [first, second], stamp_of(after), shared=False) == [1, 2]


def test_what_an_own_codec_reads_under_another_type_is_checked() -> None:
    writer: StoreKey[Any] = StoreKey("k", int, codec=UnsafePickleCodec())
    reader: StoreKey[Any] = StoreKey("k", str, codec=UnsafePickleCodec())

    with pytest.raises(MisfitError):
        decode(reader, [encode(writer, 1)], stamp_of(writer), shared=False)


def test_a_memory_store_needs_no_codec() -> None:
    store = MemoryStore()
    store.put(StoreKey("k", Point, codec=Failing()), Point(1))

    assert store.get(StoreKey("k", Point)) == Point(1)


# --- pickle ----------------------------------------------------------------------------------------------------


class Bomb:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("form", [Any, int, str, bytes, list[int], Point, Bomb])
def test_a_pickle_is_never_run_by_a_key_that_does_not_ask_for_it(form: Any, tmp_path: Path) -> None:
    bomb = tmp_path / "went off"
    writer: StoreKey[Any] = StoreKey("k", Any, codec=UnsafePickleCodec())
    head, body = encode(writer, Bomb(bomb))
    reader: StoreKey[Any] = StoreKey("k", form)

    with pytest.raises(DamagedError, match="'unsafe-pickle', for which key 'k' does not ask"):
        decode(reader, [(head, body)], stamp_of(writer), shared=False)
    with pytest.raises(DamagedError, match="does not ask"):
        decode(reader, [(head, body), (head, body)], stamp_of(writer), shared=False)
    assert not bomb.exists()

    decode(writer, [(head, body)], stamp_of(writer), shared=False)
    assert bomb.exists()  # or the test would show nothing


def test_a_damaged_pickle_is_not_run(tmp_path: Path) -> None:
    bomb = tmp_path / "went off"
    key: StoreKey[Any] = StoreKey("k", Any, codec=UnsafePickleCodec())
    head, body = encode(key, Bomb(bomb))

    with pytest.raises(DamagedError, match="checksum"):
        decode(key, [(head, bytes(body)[:-1] + b"x")], stamp_of(key), shared=False)
    assert not bomb.exists()


def test_an_unpickled_value_keeps_what_json_loses() -> None:
    key: StoreKey[Any] = StoreKey("k", Any, codec=UnsafePickleCodec())

    assert _read(key, encode(key, {1: (2, {3})})) == {1: (2, {3})}
