"""The SQLite backend keeps bytes under names, in a file or in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.backends.faults import LARGE, STAMP, append, bodies, body, entry, large, piece

from keyrack.backends.spi import SEPARATOR, Encoded, Entry, Piece
from keyrack.backends.sqlite import SQLiteBackend
from keyrack.errors import BackendError, LockError


def refuse() -> None:
    raise LookupError("no")


def test_what_is_written_is_read_again_with_its_stamp(backend: SQLiteBackend) -> None:
    backend.write("a", entry(b"1"))

    assert body(backend, "a") == b"1"
    assert body(backend, "b") is None


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 1_000_000])
def test_a_body_of_any_size_comes_back(backend: SQLiteBackend, size: int) -> None:
    kept = bytes(range(256)) * (size // 256) + bytes(size % 256)

    backend.write("a", entry(kept))

    assert body(backend, "a") == kept


def test_a_view_is_taken_as_it_lies(backend: SQLiteBackend) -> None:
    for size in (10, LARGE):
        view = memoryview(bytearray(range(256)) * (size // 256 + 1))[3 : 3 + size]

        backend.write("a", Entry(Encoded(Piece(b"h", view)), STAMP))

        (found,) = backend.read(["a"])
        assert found is not None
        assert isinstance(found.payload, Encoded)
        assert bytes(found.payload.pieces[0].body) == bytes(view)


@pytest.mark.parametrize("first", [b"small", bytes(LARGE)], ids=["small", "large"])
@pytest.mark.parametrize("items", [1, 500], ids=["ungrown", "grown"])
@pytest.mark.parametrize("new", [b"new", bytes(LARGE + 1)], ids=["by-small", "by-large"])
def test_a_value_of_any_kind_is_replaced_whole(backend: SQLiteBackend, first: bytes, items: int, new: bytes) -> None:
    backend.write("a", entry(first))
    for number in range(1, items):
        append(backend, "a", b"%d" % number)

    backend.write("a", entry(new))

    assert bodies(backend, "a") == [new]
    append(backend, "a", b"more")
    assert bodies(backend, "a") == [new, b"more"]


def test_pieces_are_kept_in_order_whatever_their_sizes(backend: SQLiteBackend) -> None:
    expected: list[bytes] = []
    for number in range(300):
        size = {0: LARGE, 1: 5_000, 2: 3_790, 3: 65_536}.get(number % 50, number % 9)
        expected.append(b"%d-" % number + bytes(size))
        assert append(backend, "a", expected[-1])

    assert bodies(backend, "a") == expected


def test_several_pieces_are_appended_and_written_at_once(backend: SQLiteBackend) -> None:
    many = [b"%d" % number for number in range(2_000)]

    backend.write("a", entry(*many))
    backend.append("a", entry(b"x"), [piece(one) for one in many])

    assert bodies(backend, "a") == many + many


def test_an_append_under_another_stamp_changes_nothing(backend: SQLiteBackend) -> None:
    backend.write("a", entry(b"1"))

    for size in (1, LARGE):
        assert not backend.append("a", entry(b"2", stamp="int 00"), [piece(bytes(size))])
    assert body(backend, "a") == b"1"


def test_an_append_starts_a_list_with_what_it_starts_from(backend: SQLiteBackend) -> None:
    assert backend.append("a", entry(b"default", b"item"), [piece(b"item")])
    assert backend.append("b", entry(large(1)), [piece(large(2))])

    assert bodies(backend, "a") == [b"default", b"item"]
    assert bodies(backend, "b") == [large(1)]


def test_a_commit_is_refused_once_what_it_expects_was_written_appended_to_or_removed(backend: SQLiteBackend) -> None:
    def removed() -> None:
        backend.commit({}, {"a": None})

    def put_again() -> None:
        removed()
        backend.write("a", entry(b"1"))

    spoils = [lambda: backend.write("a", entry(b"1")), lambda: append(backend, "a", b"2"), removed, put_again]
    for grown in (False, True):
        for spoil in spoils:
            backend.write("a", entry(b"1"))
            if grown:
                append(backend, "a", b"1")
            (seen,) = backend.read(["a"])
            spoil()
            before = bodies(backend, "a")

            assert not backend.commit({"a": seen}, {"a": entry(b"3"), "b": entry(b"4")})
            assert bodies(backend, "a") == before
            assert bodies(backend, "b") is None


def test_a_commit_makes_all_changes_where_everything_is_as_expected(backend: SQLiteBackend) -> None:
    backend.write("a", entry(b"1"))
    append(backend, "a", b"2")
    backend.write("gone", entry(large(1)))
    seen = backend.read(["a", "gone", "none"])

    changes = {"a": entry(b"3"), "gone": None, "none": entry(large(2)), "list": entry(b"4", b"5")}
    assert backend.commit(dict(zip(["a", "gone", "none"], seen, strict=True)), changes)

    found = [bodies(backend, name) for name in ("a", "gone", "none", "list")]
    assert found == [[b"3"], None, [large(2)], [b"4", b"5"]]


def test_an_entry_that_was_not_read_here_is_not_what_lies_there(backend: SQLiteBackend) -> None:
    backend.write("a", entry(b"1"))

    assert not backend.commit({"a": entry(b"1")}, {"a": None})
    assert not backend.commit({"a": None}, {"a": None})
    assert backend.commit({"b": None}, {"b": entry(b"2")})


def test_names_are_those_with_the_prefix_sorted_by_code_point(backend: SQLiteBackend) -> None:
    last = "\U0010ffff"
    names = [
        "a",
        "ab",
        "aB",
        "a%",
        "a_b",
        "a\ud7ff",
        "a\ud7ff\ud7ff",
        "a\ue000",
        f"a{last}",
        f"a{last}b",
        "b",
        "é",
        last,
        f"{last}z",
    ]
    for name in names:
        backend.write(name, entry(b"1"))

    for prefix in ["", "a", "a%", "a_", "a\ud7ff", f"a{last}", last, "c", "A"]:
        assert backend.names(prefix) == sorted(name for name in names if name.startswith(prefix))


HOSTILE = [
    "𝄞" * 127 + "abc",
    "it's",
    'say "x"',
    "%_*?[]",
    "a' OR 1=1 --",
    "\\",
    "../../etc",
    f"space{SEPARATOR}name",
    f"{SEPARATOR}",
    " ",
    "\u200b",
    "a\u0301",
    "\u00e1",
    "nul\0",
    "nul\0name",
    "\0",
]


def test_hostile_names_are_names_like_others(backend: SQLiteBackend) -> None:
    for number, name in enumerate(HOSTILE):
        backend.write(name, entry(b"%d" % number))
    for number, name in enumerate(HOSTILE):
        append(backend, name, b"more %d" % number)
    backend.commit({}, dict.fromkeys(HOSTILE[::2]))
    backend.commit({}, {name: entry(name.encode()) for name in HOSTILE[1::4]})

    for number, name in enumerate(HOSTILE):
        kept = [name.encode()] if number % 4 == 1 else [b"%d" % number, b"more %d" % number]
        assert bodies(backend, name) == (kept if number % 2 else None)
    assert backend.names("") == sorted(HOSTILE[1::2])
    assert backend.names("nul\0") == sorted(name for name in HOSTILE[1::2] if name.startswith("nul\0"))


def test_what_is_done_exclusively_stays_when_it_raises(backend: SQLiteBackend) -> None:
    backend.write("a", entry(b"1"))
    backend.write("b", entry(large(1)))

    def inner() -> None:
        backend.commit({}, {"d": entry(b"4")})
        refuse()

    def change() -> None:
        backend.write("a", entry(large(2)))
        backend.write("b", entry(b"2"))
        append(backend, "c", b"3")
        with pytest.raises(LookupError):
            backend.exclusively(inner)
        refuse()

    with pytest.raises(LookupError, match="no"):
        backend.exclusively(change)

    assert backend.names("") == ["a", "b", "c", "d"]
    assert (body(backend, "a"), body(backend, "b")) == (large(2), b"2")


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_interrupt_ends_what_is_done_exclusively_and_others_go_on(
    backend: SQLiteBackend, kind: type[BaseException]
) -> None:
    def change() -> None:
        backend.write("a", entry(b"1"))
        raise kind

    with pytest.raises(kind):
        backend.exclusively(change)

    assert backend.names("") == ["a"]
    at_once = threading.Thread(target=lambda: backend.write("b", entry(b"2")))
    at_once.start()
    at_once.join(10)
    assert backend.names("") == ["a", "b"]


def test_a_writer_waits_for_another_one_no_longer_than_it_should(path: Path) -> None:
    with_patience, without = SQLiteBackend(path), SQLiteBackend(path, lock_timeout=0.05)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with_patience.write("a", entry(b"1"))
        entered.set()
        leave.wait(60)

    thread = threading.Thread(target=with_patience.exclusively, args=(hold,))
    thread.start()
    entered.wait(60)
    verbs: list[Callable[[], object]] = [
        lambda: without.write("b", entry(b"2")),
        lambda: append(without, "b", b"2"),
        lambda: without.commit({}, {"b": None}),
        lambda: without.exclusively(lambda: None),
    ]
    for verb in verbs:
        with pytest.raises(LockError) as caught:
            verb()
        assert 0.05 <= caught.value.waited < 30
    seen = without.names("")
    leave.set()
    thread.join()

    assert seen == []  # a reader waits for nobody, and sees the last commit
    assert without.names("") == ["a"]


def test_a_database_in_memory_waits_no_longer_than_it_should() -> None:
    backend = SQLiteBackend(":memory:", lock_timeout=0.05)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        entered.set()
        leave.wait(60)

    thread = threading.Thread(target=backend.exclusively, args=(hold,))
    thread.start()
    entered.wait(60)
    with pytest.raises(LockError):
        backend.write("b", entry(b"2"))
    leave.set()
    thread.join()

    backend.write("b", entry(b"2"))
    assert backend.names("") == ["b"]


def test_an_error_of_sqlites_never_comes_through(path: Path) -> None:
    backend = SQLiteBackend(path)
    backend._pool.current().execute("DROP TABLE tail")  # pyright: ignore[reportPrivateUsage]

    with pytest.raises(BackendError, match="no such table"):
        append(backend, "a", b"1")


def test_what_a_function_raises_goes_through_whatever_it_is(backend: SQLiteBackend) -> None:
    import apsw

    def run() -> None:
        raise apsw.BusyError("mine")

    with pytest.raises(apsw.BusyError, match="mine"):
        backend.exclusively(run)


def test_an_interrupt_right_after_the_begin_leaves_no_transaction_open(path: Path) -> None:
    backend = SQLiteBackend(path)
    connection = backend._pool.current()  # pyright: ignore[reportPrivateUsage]
    real = connection.execute

    def interrupted(statement: str, *values: object) -> object:
        result = real(statement, *values)
        if statement == "BEGIN IMMEDIATE":
            raise KeyboardInterrupt
        return result

    connection.execute = interrupted
    with pytest.raises(KeyboardInterrupt):
        backend.exclusively(lambda: backend.write("a", entry(b"1")))
    connection.execute = real

    SQLiteBackend(path, lock_timeout=5).write("b", entry(b"2"))
    assert backend.names("") == ["b"]


def test_a_transaction_that_was_left_open_is_undone_before_anything_else(backend: SQLiteBackend) -> None:
    verbs: list[Callable[[], object]] = [
        lambda: backend.read(["a"]),
        lambda: backend.write("a", entry(b"1")),
        lambda: append(backend, "b", b"1"),
        lambda: backend.names(""),
        lambda: backend.exclusively(lambda: None),
    ]
    for verb in verbs:
        connection = backend._pool.current()  # pyright: ignore[reportPrivateUsage]
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO entry VALUES ('left', 1, '', x'', x'', NULL, -1)")

        verb()

        assert not connection.raw.in_transaction
        assert "left" not in backend.names("")
