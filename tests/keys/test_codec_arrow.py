"""Tables and data frames as Arrow."""

import sys
from typing import Any

import pytest

from keyrack import StoreKey
from keyrack.errors import MissingExtraError
from keyrack.keys.arrow_codec import ArrowCodec
from keyrack.keys.codec import Codec, DamagedError, RefusedError, decode, encode, stamp_of

pa: Any = pytest.importorskip("pyarrow")
TABLE = pa.table({"a": [1, 2, None], "b": ["x", None, "z"]})
ARROW: Codec = ArrowCodec()


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("table", [TABLE, TABLE.slice(0, 0), TABLE.replace_schema_metadata({"k": "v"})])
def test_a_table_comes_back_equal(table: Any, shared: bool) -> None:
    key: StoreKey[Any] = StoreKey("k", pa.Table, codec=ARROW)

    got = decode(key, [encode(key, table)], stamp_of(key), shared=shared)

    assert got.equals(table, check_metadata=True)


@pytest.mark.parametrize("rows", [3, 0])
def test_a_record_batch_comes_back_equal(rows: int) -> None:
    key: StoreKey[Any] = StoreKey("k", pa.RecordBatch, codec=ARROW)
    batch = TABLE.to_batches()[0].slice(0, rows)

    assert decode(key, [encode(key, batch)], stamp_of(key), shared=False).equals(batch)


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(RefusedError, match="is no table, record batch or data frame, but list"):
        encode(StoreKey("k", Any, codec=ARROW), [1])


def test_a_damaged_stream_is_damage() -> None:
    key: StoreKey[Any] = StoreKey("k", pa.Table, codec=ARROW)
    head, body = encode(key, TABLE)
    stored = bytes(body)

    for position in range(0, len(stored), 7):
        changed = stored[:position] + bytes([stored[position] ^ 0xFF]) + stored[position + 1 :]
        try:
            decode(key, [(head, changed)], stamp_of(key), shared=True)
        except DamagedError:
            continue


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(MissingExtraError, match=r"keyrack\[arrow\]"):
        encode(StoreKey("k", Any, codec=ARROW), TABLE)


def test_a_data_frame_comes_back_equal_or_is_refused() -> None:
    pd: Any = pytest.importorskip("pandas")
    key: StoreKey[Any] = StoreKey("k", pd.DataFrame, codec=ARROW)
    kept = pd.DataFrame(
        {"a": [1, 2], "b": ["x", None], "c": pd.to_datetime(["2024-01-01", "2024-01-02"])}, index=[5, 7]
    )
    for frame in (kept, kept[:0], kept.astype({"b": "category"})):
        got = decode(key, [encode(key, frame)], stamp_of(key), shared=False)
        pd.testing.assert_frame_equal(frame, got)

    noted = pd.DataFrame({"a": [1]})
    noted.attrs["unit"] = object()
    for frame in (pd.DataFrame({"a": [(1, 2)]}), pd.DataFrame({"a": [object()]}), pd.DataFrame({"a": [1, "x"]}), noted):
        with pytest.raises(RefusedError):
            encode(key, frame)
