"""Copies of values, made by the type: cloners that copy what is mutable and share what is not.

How it works: a cloner is a function from a value to a copy. `atom` gives the value itself, for types that cannot be
changed; the other cloners are put together from cloners of their parts, and a container of atoms takes the one-step
copy of its class. Each cloner looks at the class of what it gets: a value of another class (a subclass instance, or
something that does not fit the type at all) is copied by `anything`, so that a copy always has the class of its
original and a check of the copy is a check of the original.

This module knows no validation library: it is told the fields of a class, and copies them.
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# The values here are of any type: what a narrowing to a bare `list` or `dict` leaves unknown is unknown.

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from types import MemberDescriptorType
from typing import Any

from .arrays import is_array
from .written import Cloner as Cloner  # noqa: PLC0414  # its home for everybody else
from .written import written

_ATOMIC = frozenset({int, str, float, bool, bytes, complex, type(None), type, type(Ellipsis), range})


def atom(value: Any) -> Any:
    """Give *value* itself: nobody can change it."""
    return value


def anything(value: Any) -> Any:
    """Copy a value about whose type nothing is known."""
    return value if type(value) in _ATOMIC else copy.deepcopy(value)


class AtomsOf:
    """The cloner of classes that cannot be changed: gives a value of exactly those classes itself.

    Args:
        classes: the classes; an instance of a subclass is copied by `anything`.
        fields: what the ``__dict__`` of such a value may hold, where it has one.
    """

    __slots__ = ("_fields", "classes")

    def __init__(self, classes: AbstractSet[type], fields: AbstractSet[str] | None = None) -> None:
        self.classes: AbstractSet[type] = classes
        self._fields = fields

    def holds(self, value: Any) -> bool:
        """Say whether *value* cannot be changed by anybody."""
        if type(value) not in self.classes:
            return False
        return self._fields is None or value.__dict__.keys() <= self._fields

    def hold_all(self, values: Iterable[Any]) -> bool:
        """Say whether none of *values* can be changed by anybody."""
        if self._fields is None:
            return set(map(type, values)) <= self.classes
        return all(map(self.holds, values))

    def __call__(self, value: Any) -> Any:
        """Give *value* itself if it cannot be changed, else a copy."""
        return value if self.holds(value) else anything(value)


def cannot_change(cloner: Cloner, value: Any) -> bool:
    """Say whether *cloner* would give *value* itself."""
    return cloner is atom or (isinstance(cloner, AtomsOf) and cloner.holds(value))


def flat_list(value: Any) -> Any:
    """Copy a list whose items cannot be changed."""
    return value.copy() if type(value) is list else anything(value)


def list_of(item: Cloner) -> Cloner:
    """Make the cloner of lists whose items are copied by *item*."""
    if item is atom:
        return flat_list

    if isinstance(item, AtomsOf):

        def clone_values(value: Any) -> Any:
            return value.copy() if type(value) is list and item.hold_all(value) else anything(value)

        return clone_values

    def clone(value: Any) -> Any:
        return [item(part) for part in value] if type(value) is list else anything(value)

    return clone


def set_of(item: Cloner) -> Cloner:
    """Make the cloner of sets whose members are copied by *item*."""

    def clone(value: Any) -> Any:
        if type(value) is not set:
            return anything(value)
        return value.copy() if item is atom else {item(part) for part in value}

    return clone


def frozenset_of(item: Cloner) -> Cloner:
    """Make the cloner of frozensets; one of atoms is an atom."""
    if item is atom:
        return atom

    def clone(value: Any) -> Any:
        return frozenset(map(item, value)) if type(value) is frozenset else anything(value)

    return clone


def dict_of(key: Cloner, item: Cloner) -> Cloner:
    """Make the cloner of dicts whose keys are copied by *key* and whose values by *item*."""

    def clone(value: Any) -> Any:
        if type(value) is not dict:
            return anything(value)
        if key is not atom:
            return {key(name): item(part) for name, part in value.items()}
        return value.copy() if item is atom else {name: item(part) for name, part in value.items()}

    return clone


def tuple_of(items: Iterable[Cloner], cls: type[tuple[Any, ...]] = tuple) -> Cloner:
    """Make the cloner of tuples of class *cls* with one cloner a position; one of atoms is an atom."""
    parts = tuple(items)
    if all(part is atom for part in parts):
        return atom if cls is tuple else AtomsOf({cls})

    def clone(value: Any) -> Any:
        if type(value) is not cls or len(value) != len(parts):
            return anything(value)
        return tuple.__new__(cls, [part(item) for part, item in zip(parts, value, strict=True)])

    return clone


def tuple_of_any_length(item: Cloner) -> Cloner:
    """Make the cloner of tuples whose items are all copied by *item*; one of atoms is an atom."""
    if item is atom:
        return atom

    def clone(value: Any) -> Any:
        return tuple([item(part) for part in value]) if type(value) is tuple else anything(value)

    return clone


def fields_of(fields: Mapping[str, Cloner]) -> Cloner:
    """Make the cloner of dicts with fixed string keys; what stands under other keys is copied by `anything`."""
    parts, known = _mutable(fields), fields.keys()

    def clone(value: Any) -> Any:
        if type(value) is not dict:
            return anything(value)
        return _copy_parts(value, parts, known)

    return clone


def _mutable(fields: Mapping[str, Cloner]) -> tuple[tuple[str, Cloner], ...]:
    return tuple((name, cloner) for name, cloner in fields.items() if cloner is not atom)


def _copy_parts(value: dict[Any, Any], parts: Iterable[tuple[str, Cloner]], known: AbstractSet[str]) -> dict[Any, Any]:
    """Copy a dict: what stands under *parts* by its cloner, what is not *known* by `anything`."""
    new = value.copy()
    for name, cloner in parts:
        if name in new:
            new[name] = cloner(new[name])
    if not new.keys() <= known:  # cached properties, fields added by hand
        for name in new.keys() - known:
            new[name] = anything(new[name])
    return new


def record(
    cls: type,
    fields: Mapping[str, Cloner],
    *,
    bases: Iterable[type] = (),
    slots: Iterable[str] = (),
    frozen: bool = False,
) -> Cloner:
    """Make the cloner of instances of *cls*, part by part, without calling its ``__init__``.

    Args:
        cls: the class; instances of its subclasses are copied by `anything`.
        fields: the cloner of each field, by name; what else an instance holds is copied by `anything`.
        bases: classes whose own copy methods do no more than this cloner does.
        slots: slots of *bases* that are copied as well.
        frozen: whether instances cannot be changed; one whose fields are atoms is an atom then.
    """
    if not _is_plain(cls, bases):
        return anything
    if frozen and all(cloner is atom for cloner in fields.values()):
        return AtomsOf({cls}, fields.keys() if cls.__dictoffset__ else None)
    return _with_dict(cls, fields, slots) if cls.__dictoffset__ else _slotted(cls, fields)


def _with_dict(cls: type, fields: Mapping[str, Cloner], slots: Iterable[str]) -> Cloner:
    new_instance = object.__new__
    parts, known = _mutable(fields), fields.keys()
    set_dict = next(base.__dict__["__dict__"] for base in cls.__mro__ if "__dict__" in base.__dict__).__set__
    descriptors = [_slot_descriptor(cls, name) for name in slots]
    accessors = [(one.__get__, one.__set__) for one in descriptors if one is not None]
    others = _other_slots(cls, fields, slots)

    def clone(value: Any) -> Any:
        if type(value) is not cls:
            return anything(value)
        new = new_instance(cls)
        set_dict(new, _copy_parts(value.__dict__, parts, known))
        for read, write in accessors:
            part = read(value)
            write(new, None if part is None else _slot_value(part))
        for name, write, cloner in others:
            if hasattr(value, name):
                write(new, cloner(getattr(value, name)))
        return new

    reads_plainly = getattr(cls, "__getattribute__", None) is object.__getattribute__
    if others or None in descriptors or not reads_plainly:
        return clone
    return written(
        cls,
        {name: None if cloner is atom else cloner for name, cloner in fields.items()},
        {name: write for name, (_, write) in zip(slots, accessors, strict=True)},
        set_dict=set_dict,
        copy_part=_slot_value,
        copy_list=flat_list,
        careful=clone,
    )


def _slot_descriptor(cls: type, name: str) -> MemberDescriptorType | None:
    """Give what reads and writes a slot; None where a class has put something else under its name."""
    found = next(base.__dict__[name] for base in cls.__mro__ if name in base.__dict__)
    return found if isinstance(found, MemberDescriptorType) else None


def _other_slots(cls: type, fields: Mapping[str, Cloner], slots: Iterable[str]) -> list[tuple[str, Any, Cloner]]:
    """Give the slots that a class with a ``__dict__`` has besides: where it was made on top of one with slots."""
    names = _all_slot_names(cls) - {*slots, "__dict__"}
    found = [(name, _slot_descriptor(cls, name)) for name in sorted(names)]
    return [(name, one.__set__, fields.get(name, anything)) for name, one in found if one is not None]


def _slot_value(part: Any) -> Any:
    """Copy what a slot of a base holds: a set of field names, or a dict of anything."""
    return part.copy() if type(part) is set else copy.deepcopy(part)


def _slotted(cls: type, fields: Mapping[str, Cloner]) -> Cloner:
    if _all_slot_names(cls) != set(fields):
        return anything
    new_instance = object.__new__
    accessors = [(name, getattr(cls, name).__set__, cloner) for name, cloner in fields.items()]

    def clone(value: Any) -> Any:
        if type(value) is not cls:
            return anything(value)
        new = new_instance(cls)
        for name, write, cloner in accessors:
            if hasattr(value, name):  # a check will say what is missing
                write(new, cloner(getattr(value, name)))
        return new

    return clone


def _all_slot_names(cls: type) -> set[str]:
    return {name for base in cls.__mro__ for name in _slot_names(base)} - {"__weakref__"}


def _slot_names(cls: type) -> tuple[str, ...]:
    names = cls.__dict__.get("__slots__", ())
    return (names,) if isinstance(names, str) else tuple(names)


_COPY_METHODS = frozenset({"__deepcopy__", "__copy__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__"})


def _is_plain(cls: type, bases: Iterable[type]) -> bool:
    """Say whether an instance is its fields and nothing else: no copy methods of its own, no built-in base."""
    for base in cls.__mro__:
        if base is object or base in bases or _wrote_by_dataclasses(base):
            continue
        if base.__dict__.keys() & _COPY_METHODS:
            return False
    try:
        object.__new__(cls)
    except TypeError:  # abstract, or laid out by a built-in base
        return False
    return True


def _wrote_by_dataclasses(cls: type) -> bool:
    """Say whether the copy methods of *cls* are those that dataclasses writes into frozen classes with slots."""
    return getattr(cls.__dict__.get("__getstate__"), "__module__", None) == "dataclasses"


def choice(options: Iterable[tuple[frozenset[type] | None, Cloner]]) -> Cloner:
    """Make the cloner of a union: the class of the value chooses.

    Args:
        options: a pair a member: the classes of its values (None: not known), and its cloner.
    """
    members = list(options)
    if all(cloner is atom for _, cloner in members):
        return atom
    if any(classes is None for classes, _ in members):
        return anything  # a value of any class may be meant for that member
    by_class: dict[type, Cloner] = {}
    for classes, cloner in members:
        for cls in classes or ():
            # Two members of one class (two kinds of list, say) cannot be told apart by the class alone.
            by_class[cls] = cloner if by_class.get(cls, cloner) is cloner else anything

    def clone(value: Any) -> Any:
        return by_class.get(type(value), anything)(value)

    return clone


def later(find: Callable[[], Cloner]) -> Cloner:
    """Make the cloner of a type that is not complete yet (it contains itself); *find* gives it on use."""

    def clone(value: Any) -> Any:
        return find()(value)

    return clone


def array(value: Any) -> Any:
    """Copy a numpy array; the copy can be written to."""
    if not is_array(value) or value.dtype.hasobject:
        return anything(value)
    return value.copy("K")


def view(value: Any) -> Any:
    """Copy the bytes that a memoryview looks at; nobody can write to the copy."""
    if type(value) is not memoryview:
        return anything(value)
    copied: Any = memoryview(value.tobytes())
    return copied if value.format == "B" and value.ndim == 1 else copied.cast(value.format, value.shape)


def frozen_array(value: Any) -> Any:
    """Copy a numpy array; the copy cannot be written to."""
    return freeze_array(array(value))


def freeze_array(value: Any) -> Any:
    """Make a numpy array read-only in place; leave what is no array as it is."""
    if is_array(value):
        value.flags.writeable = False
    return value
