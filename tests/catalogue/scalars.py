"""Types whose values nobody can change."""

import re
from collections.abc import Callable, Hashable
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum, Flag, IntEnum, IntFlag, StrEnum
from fractions import Fraction
from ipaddress import IPv4Address, IPv6Network
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, NewType, Optional
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AnyUrl, Field, SecretStr, StringConstraints
from tests.catalogue.sample import Sample
from typing_extensions import TypeAliasType


class Color(Enum):
    RED = 1
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Mode(StrEnum):
    READ = "read"
    WRITE = "write"


class Access(Flag):
    READ = 1
    WRITE = 2


class Bits(IntFlag):
    ONE = 1
    TWO = 2


class Animal: ...


class Dog(Animal): ...


UserId = NewType("UserId", int)
Port = TypeAliasType("Port", Annotated[int, Field(ge=0, lt=65536)])
PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2024, 2, 29, 12, tzinfo=PARIS)
ONE_ID = UUID("12345678-1234-5678-1234-567812345678")

BUILT_IN = [
    Sample("int", int, lambda: [0, -1, 2**63, 10**5000], lambda: ["1", True, 1.0, None, Decimal(1), b"1"]),
    Sample("str", str, lambda: ["", "abc", "\ud800", "\0", "e\u0301"], lambda: [1, b"abc", None, ["a"], Color.BLUE]),
    Sample("float", float, lambda: [1.5, -0.0, float("nan"), float("inf")], lambda: ["1.5", True, Decimal(1), 1j]),
    Sample("bool", bool, lambda: [True, False], lambda: [1, 0, "true", None, 1.0]),
    Sample("bytes", bytes, lambda: [b"", b"\xff"], lambda: ["", bytearray(b"x"), memoryview(b"x"), [1]]),
    Sample("complex", complex, lambda: [1 + 2j, complex("nan")], lambda: ["1j", 1, 1.0, None]),
    Sample("None", None, lambda: [None], lambda: [0, "", False, "None"]),
    Sample("Color", Color, lambda: [Color.RED, Color.BLUE], lambda: [1, "blue", "RED", Level.LOW]),
    Sample("Level", Level, lambda: [Level.LOW], lambda: [1, "LOW", Bits.ONE, True]),
    Sample("Mode", Mode, lambda: [Mode.READ], lambda: ["read", "READ", b"read"]),
    Sample("Access", Access, lambda: [Access.READ, Access.READ | Access.WRITE, Access(0)], lambda: [1, Bits.ONE]),
    Sample("Bits", Bits, lambda: [Bits.ONE, Bits(3), Bits(0), Bits(8)], lambda: [1, 3, Access.READ]),
]
"""Types for which the class of a value says it all."""

OTHER = [
    Sample("Decimal", Decimal, lambda: [Decimal("1.50"), Decimal(-1)], lambda: [1, "1.5", 1.5, None]),
    Sample("Fraction", Fraction, lambda: [Fraction(1, 3)], lambda: [1, "1/3", 0.5, Decimal(1)]),
    Sample("datetime", datetime, lambda: [NOON, datetime(2024, 1, 1)], lambda: ["2024-01-01", 0, date(2024, 1, 1)]),  # noqa: DTZ001
    Sample("date", date, lambda: [date(2024, 2, 29)], lambda: ["2024-02-29", 0, NOON, time()]),
    Sample("time", time, lambda: [time(1, 2, 3), time(1, fold=1)], lambda: ["01:02", 3723, NOON]),
    Sample("timedelta", timedelta, lambda: [timedelta(1, 2, 3)], lambda: [1, "P1D", 1.5]),
    Sample("tzinfo", tzinfo, lambda: [timezone.utc, PARIS], lambda: ["UTC", 0, None]),  # noqa: UP017  # the class is meant
    Sample("UUID", UUID, lambda: [ONE_ID], lambda: [str(ONE_ID), ONE_ID.bytes, ONE_ID.int]),
    Sample("Path", Path, lambda: [Path("a/b"), Path()], lambda: ["a/b", b"a", None]),
    Sample("PurePosixPath", PurePosixPath, lambda: [PurePosixPath("a")], lambda: ["a"]),
    Sample("Pattern", re.Pattern[str], lambda: [re.compile("a+", re.IGNORECASE)], lambda: ["a+", re.compile(b"a")]),
    Sample("IPv4Address", IPv4Address, lambda: [IPv4Address("10.0.0.1")], lambda: ["10.0.0.1", 1]),
    Sample("IPv6Network", IPv6Network, lambda: [IPv6Network("::/64")], lambda: ["::/64", IPv4Address(1)]),
    Sample("range", range, lambda: [range(3)], lambda: [[0, 1, 2], 3]),
    Sample("Literal", Literal["a", 1], lambda: ["a", 1], lambda: ["b", 2, "1", None, True, 1.0, b"a"]),
    Sample("Literal | None", Literal[0, "a"] | None, lambda: [0, "a", None], lambda: [False, 0.0, "b"]),
    Sample("Literal of an enum", Literal[Color.RED], lambda: [Color.RED], lambda: [Color.BLUE, 1, Level.LOW]),
    Sample("positive int", Annotated[int, Field(gt=0)], lambda: [1, 2**70], lambda: [0, -1, "1", True, 1.0]),
    Sample("fraction of one", Annotated[float, Field(ge=0, le=1)], lambda: [0.0, 0.5], lambda: [1.5, float("nan")]),
    Sample("finite float", Annotated[float, Field(allow_inf_nan=False)], lambda: [1.5], lambda: [float("inf"), "1"]),
    Sample("code", Annotated[str, StringConstraints(pattern="^[a-z]{2}$")], lambda: ["de"], lambda: ["D", "deu", 1]),
    Sample("price", Annotated[Decimal, Field(decimal_places=2)], lambda: [Decimal("1.25")], lambda: [Decimal("1.255")]),
    Sample("NewType", UserId, lambda: [3], lambda: ["3", True, None]),
    Sample("alias", Port, lambda: [0, 80], lambda: [-1, 65536, "80", True]),
    Sample("int | None", int | None, lambda: [3, None], lambda: ["3", True, 3.0]),
    Sample("Optional[str]", Optional[str], lambda: ["a", None], lambda: [1, b"a"]),  # noqa: UP045  # the older form
    Sample("int | str", int | str, lambda: [1, "1"], lambda: [1.0, True, None, b"1"]),
    Sample("bool | int", bool | int, lambda: [True, 1], lambda: ["1", 1.0, None]),
    Sample("float | Level", float | Level, lambda: [1.5, Level.LOW], lambda: ["1.5", None]),
    Sample("SecretStr", SecretStr, lambda: [SecretStr("hunter2")], lambda: ["hunter2", None]),
    Sample("AnyUrl", AnyUrl, lambda: [AnyUrl("http://a.example/x?y=1")], lambda: ["http://a.example", 1]),
    Sample("Callable", Callable[[int], int], lambda: [abs, int.__add__], lambda: [3, "abs", None]),
    Sample("type[Animal]", type[Animal], lambda: [Animal, Dog], lambda: [int, Dog(), None]),
    Sample("Hashable", Hashable, lambda: [1, "a", (1, 2)], lambda: [[], {}]),
]

SCALARS = [*BUILT_IN, *OTHER]
