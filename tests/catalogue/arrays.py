"""Arrays of numpy, alone and inside of everything else."""

from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict
from tests.catalogue.sample import Sample
from typing_extensions import TypeAliasType, TypedDict

T = TypeVar("T")
Floats = npt.NDArray[np.float64]
Vector = TypeAliasType("Vector", npt.NDArray[np.float64])
Table = np.ndarray[tuple[int, int], np.dtype[np.int64]]
Triples = np.ndarray[tuple[int, Literal[3]], np.dtype[np.float64]]
Single = np.ndarray[tuple[()], np.dtype[np.int64]]


@dataclass
class Signal:
    samples: Floats
    rate: int = 1
    marks: list[npt.NDArray[np.int64]] = field(default_factory=list[npt.NDArray[np.int64]])


class Image(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    pixels: Table
    layers: dict[str, Floats] = {}
    mask: npt.NDArray[np.bool_] | None = None


class Holder(BaseModel, Generic[T]):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    item: T


class Frame(NamedTuple):
    number: int
    data: Floats


class Record(TypedDict):
    data: Floats


class Tagged(np.ndarray[Any, Any]):
    """An array class of somebody's own, with an attribute."""

    tag: str = ""

    def __array_finalize__(self, array: object) -> None:
        self.tag = getattr(array, "tag", "")


def floats(*values: float) -> Floats:
    """Give an array of floats."""
    return np.array(values, np.float64)


def ints(*values: Any) -> npt.NDArray[np.int64]:
    """Give an array of ints."""
    return np.array(values, np.int64)


def tagged() -> Tagged:
    """Give an array of a class of its own, with an attribute."""
    array = ints(1, 2).view(Tagged)
    array.tag = "a"
    return array


def _objects() -> npt.NDArray[np.object_]:
    array = np.empty(2, object)
    array[:] = [[1], {"a": [2]}]
    return array


def set_first(value: Any) -> None:
    """Change an array in place, even one that is read-only but owns its data."""
    value.flags.writeable = True
    value.flat[0] = 99


def _set_first_number(value: Any) -> None:
    value.flags.writeable = True
    value["n"][0] = 99


_DTYPE = [("x", "f8"), ("n", "i4")]

ARRAYS = [
    Sample(
        "NDArray[float64]",
        Floats,
        lambda: [floats(1, 2), floats(), np.zeros((2, 3, 4))],
        lambda: [ints(1), [1.0], 1.0, np.float64(1), np.array(["a"]), None, floats(1).tobytes()],
        set_first,
    ),
    Sample("ndarray", np.ndarray, lambda: [ints(1, 2), np.array("a"), floats(1)], lambda: [[1], 1, None], set_first),
    Sample("NDArray[Any]", npt.NDArray[Any], lambda: [ints(1), floats(1)], lambda: [[1]], set_first),
    Sample(
        "NDArray[floating]",
        npt.NDArray[np.floating[Any]],
        lambda: [floats(1), np.zeros(2, np.float32)],
        lambda: [ints(1), np.array([1j])],
        set_first,
    ),
    Sample(
        "NDArray[float64 | int64]",
        npt.NDArray[np.float64 | np.int64],
        lambda: [floats(1), ints(1)],
        lambda: [np.zeros(2, np.float32), np.array(["a"])],
        set_first,
    ),
    Sample(
        "Table",
        Table,
        lambda: [ints([1, 2], [3, 4])],
        lambda: [ints(1, 2), np.zeros((2, 2)), ints([[1]])],
        set_first,
    ),
    Sample(
        "Triples",
        Triples,
        lambda: [np.ones((2, 3))],
        lambda: [np.ones((3, 2)), np.ones(3), ints([1, 2, 3])],
        set_first,
    ),
    Sample("Single", Single, lambda: [np.array(3)], lambda: [ints(3), np.array(3.0)], set_first),
    Sample("Vector", Vector, lambda: [floats(1)], lambda: [ints(1)], set_first),
    Sample(
        "object array",
        npt.NDArray[np.object_],
        lambda: [_objects()],
        lambda: [ints(1)],
        lambda v: v[0].append(2),
        lambda v: v[1]["a"].append(3),
        lambda v: v[1].clear(),
    ),
    Sample(
        "structured array",
        npt.NDArray[np.void],
        lambda: [np.zeros(2, _DTYPE)],
        lambda: [ints(1)],
        _set_first_number,
    ),
    Sample("Tagged", Tagged, lambda: [tagged()], lambda: [ints(1)], set_first),
    Sample("float64", np.float64, lambda: [np.float64(1.5)], lambda: [1.5, floats(1), np.float32(1)]),
    Sample(
        "list[Vector]",
        list[Vector],
        lambda: [[floats(1), floats(2)]],
        lambda: [[floats(1), ints(1)], floats(1)],
        lambda v: set_first(v[1]),
        lambda v: v.pop(),
    ),
    Sample(
        "dict[str, NDArray]",
        dict[str, Floats],
        lambda: [{"a": floats(1)}],
        lambda: [{"a": ints(1)}],
        lambda v: set_first(v["a"]),
    ),
    Sample(
        "tuple[int, NDArray]",
        tuple[int, Floats],
        lambda: [(1, floats(1))],
        lambda: [(1, ints(1))],
        lambda v: set_first(v[1]),
    ),
    Sample("NDArray | None", Floats | None, lambda: [floats(1), None], lambda: [ints(1), 1.0], set_first),
    Sample(
        "NDArray | list[float]",
        Floats | list[float],
        lambda: [floats(1), [1.0]],
        lambda: [ints(1), ["x"]],
        set_first,
    ),
    Sample(
        "Signal",
        Signal,
        lambda: [Signal(floats(1), 2, [ints(1)])],
        lambda: [Signal(ints(1)), Signal(floats(1), 1, [floats(1)]), Signal([1.0])],  # type: ignore[arg-type,list-item]
        lambda v: set_first(v.samples),
        lambda v: set_first(v.marks[0]),
    ),
    Sample(
        "Image",
        Image,
        lambda: [Image(pixels=ints([1, 2]), layers={"a": floats(1)}, mask=np.array([False]))],
        lambda: [
            Image.model_construct(pixels=ints(1), layers={}),
            Image.model_construct(pixels=ints([1]), layers={"a": ints(1)}),
        ],
        lambda v: set_first(v.pixels),
        lambda v: set_first(v.layers["a"]),
        lambda v: set_first(v.mask),
    ),
    Sample(
        "Holder[NDArray]",
        Holder[Floats],
        lambda: [Holder[Floats](item=floats(1))],
        lambda: [Holder[Floats].model_construct(item=ints(1))],
        lambda v: set_first(v.item),
    ),
    Sample(
        "Frame",
        Frame,
        lambda: [Frame(1, floats(1))],
        lambda: [Frame(1, ints(1)), (1, floats(1))],  # type: ignore[arg-type]
        lambda v: set_first(v.data),
    ),
    Sample(
        "Record", Record, lambda: [{"data": floats(1)}], lambda: [{"data": ints(1)}], lambda v: set_first(v["data"])
    ),
    Sample(
        "list[Signal]",
        list[Signal],
        lambda: [[Signal(floats(1))]],
        lambda: [[Signal(ints(1))]],  # type: ignore[arg-type]
        lambda v: set_first(v[0].samples),
    ),
]
