"""What the interpreter says of a task, and the solver reads: effects, as relations from its entry to each way out.

Everything here is data; how it is found stands in `_interpreter`, what follows from it in `solve` and in `rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, final

from .relation import SAME, Relation

if TYPE_CHECKING:
    from .report import Spot


@final
class UnknownState:
    """The type of `UNKNOWN_STATE`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN_STATE"


UNKNOWN_STATE: Final = UnknownState()
"""Stands for a next state that cannot be told from the code."""

Next: TypeAlias = Enum | UnknownState | None
"""Where a task goes: a state; `UNKNOWN_STATE`; None where it ends without a state, as a branch may."""


STAR: Final = "[*]"
"""What the id of all keys of a family ends with."""


def star_of(key: str) -> str:
    """Give the id that stands for all keys of the family of *key*; empty where it is of none."""
    return key[: key.index("[")] + STAR if key.endswith("]") and "[" in key else ""


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A key as the analysis knows it."""

    id: str
    """Tells it from every other key: namespaces and name, of a family also the parameter, ``[*]`` where not known."""
    name: str
    """What messages call it."""
    type_text: str
    has_default: bool
    is_list: bool
    family: str = ""
    """The id of ``[*]`` of its family, if it is one of a family."""
    foreign: bool = False
    """Whether it lies in another store than that of the workflow."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """Relations of the keys that code touches, and one for all others.

    Where a key of a family is not listed, the relation of ``[*]`` of its family holds if that is listed, else `rest`.
    """

    relations: Mapping[str, Relation] = field(default_factory=dict[str, Relation])
    rest: Relation = SAME
    """Of every key that is not listed: `SAME`, unless something that cannot be followed had the store."""

    def of(self, key: str) -> Relation:
        """Give the relation of a key by its id."""
        found = self.relations.get(key)
        if found is None and (star := star_of(key)):
            found = self.relations.get(star)
        return self.rest if found is None else found


@dataclass(frozen=True, slots=True)
class Step:
    """A branch taken on the way through a task."""

    text: str
    """The condition as it stands in the code: ``random.random() < 0.3``."""
    taken: bool
    """Whether it held."""
    spot: Spot


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way out of a task."""

    next: Next
    keys: Keyed
    """From the entry of the task to this way out."""
    spot: Spot
    """The ``return``; where there is none, the function."""
    trail: tuple[Step, ...] = ()
    """The branches taken to get there."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One way on which a read is reached."""

    keys: Keyed
    """From the entry of the task to just before the read. Its relation of the key that is read may lead to absent
    statuses; where one of any key leads nowhere, the way is not taken from that status."""
    trail: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """A read as it stands in the code."""

    key: str
    """The id."""
    spot: Spot
    needed: bool
    """Whether it fails where the key is absent: no default, and nobody catches the error."""
    verb: str
    arrivals: tuple[Arrival, ...]
    via: tuple[Spot, ...] = ()
    """The calls through which it is reached, outermost first; empty where it stands in the task itself."""


WriteKind: TypeAlias = Literal["put", "append", "update", "remove"]


@dataclass(frozen=True, slots=True)
class Write:
    """A write as it stands in the code; ``append`` and ``update`` are atomic, ``put`` replaces."""

    key: str
    spot: Spot
    kind: WriteKind
    after_read: bool = False
    """Whether the same run of the task has read the key before: get, then put."""
    after_await: bool = False
    """Whether, since that read, it has awaited something."""
    certain: bool = True
    """False where the code cannot be followed there, and it may write the key."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that the analysis has to say of the code itself: KR205, KR502, KR901 and so on."""

    code: str
    spot: Spot
    facts: Mapping[str, Any]
    """What the sentence of the code is made of."""
    key: str = ""
    """The id of the key concerned."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a task says of itself, by ``@task(...)`` and its return annotation: ids of keys, and states."""

    reads: frozenset[str] | None = None
    """What it may read; None where nothing is said of reads."""
    writes: frozenset[str] | None = None
    """What it has written wherever it returns."""
    may_write: frozenset[str] | None = None
    """What it may write besides."""
    removes: frozenset[str] | None = None
    """What it may remove."""
    to: tuple[Enum, ...] | None = None
    """Where it may go."""
    spot: Spot | None = None
    """Where it says so."""
    annotated: bool = False
    """Whether `to` is what the return annotation names: a wider one than the code needs is no mistake."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What a task does, seen from its entry."""

    name: str
    """What people call the task."""
    spot: Spot
    """The ``def`` of the function that decides where it goes."""
    outcomes: tuple[Outcome, ...]
    """The ways out, those of an error left out. None: it always raises, or never ends."""
    reads: tuple[Read, ...]
    writes: tuple[Write, ...]
    anytime: Keyed
    """From the entry to any point at which it may be cancelled or fail: united over all of them, the entry too."""
    remarks: tuple[Remark, ...]
    keys: Mapping[str, KeyInfo]
    """What is known of each key that it touches, by id."""
    threaded: bool
    """Whether a part of it that has the store is a plain function, which runs in a thread."""
    opaque: bool = False
    """Whether something in it cannot be followed: what it does to keys, or where it goes."""
    assumptions: tuple[tuple[str, Spot | None], ...] = ()
    declared: Declared | None = None
    """What the task says of itself, to be held against the rest. Where the code cannot be read, the rest was made of
    this, and is not to be held against it."""
    believed: bool = False
    """Whether the rest was made of what is declared."""
    spots: tuple[Spot, ...] = ()
    """Each function of the task: where a comment suppresses for all of it."""
    left: frozenset[tuple[str, str]] = frozenset()
    """What things that it has started may still do when it is over: keys, each with what is done to it."""
    clears: Spot | None = None
    """Where it clears or restores the store, if it does: what any other branch has written is gone then."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A state with its task, or the branches of its split."""

    state: Enum
    effects: tuple[Effects, ...]
    """One, or one a branch."""
    spot: Spot
    """Where it was registered."""
    join: Join | None = None
    retried: bool = False
    """Whether a task is tried again after it failed: then it may find what its own first try left."""


@dataclass(frozen=True, slots=True)
class Join:
    """How the branches of a split come together."""

    strategy: str
    """What people call it: ``quorum(3)``."""
    state: Enum
    required: int
    """How many branches have succeeded, at least, when it goes on."""
    cancels: bool
    """Whether it may go on while branches have not ended, and cancels those."""
    summary: str = ""
    """The id of the key under which a summary is put."""
    timed: bool = True
    """Whether it ends for certain: it has a time limit, or needs none."""


@dataclass(frozen=True, slots=True)
class Model:
    """A workflow as the solver reads it."""

    name: str
    initial: Enum | None
    stages: Mapping[Enum, Stage]
    exits: Mapping[Enum, Spot]
    states: tuple[Enum, ...]
    """Every member of the enum."""
    inputs: frozenset[str]
    """The ids of keys that are there when a run starts: declared as inputs, or in the store now."""
    outputs: frozenset[str] | None
    """The ids of keys that a run is for; None where nothing is said, and anything may be read later."""
    keys: Mapping[str, KeyInfo]
    spot: Spot
    observing: tuple[Write, ...] = ()
    """What observers, and what decides on retries, may do to keys at any time."""
    assumptions: tuple[tuple[str, Spot | None], ...] = ()
    """What the proof rests on besides what its tasks rest on."""
