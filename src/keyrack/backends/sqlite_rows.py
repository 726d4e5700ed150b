"""The rows of a key: what is read and written of them inside a transaction.

How it works: what was put lies in a row of `entry`, with a random `id` of its own. Appended pieces are counted from 0.
The latest lie packed together in the list's one row of `tail`, which an append makes longer, at the cost of a row; once
it is long enough, a row of `run` takes what is in it. A piece that is too large for that is a run by itself, as it is,
with its body in a file of its own where it is larger still. Runs follow each other without a gap, and the tail knows
how many pieces there are: what a damaged page loses is missed.

Nothing that comes out of the file is trusted: a column of the wrong type, a count that does not hold and a length
beyond the end are `DamageError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from json import dumps
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from . import forks
from .sidecar import is_name
from .spi import Encoded, Entry, Piece
from .sqlite_errors import DamageError

if TYPE_CHECKING:
    from .sqlite_connection import Connection

INLINE: int = 65_536
"""How many bytes a body may have and lie in a row; a larger one goes to a file."""
SEALED: int = 3_800
"""How many bytes a tail may have; it is to fit a page of the file, so that an append writes one page."""

PUT_PLAIN = """
INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, NULL, -?2)
ON CONFLICT (name) DO UPDATE SET id = ?2, stamp = ?3, head = ?4, body = ?5, grown = -?2
WHERE grown IS -id AND file IS NULL
"""
"""Puts where there is nothing but the row of the key; changes no row where there is more."""

APPEND_SHORT = """
UPDATE tail SET count = count + 1, body = CAST(body || ?3 AS BLOB)
WHERE id = (SELECT id FROM entry WHERE name = ?1 AND stamp = ?2 AND grown = id) AND length(body) + length(?3) <= ?4
"""
"""Appends where the tail has room; changes no row where it has not."""

_NOT_PLAIN = """
SELECT name FROM entry
WHERE name IN (SELECT value FROM json_each(?)) AND (grown IS NOT -id OR file IS NOT NULL)
"""
"""Finds which of some names have more than the row of the key."""

# By the rows themselves: an index may be damaged, and what is not named is removed.
_FILES = """
SELECT file FROM entry NOT INDEXED WHERE file IS NOT NULL
UNION ALL SELECT file FROM run NOT INDEXED WHERE file IS NOT NULL
"""
_SEAL = "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?)"

READ = "SELECT id, stamp, head, body, file, grown FROM entry WHERE name = ?"

# As `Piece._make` does, and faster.
_make: Callable[[type[Piece], Any], Piece] = cast("Any", tuple).__new__
_DIGITS = 8
"""In a packed body, the lengths of a piece's head and body go before them, in four digits each."""


def has_grown(id_: Any, grown: Any) -> bool:
    """Whether pieces were appended to the entry of these columns: one is the other then, and its negative otherwise.

    A single bit does not make the one of the other.

    Raises:
        DamageError: neither is the case.
    """
    if type(id_) is not int or grown not in {id_, -id_}:
        raise DamageError("its row does not say whether anything was appended")
    return bool(grown == id_)


class Laid(NamedTuple):
    """A piece as its row has it: with a body, or with the name of the file that has it."""

    head: bytes
    body: bytes | memoryview | None
    file: str | None


def packed(head: bytes, body: bytes | memoryview) -> bytes | None:
    """Give a piece with its lengths in front, None where it is too large for that."""
    if len(head) + len(body) > SEALED - _DIGITS:
        return None
    return b"".join((b"%04d%04d" % (len(head), len(body)), head, body))


def unpacked(body: Any) -> Iterator[Piece]:
    """Give the pieces in a packed body.

    Raises:
        DamageError: it is none.
    """
    if not isinstance(body, bytes):
        raise DamageError("a row of its list has no body")
    place, end = 0, len(body)
    while place < end:
        digits = body[place : place + _DIGITS]
        if not digits.isdigit():
            raise DamageError("a row of its list is not as it was written")
        head, length = divmod(int(digits), 10_000)
        start = place + _DIGITS
        middle = start + head
        place = middle + length
        if place > end:
            raise DamageError("a row of its list is cut off")
        yield _make(Piece, (body[start:middle], body[middle:place]))


class Rows:
    """Reads and writes the rows of keys, within a transaction that others begin and end.

    Args:
        view: gives the body in a file.
    """

    def __init__(self, view: Callable[[str], memoryview]) -> None:
        self._view = view
        self._random = Random()  # noqa: S311  # its own: a user may seed the module's, and two processes give equal ids
        forks.tell(self)

    def new_id(self) -> int:
        """Give a number that no other row has; SQLite's integers are signed."""
        return self._random.getrandbits(62) + 1

    def forget(self) -> None:
        """Go other ways, in a child, than the process that it was forked from."""
        self._random.seed()

    # --- reading ----------------------------------------------------------------------------------

    def entry(self, row: tuple[Any, ...]) -> Entry:
        """Give the entry of a row of `READ` that did not grow.

        Raises:
            DamageError: the row is damaged.
            FileNotFoundError: its file is not there.
        """
        id_, stamp, head, body, file, grown = row
        if type(id_) is not int or grown != -id_ or type(stamp) is not str or type(head) is not bytes:
            raise DamageError("a column of its row is not what it should be")
        if type(body) is not bytes or file is not None:
            body = self._body(body, file)
        entry = Entry(Encoded(_make(Piece, (head, body))), stamp)
        entry.version = id_
        return entry

    def find(self, connection: Connection, name: str) -> Entry | None:
        """Give what lies under a name.

        Raises:
            DamageError: a row is damaged.
            FileNotFoundError: a file is not there.
        """
        row = connection.execute(READ, (name,)).fetchone()
        if row is None:
            return None
        if not has_grown(row[0], row[5]):
            return self.entry(row)
        first = self.entry((*row[:5], -row[0]))
        count, sealed, body = self._tail(connection, row[0])
        pieces: list[Piece] = [*first.payload.pieces]  # type: ignore[attr-defined]  # an Encoded, see `entry`
        number = 0
        query = "SELECT number, amount, head, body, file FROM run WHERE id = ? ORDER BY number"
        for at, amount, head, run, file in connection.execute(query, (row[0],)).fetchall():
            _check(at == number and type(amount) is int and amount > 0, f"item {number:,} of its list is missing")
            found = list(unpacked(run)) if head is None else [Piece(head, bytes(self._body(run, file)))]
            _check(len(found) == amount and type(found[0].head) is bytes, f"the row of item {number:,} is damaged")
            pieces += found
            number += amount
        _check(number == sealed, f"item {number:,} of its list is missing")
        pieces += unpacked(body)
        _check(len(pieces) - 1 == count, f"its list should have {count:,} appended items and has {len(pieces) - 1:,}")
        entry = Entry(Encoded(*pieces), first.stamp)
        entry.version = (first.version, count)
        return entry

    def version(self, connection: Connection, name: str) -> object:
        """Give by what the entry under a name is known, None where there is none."""
        row = connection.execute("SELECT id, grown FROM entry WHERE name = ?", (name,)).fetchone()
        if row is None:
            return None
        return (row[0], self._tail(connection, row[0])[0]) if has_grown(*row) else row[0]

    def files(self, connection: Connection) -> list[str]:
        """Give the names of all files that rows name."""
        return [file for (file,) in connection.execute(_FILES).fetchall()]

    def _body(self, body: Any, file: Any) -> bytes | memoryview:
        if body is None and is_name(file):
            return self._view(file)
        if isinstance(body, bytes) and file is None:
            return body
        raise DamageError("its row has no body")

    def _tail(self, connection: Connection, id_: int) -> tuple[int, int, bytes]:
        row = connection.execute("SELECT count, sealed, body FROM tail WHERE id = ?", (id_,)).fetchone()
        if row is None or [type(column) for column in row] != [int, int, bytes]:
            raise DamageError("the row that says how long its list is is missing or damaged")
        return row[0], row[1], row[2]

    # --- writing ----------------------------------------------------------------------------------

    def put_all(self, connection: Connection, new: Mapping[str, tuple[str, Sequence[Laid]]]) -> None:
        """Put stamps and pieces in the place of what lies under their names."""
        plain: list[tuple[object, ...]] = []
        for name, (stamp, pieces) in new.items():
            first = pieces[0]
            if len(pieces) == 1 and first.file is None and "\0" not in name:  # where SQLite's JSON ends a text
                plain.append((name, self.new_id(), stamp, first.head, first.body))
            else:
                self.put(connection, name, stamp, pieces)
        if plain:
            for (name,) in connection.execute(_NOT_PLAIN, (dumps([row[0] for row in plain]),)).fetchall():
                self.remove(connection, name)
            connection.raw.cursor().executemany(PUT_PLAIN, plain)

    def put(self, connection: Connection, name: str, stamp: str, pieces: Sequence[Laid]) -> None:
        """Put in the place of what lies under a name."""
        self.remove(connection, name)
        first, *others = pieces
        id_ = self.new_id()
        connection.execute(
            "INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, -?2)",
            (name, id_, stamp, first.head, first.body, first.file),
        )
        if others:
            self.append(connection, name, id_, others, grown=False)

    def remove(self, connection: Connection, name: str) -> None:
        """Remove what lies under a name; its files go when the transaction ends."""
        execute = connection.execute
        row = execute("SELECT id, file, grown IS NOT -id FROM entry WHERE name = ?", (name,)).fetchone()
        if row is None:
            return
        id_, file, grown = row
        if file is not None:
            connection.doomed.append(file)
        if grown:
            files = execute("SELECT file FROM run WHERE id = ? AND file IS NOT NULL", (id_,)).fetchall()
            connection.doomed += [file for (file,) in files]
            execute("DELETE FROM run WHERE id = ?", (id_,))
            execute("DELETE FROM tail WHERE id = ?", (id_,))
        execute("DELETE FROM entry WHERE name = ?", (name,))

    def append(self, connection: Connection, name: str, id_: int, pieces: Sequence[Laid], *, grown: bool) -> None:
        """Add pieces to the list under a name.

        Args:
            connection: where.
            name: the name.
            id_: the id of its entry.
            pieces: the pieces.
            grown: whether pieces were appended before.
        """
        execute = connection.execute
        if grown:
            count, sealed, tail = self._tail(connection, id_)
        else:
            execute("UPDATE entry SET grown = id WHERE name = ?", (name,))
            count, sealed, tail = 0, 0, b""
        parts, length = [tail], len(tail)
        for piece in pieces:
            pack = None if piece.body is None else packed(piece.head, piece.body)
            if length and (pack is None or length + len(pack) > SEALED):
                execute(_SEAL, (id_, sealed, count - sealed, None, b"".join(parts), None))
                parts, length, sealed = [], 0, count
            count += 1
            if pack is None:
                execute(_SEAL, (id_, sealed, 1, *piece))
                sealed = count
            else:
                parts.append(pack)
                length += len(pack)
        execute("INSERT OR REPLACE INTO tail VALUES (?, ?, ?, ?)", (id_, count, sealed, b"".join(parts)))


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise DamageError(otherwise)
