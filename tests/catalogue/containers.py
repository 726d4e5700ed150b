"""Containers of the standard library, in all their nests."""

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Mapping, MutableMapping, MutableSequence, MutableSet, Sequence
from collections.abc import Set as AbstractSet
from typing import Annotated, Any, NewType

from pydantic import Field
from tests.catalogue.sample import Sample
from typing_extensions import TypeAliasType

# Pyright takes the names in these for variables when it comes to them from another file.
Json = TypeAliasType("Json", "dict[str, Json] | list[Json] | str | int | float | bool | None")  # pyright: ignore[reportInvalidTypeForm]
Nest = TypeAliasType("Nest", "list[Nest]")  # pyright: ignore[reportInvalidTypeForm]
Left = TypeAliasType("Left", "list[int] | Right")  # pyright: ignore[reportInvalidTypeForm]
Right = TypeAliasType("Right", "list[Left] | str")  # pyright: ignore[reportInvalidTypeForm]
Row = NewType("Row", list[int])
Matrix = TypeAliasType("Matrix", list[list[float]])


def _default_of_lists() -> defaultdict[str, list[int]]:
    made: defaultdict[str, list[int]] = defaultdict(list)
    made["a"].append(1)
    return made


LISTS = [
    Sample(
        "list[int]",
        list[int],
        lambda: [[1, 2], []],
        lambda: [(1, 2), ["1"], [1, True], [1, 2.0], {1}, "12", None, [[1]], range(2)],
        lambda v: v.append(3),
        lambda v: v.clear(),
        lambda v: v.__setitem__(0, "x"),
    ),
    Sample("list", list, lambda: [[1, ["a"]], []], lambda: [(), {}, "a"], lambda v: v[1].append(2)),
    Sample("list[str]", list[str], lambda: [["a", "\ud800"]], lambda: [[1], "ab"], lambda v: v.append("b")),
    Sample(
        "list[list[int]]",
        list[list[int]],
        lambda: [[[1], [2, 3]], [[]]],
        lambda: [[(1,)], [[1], ["2"]], [1]],
        lambda v: v[1].append(4),
        lambda v: v.pop(),
    ),
    Sample(
        "short list",
        Annotated[list[int], Field(min_length=1, max_length=3)],
        lambda: [[1], [1, 2, 3]],
        lambda: [[], [1, 2, 3, 4], ["1"]],
        lambda v: v.append(3),
    ),
    Sample(
        "list of positives",
        list[Annotated[int, Field(gt=0)]],
        lambda: [[1, 2]],
        lambda: [[1, 0], [True]],
        lambda v: v.append(-3),
    ),
    Sample("list[int] | None", list[int] | None, lambda: [[1], None], lambda: [["1"], ()], lambda v: v.append(3)),
    Sample("NewType of a list", Row, lambda: [[1]], lambda: [["1"], (1,)], lambda v: v.append(3)),
    Sample("alias of a list", Matrix, lambda: [[[1.5]]], lambda: [[["1"]], [1.5]], lambda v: v[0].append(2.5)),
    Sample("list[Any]", list[Any], lambda: [[1, {"a": []}]], lambda: [(1,), {}], lambda v: v[1]["a"].append(1)),
    Sample("list[int | None]", list[int | None], lambda: [[1, None]], lambda: [["1"]], lambda v: v.append(None)),
]
"""Lists, and what is a list by another name."""

DICTS = [
    Sample(
        "dict[str, int]",
        dict[str, int],
        lambda: [{"b": 1, "a": 2}, {}],
        lambda: [{"a": "1"}, {1: 1}, [("a", 1)], {"a": True}, None],
        lambda v: v.update(c=3),
        lambda v: v.pop("a"),
    ),
    Sample(
        "dict[str, list[int]]",
        dict[str, list[int]],
        lambda: [{"a": [1]}],
        lambda: [{"a": (1,)}, {"a": [1], "b": ["x"]}],
        lambda v: v["a"].append(2),
    ),
    Sample(
        "dict[int, dict[str, set[int]]]",
        dict[int, dict[str, set[int]]],
        lambda: [{1: {"a": {1}}}],
        lambda: [{1: {"a": [1]}}, {"1": {}}, {1: {"a": {"x"}}}],
        lambda v: v[1]["a"].add(2),
    ),
    Sample("dict", dict, lambda: [{"a": [1]}], lambda: [[], "a"], lambda v: v["a"].append(2)),
    Sample(
        "dict[str, Any]",
        dict[str, Any],
        lambda: [{"a": {"b": [1]}}],
        lambda: [{1: 1}, []],
        lambda v: v["a"]["b"].append(2),
    ),
    Sample(
        "dict[tuple[int, ...], list[str]]",
        dict[tuple[int, ...], list[str]],
        lambda: [{(1, 2): ["a"]}],
        lambda: [{("1",): []}, {1: []}],
        lambda v: v[1, 2].append("b"),
    ),
]

SETS = [
    Sample("set[int]", set[int], lambda: [{1, 2}, set()], lambda: [[1], {"1"}, {True}], lambda v: v.add(3)),
    Sample(
        "set[tuple[int, str]]",
        set[tuple[int, str]],
        lambda: [{(1, "a")}],
        lambda: [{1}, {("a", 1)}, frozenset({(1, "a")})],
        lambda v: v.clear(),
    ),
    Sample("frozenset[str]", frozenset[str], lambda: [frozenset("ab")], lambda: [{"a"}, frozenset({1}), ["a"]]),
    Sample("set", set, lambda: [{1, "a"}], lambda: [[1], frozenset()], lambda v: v.add(3)),
]

TUPLES = [
    Sample("tuple[int, str]", tuple[int, str], lambda: [(1, "a")], lambda: [[1, "a"], (1,), (1, "a", 2), ("a", 1)]),
    Sample("tuple[int, ...]", tuple[int, ...], lambda: [(1, 2), ()], lambda: [[1], ("1",), (True,)]),
    Sample("tuple[()]", tuple[()], lambda: [()], lambda: [(1,), []]),
    Sample(
        "tuple[list[int], str]",
        tuple[list[int], str],
        lambda: [([1], "a")],
        lambda: [((1,), "a"), (["x"], "a")],
        lambda v: v[0].append(2),
    ),
    Sample(
        "tuple[list[int], ...]",
        tuple[list[int], ...],
        lambda: [([1], [2]), ()],
        lambda: [([1], ["x"]), [[1]]],
        lambda v: v[1].append(2),
    ),
]

COLLECTIONS = [
    Sample(
        "deque[list[int]]",
        deque[list[int]],
        lambda: [deque([[1], [2]], maxlen=3), deque()],
        lambda: [[[1]], deque([["x"]]), deque([1])],
        lambda v: v.append([3]),
        lambda v: v[0].append(2),
    ),
    Sample(
        "OrderedDict[str, list[int]]",
        OrderedDict[str, list[int]],
        lambda: [OrderedDict(b=[1], a=[2])],
        lambda: [{"a": [1]}, OrderedDict(a=["x"])],
        lambda v: v["a"].append(3),
        lambda v: v.move_to_end("b"),
    ),
    Sample(
        "defaultdict[str, list[int]]",
        defaultdict[str, list[int]],
        lambda: [_default_of_lists()],
        lambda: [{"a": [1]}, defaultdict(list, a=["x"])],
        lambda v: v["a"].append(3),
        lambda v: v["b"],
    ),
    Sample(
        "Counter[str]",
        Counter[str],
        lambda: [Counter("aab")],
        lambda: [{"a": 1}, Counter({1: 1}), Counter({"a": "x"})],
        lambda v: v.update("b"),
    ),
    Sample(
        "Sequence[list[int]]",
        Sequence[list[int]],
        lambda: [[[1]], ([1],)],
        lambda: [[["x"]], ([1], ("x",)), "ab", {1}],
        lambda v: v[0].append(2),
    ),
    Sample("Sequence[int]", Sequence[int], lambda: [[1], (1, 2)], lambda: [["x"], "ab"], lambda v: v.append(2)),
    Sample("MutableSequence[int]", MutableSequence[int], lambda: [[1]], lambda: [["x"], 1], lambda v: v.append(2)),
    Sample(
        "Mapping[str, list[int]]",
        Mapping[str, list[int]],
        lambda: [{"a": [1]}],
        lambda: [{"a": ["x"]}, {1: [1]}, [("a", [1])]],
        lambda v: v["a"].append(2),
    ),
    Sample(
        "MutableMapping[str, int]",
        MutableMapping[str, int],
        lambda: [{"a": 1}],
        lambda: [{"a": "x"}],
        lambda v: v.update(b=2),
    ),
    Sample("MutableSet[int]", MutableSet[int], lambda: [{1}], lambda: [{"x"}, [1]], lambda v: v.add(2)),
    Sample("AbstractSet[int]", AbstractSet[int], lambda: [frozenset({1})], lambda: [frozenset("x"), [1]]),
]

UNIONS = [
    Sample(
        "list[int] | dict[str, int]",
        list[int] | dict[str, int],
        lambda: [[1], {"a": 1}],
        lambda: [["x"], {"a": "x"}, (1,)],
        lambda v: v.append(2),
    ),
    Sample(
        "list[int] | list[list[str]]",
        list[int] | list[list[str]],
        lambda: [[["a"]], [1]],
        lambda: [[1, ["a"]], [[1]]],
        lambda v: v[0].append("b"),
    ),
    Sample("list[int] | Any", list[int] | Any, lambda: [[[1]], [1], 3], list, lambda v: v[0].append(2)),
    Sample("tuple[int, ...] | Any", tuple[int, ...] | Any, lambda: [([1],), (1,)], list, lambda v: v[0].append(2)),
    Sample("int | list[object]", int | list[object], lambda: [[[1]], 1], lambda: ["x", ()], lambda v: v[0].pop()),
    Sample(
        "list[int] | Sequence[list[int]]",
        list[int] | Sequence[list[int]],
        lambda: [[[1]], [1], ([1],)],
        lambda: [["x"], (1,)],
        lambda v: v[0].append(2),
    ),
    Sample(
        "Json",
        Json,
        lambda: [{"a": [{"b": [1]}]}, 1, None],
        lambda: [{1: 1}, (1,), {"a": [b""]}, {1}],
        lambda v: v["a"][0]["b"].append(2),
        lambda v: v["a"].pop(),
    ),
    Sample("Nest", Nest, lambda: [[[], [[]]]], lambda: [[1], [[[()]]]], lambda v: v[1][0].append([])),
    Sample("Left", Left, lambda: [[[[1]]], [1], "a"], lambda: [[[["a", 1]]], 1], lambda v: v[0][0].append(2)),
    Sample("Right", Right, lambda: [[[[1]]], ["a"], "a"], lambda: [[[[b""]]], 1], lambda v: v[0][0].append(2)),
]

CONTAINERS = [*LISTS, *DICTS, *SETS, *TUPLES, *COLLECTIONS, *UNIONS]
