"""What pydantic cannot look into: arbitrary classes, ``Any``, ``object``, and subclasses where the base is declared."""

from collections import UserList
from typing import Any

from tests.catalogue.records import Spot
from tests.catalogue.sample import Sample


class Plain:
    def __init__(self, *items: int) -> None:
        self.items = list(items)


class Subclass(Plain):
    more: str = "more"


class SlottedThing:
    __slots__ = ("items", "unset")

    def __init__(self, *items: int) -> None:
        self.items = list(items)


class Copier:
    """Says itself how it is copied."""

    def __init__(self, items: list[int], copies: int = 0) -> None:
        self.items = items
        self.copies = copies

    def __deepcopy__(self, memo: object) -> "Copier":
        return Copier(self.items.copy(), self.copies)


class Reducer:
    """Says itself how it is pickled, and so how it is copied."""

    def __init__(self, items: list[int]) -> None:
        self.items = items

    def __reduce__(self) -> tuple[Any, ...]:
        return Reducer, (self.items,)


class Meta(type): ...


class Made(metaclass=Meta):
    def __init__(self) -> None:
        self.items = [1]


class Numbers(UserList[int]): ...


class SpotWithNotes(Spot):
    notes: list[str]


def noted(value: Any) -> Any:
    """Give *value* with an attribute of its own that can be changed."""
    value.notes = ["a"]
    return value


def _slotted() -> SlottedThing:
    return SlottedThing(1)


def _grow(value: Any) -> None:
    value.items.append(2)


def _add_note(value: Any) -> None:
    value.notes.append("b")


THINGS = [
    Sample("Plain", Plain, lambda: [Plain(1), Subclass(1)], lambda: [{"items": []}, SlottedThing(), Plain], _grow),
    Sample("SlottedThing", SlottedThing, lambda: [_slotted()], lambda: [Plain(1), None], _grow),
    Sample("Copier", Copier, lambda: [Copier([1])], lambda: [Plain(1)], _grow),
    Sample("Reducer", Reducer, lambda: [Reducer([1])], lambda: [Plain(1)], _grow),
    Sample("Made", Made, lambda: [Made()], lambda: [Made, Plain(1)], _grow),
    Sample("UserList", Numbers, lambda: [Numbers([1])], lambda: [[1], UserList([1])], lambda v: v.append(2)),
    Sample(
        "list[Plain]",
        list[Plain],
        lambda: [[Plain(1), Subclass(2)]],
        lambda: [[Plain(1), None]],
        lambda v: v[1].items.append(3),
    ),
    Sample("Plain | int", Plain | int, lambda: [Plain(1), 1], lambda: ["x"], _grow),
    Sample("Any", Any, lambda: [{"a": [Plain(1)]}, 1, None, Plain], list, lambda v: v["a"][0].items.append(2)),
    Sample("object", object, lambda: [[Plain(1)], 1, None], list, lambda v: v[0].items.append(2)),
    Sample("bytearray", bytearray, lambda: [bytearray(b"ab")], lambda: [b"ab", "ab", [1]], lambda v: v.append(1)),
    Sample("named tuple with notes", Spot, lambda: [noted(SpotWithNotes(1))], lambda: [(1,)], _add_note),
]
