"""Models as type forms, with values."""

from typing import Any

from pydantic import AnyUrl, SecretStr
from tests.catalogue.models import (
    Admin,
    Aliased,
    Box,
    CalledPet,
    Careful,
    Cat,
    Closed,
    Computed,
    Decoded,
    Dog,
    EnumValues,
    Frozen,
    FrozenNumber,
    FrozenWithList,
    Mixed,
    Node,
    Numbers,
    Open,
    OpenInts,
    Ordered,
    Pet,
    Private,
    Ruled,
    Slotted,
    Team,
    User,
)
from tests.catalogue.records import Point
from tests.catalogue.sample import Sample, broken, without
from tests.catalogue.scalars import Color

WHOLE: dict[str, Any] = {"name": "Ada", "age": 36, "tags": list[str]()}
"""All fields of a `User`, and yet none."""


def _private() -> Private:
    value = Private(x=1)
    value.note(7, "mine")
    return value


def _closed() -> Closed:
    value = Closed(x=1)
    assert value.parts == [1]
    return value


def _slotted() -> Slotted:
    value = Slotted(x=1)
    object.__setattr__(value, "cache", [1])
    return value


def _decoded() -> Decoded:
    return Decoded.model_validate({"numbers": "[1, 2]", "data": "aGVsbG8h"})


def _tag(value: Any) -> None:
    value.tags.append("new")


def _plain(**changed: Any) -> User:
    user: User = broken(User(name="Ada", age=36), **changed)
    return user


MODELS = [
    Sample(
        "User",
        User,
        lambda: [User(name="Ada", age=36, tags=["x"]), User(name="Bob"), Admin(name="Cy", rights={"all"})],
        lambda: [
            *({"name": "Ada", "age": 36}, WHOLE, "Ada", None, User, Frozen(x=1), Point(1)),
            *(_plain(age="36"), _plain(age=-1), _plain(tags=("a",)), _plain(tags=[1]), User.model_construct()),
            *(broken(User(name="Ada"), age="1"), without(User(name="Ada"), "name")),
        ],
        _tag,
        lambda v: setattr(v, "age", 99),
        lambda v: setattr(v, "age", "no int"),
    ),
    Sample(
        "Team",
        Team,
        lambda: [Team(lead=User(name="A", tags=["x"]), members=[User(name="B")], by_role={"r": [User(name="C")]})],
        lambda: [
            Team.model_construct(lead={"name": "A"}, members=[], by_role={}),
            Team.model_construct(lead=WHOLE, members=[], by_role={}),
            Team.model_construct(lead=User(name="A"), members=[WHOLE], by_role={}),
            broken(Team(lead=User(name="A"), members=[]), by_role={"r": [WHOLE]}),
            Team.model_construct(lead=User(name="A"), members=[User(name="A"), _plain(age="1")], by_role={}),
            Team.model_construct(lead=User(name="A"), members=(), by_role={}),
        ],
        lambda v: _tag(v.lead),
        lambda v: _tag(v.by_role["r"][0]),
        lambda v: v.members.clear(),
    ),
    Sample(
        "list[User]",
        list[User],
        lambda: [[User(name="A", tags=["x"]), Admin(name="B")], []],
        lambda: [[{"name": "A"}], [User(name="A"), WHOLE], [User(name="A"), _plain(age="1")], (User(name="A"),)],
        lambda v: _tag(v[0]),
        lambda v: v.append(None),
    ),
    Sample(
        "dict[str, list[User]]",
        dict[str, list[User]],
        lambda: [{"a": [User(name="A", tags=["x"])]}],
        lambda: [{"a": [WHOLE]}, {"a": [_plain(name=1)]}],
        lambda v: _tag(v["a"][0]),
    ),
    Sample(
        "tuple[User, int]",
        tuple[User, int],
        lambda: [(User(name="A", tags=["x"]), 1)],
        lambda: [({"name": "A"}, 1), [User(name="A"), 1]],
        lambda v: _tag(v[0]),
    ),
    Sample("User | None", User | None, lambda: [User(name="A"), None], lambda: [WHOLE, _plain(age=None)], _tag),
    Sample("Admin | User", Admin | User, lambda: [User(name="A"), Admin(name="B")], lambda: [WHOLE, 1], _tag),
    Sample(
        "Admin",
        Admin,
        lambda: [Admin(name="A", rights={"r"})],
        lambda: [User(name="A")],
        _tag,
        lambda v: v.rights.add("s"),
    ),
    Sample(
        "Frozen",
        Frozen,
        lambda: [FrozenWithList(x=1, items=[1]), Frozen(x=1)],
        lambda: [{"x": 1}, Frozen.model_construct(x="1"), broken(Frozen(x=1), x=None)],
        lambda v: v.items.append(2),
    ),
    Sample(
        "FrozenWithList",
        FrozenWithList,
        lambda: [FrozenWithList(x=1, items=[1])],
        lambda: [Frozen(x=1)],
        lambda v: v.items.append(2),
    ),
    Sample(
        "Aliased",
        Aliased,
        lambda: [Aliased.model_validate({"userName": "A", "TAGS": ["x"]})],
        lambda: [{"userName": "A"}, Aliased.model_construct(user_name=1, tags=[])],
        _tag,
    ),
    Sample(
        "Private",
        Private,
        lambda: [_private(), Private(x=1)],
        lambda: [{"x": 1}],
        lambda v: v._seen.append(8),
        lambda v: setattr(v, "_note", "other"),
    ),
    Sample(
        "Open",
        Open,
        lambda: [Open.model_validate({"x": 1, "more": [1]}), Open(x=1)],
        lambda: [{"x": 1}, Open.model_construct(x="1", more=1)],
        lambda v: v.more.append(2),
    ),
    Sample(
        "OpenInts",
        OpenInts,
        lambda: [OpenInts.model_validate({"x": 1, "more": [1]})],
        lambda: [OpenInts.model_construct(x=1, more=["x"])],
        lambda v: v.more.append(2),
    ),
    Sample(
        "Closed",
        Closed,
        lambda: [_closed(), Closed(x=1)],
        lambda: [{"x": 1}, Closed.model_construct(x="1")],
        lambda v: v.parts.append(2),
    ),
    Sample(
        "Ruled",
        Ruled,
        lambda: [Ruled.model_validate({"before": "1", "after": [2, 1], "wrapped": "you"})],
        lambda: [{"before": "1"}, Ruled.model_construct(before="1", after=[], wrapped="")],
        lambda v: v.after.append(3),
    ),
    Sample(
        "Ordered",
        Ordered,
        lambda: [Ordered(low=1, high=2), Ordered.model_validate({"pair": (1, 2)})],
        lambda: [broken(Ordered(low=1, high=2), low=3), Ordered.model_construct(low=2, high=1, seen=[])],
        lambda v: v.seen.append(3),
    ),
    Sample("Computed", Computed, lambda: [Computed(parts=[1])], lambda: [{"parts": [1]}], lambda v: v.parts.append(2)),
    Sample(
        "Numbers",
        Numbers,
        lambda: [Numbers([1])],
        lambda: [[1], broken(Numbers([1]), root=["x"])],
        lambda v: v.root.append(2),
    ),
    Sample("FrozenNumber", FrozenNumber, lambda: [FrozenNumber(1)], lambda: [1, FrozenNumber.model_construct("x")]),  # type: ignore[arg-type]
    Sample(
        "Box[list[int]]",
        Box[list[int]],
        lambda: [Box[list[int]](item=[1]), Box(item=[1])],
        lambda: [{"item": [1]}, Box[str](item="x"), Box[list[int]].model_construct(item=["x"])],
        lambda v: v.item.append(2),
    ),
    Sample(
        "Box[User]",
        Box[User],
        lambda: [Box[User](item=User(name="A"))],
        lambda: [Box[User].model_construct(item=WHOLE), Box(item=3)],
        lambda v: _tag(v.item),
    ),
    Sample(
        "Pet",
        Pet,
        lambda: [Cat(), Dog(tricks=["sit"])],
        lambda: [{"kind": "cat"}, broken(Cat(), kind="dog"), Cat.model_construct(kind="cat", lives=["x"])],
        lambda v: v.lives.append(8),
    ),
    Sample(
        "CalledPet",
        CalledPet,
        lambda: [Dog(tricks=["sit"]), Cat()],
        lambda: [broken(Dog(), tricks=[1])],
        lambda v: v.tricks.append("roll"),
    ),
    Sample(
        "Node",
        Node,
        lambda: [Node(value=1, next=Node(value=2), children=[Node(value=3)])],
        lambda: [
            broken(Node(value=1), next={"value": 2, "next": None, "children": []}),
            Node(value=1, children=[broken(Node(value=2), value="2")]),
        ],
        lambda v: setattr(v.next, "value", 9),
        lambda v: v.children[0].children.append(Node(value=4)),
    ),
    Sample(
        "Mixed",
        Mixed,
        lambda: [Mixed(point=Point(1, ["a"]), movie={"title": "M", "years": [1]}, pet=Cat(), anything={"a": [1]})],
        lambda: [
            Mixed.model_construct(
                point={"x": 1, "labels": []}, movie={"title": "M", "years": []}, pet=None, anything=1
            ),
            broken(Mixed(point=Point(1), movie={"title": "M", "years": []}), pet={"kind": "cat", "lives": [1]}),
            Mixed.model_construct(
                point=Point(1), movie={"title": "M", "years": [], "more": 1}, pet=None, anything=None
            ),
        ],
        lambda v: v.point.labels.append("b"),
        lambda v: v.movie["years"].append(2),
        lambda v: v.pet.lives.pop(),
        lambda v: v.anything["a"].append(2),
    ),
    Sample(
        "Careful",
        Careful,
        lambda: [Careful(secret=SecretStr("s"), url=AnyUrl("http://a.example"), color=Color.RED)],
        lambda: [Careful.model_construct(secret=b"s", url=AnyUrl("http://a.example"), color=Color.RED, tags=[])],
        _tag,
    ),
    Sample(
        "EnumValues",
        EnumValues,
        lambda: [EnumValues(color=Color.RED)],
        lambda: [EnumValues.model_construct(color="no color", tags=[])],
        _tag,
    ),
    Sample(
        "Decoded",
        Decoded,
        lambda: [_decoded()],
        lambda: [broken(_decoded(), numbers=["x"]), broken(_decoded(), data="text")],
        lambda v: v.numbers.append(3),
    ),
    Sample(
        "Slotted model",
        Slotted,
        lambda: [_slotted()],
        lambda: [broken(_slotted(), x="1")],
        lambda v: v.cache.append(2),
    ),
]
