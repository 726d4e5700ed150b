"""Data frames and tables as Arrow's IPC stream, which other programs read as well."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# pyarrow and pandas have no types of their own.

from __future__ import annotations

import importlib
from typing import Any, final

from .._text import cut, type_name
from ..errors import MissingExtraError
from .codecs import RefusedError
from .envelope import DamagedError

__all__ = ["ArrowCodec"]

_TABLE, _BATCH, _PANDAS = b"table", b"batch", b"pandas"


@final
class ArrowCodec:
    """Stores tables and record batches of pyarrow, and data frames of pandas.

    A data frame is read again and compared before it is accepted: one that Arrow cannot hold as it is, with an index
    or a column of objects that would come back as others, is refused. Needs the extra ``arrow``.

    Raises:
        MissingExtraError: pyarrow is not installed; raised when a value is stored or read.
    """

    name: str = "arrow"
    """The name by which stored bytes know it."""

    __slots__ = ()

    def encode(self, value: Any, /) -> tuple[bytes, bytes | memoryview]:
        """Give the class of *value*, and its stream.

        Raises:
            RefusedError: it would not come back as it is.
        """
        arrow = _arrow()
        if type(value) is arrow.Table:
            return _TABLE, _written(arrow, value.schema, value.to_batches())
        if type(value) is arrow.RecordBatch:
            return _BATCH, _written(arrow, value.schema, [value])
        if f"{type(value).__module__}.{type(value).__name__}" in _FRAMES:
            return _PANDAS, self._written_frame(arrow, value)
        raise RefusedError(f"is no table, record batch or data frame, but {type_name(type(value))}")

    def _written_frame(self, arrow: Any, frame: Any) -> memoryview:
        try:
            table = arrow.Table.from_pandas(frame)
        except Exception as error:
            raise RefusedError(f"cannot be written as Arrow: {cut(str(error), 100)}") from error
        written = _written(arrow, table.schema, table.to_batches())
        difference = _difference(frame, self.decode(_PANDAS, written, shared=False))
        if difference:
            raise RefusedError(f"would not come back as it is: {difference}")
        return written

    def decode(self, about: bytes, body: bytes | memoryview, /, *, shared: bool) -> Any:
        """Give what a stream holds.

        Raises:
            DamagedError: it is none.
        """
        arrow = _arrow()
        try:
            with arrow.ipc.open_stream(arrow.py_buffer(body if shared else bytes(body))) as stream:
                table = stream.read_all()
            table.validate(full=True)
        except Exception as error:
            raise DamagedError(f"it is no stream of Arrow: {cut(str(error), 100)}") from error
        if about == _TABLE:
            return table
        if about == _BATCH:
            batches = table.to_batches()
            return batches[0] if batches else arrow.RecordBatch.from_pylist([], schema=table.schema)
        if about == _PANDAS:
            return table.to_pandas()
        raise DamagedError("it is of no class of tables that keyrack knows")

    def __repr__(self) -> str:
        return "ArrowCodec()"


_FRAMES = frozenset({"pandas.core.frame.DataFrame", "pandas.DataFrame"})


def _arrow() -> Any:
    try:
        arrow = importlib.import_module("pyarrow")
        importlib.import_module("pyarrow.ipc")
    except ImportError:
        raise MissingExtraError(feature="ArrowCodec", package="pyarrow", extra="arrow") from None
    return arrow


def _written(arrow: Any, schema: Any, batches: list[Any]) -> memoryview:
    sink = arrow.BufferOutputStream()
    with arrow.ipc.new_stream(sink, schema) as stream:
        for batch in batches:
            stream.write_batch(batch)
    return memoryview(sink.getvalue())


def _difference(one: Any, other: Any) -> str:
    """Say where two data frames differ; nothing where they do not."""
    testing = importlib.import_module("pandas.testing")
    if one.attrs != other.attrs or one.flags != other.flags:
        return "its attributes would be lost"
    try:
        testing.assert_frame_equal(one, other, check_exact=True, check_freq=False, check_flags=True)
    except AssertionError as error:
        return cut(str(error), 100)
    for name in one.columns:
        column = one[name]
        if str(getattr(column, "dtype", "")) == "object" and list(map(type, column)) != list(map(type, other[name])):
            return f"column {name!r} would come back with values of other classes"
    return ""
