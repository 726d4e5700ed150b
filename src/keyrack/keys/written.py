"""Cloners written out for one class: what is known of the class is decided once, not for each value.

How it works: for a class with the fields ``name`` and ``tags`` and one slot besides its ``__dict__`` this is compiled::

    def clone(value):
        if type(value) is not cls:
            return careful(value)
        fields = value.__dict__.copy()
        if len(fields) != 2:
            return careful(value)
        try:
            fields['name']
            fields['tags'] = clone_1(fields['tags'])
        except KeyError:
            return careful(value)
        new = new_instance()
        set_dict(new, fields)
        part = value.slot
        set_0(new, part if part is None else part.copy() if type(part) is set else copy_part(part))
        return new

A value that holds anything else goes to the careful cloner, which does the same in a loop and looks at each thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

Cloner = Callable[[Any], Any]
Setter = Callable[[Any, Any], object]

_SOURCE = """
def make({names}):
    def clone(value):
        if type(value) is not cls:
            return careful(value)
        fields = value.__dict__.copy()
        if len(fields) != {number}:
            return careful(value)
        try:
            {look}
        except KeyError:
            return careful(value)
        new = new_instance()
        set_dict(new, fields)
        {fill}
        return new
    return clone
"""


def written(
    cls: type,
    fields: Mapping[str, Cloner | None],
    slots: Mapping[str, Setter],
    *,
    set_dict: Setter,
    copy_part: Cloner,
    copy_list: Cloner,
    careful: Cloner,
) -> Cloner:
    """Write the cloner of instances of *cls* that hold exactly *fields* and *slots*.

    Args:
        cls: the class; reading an attribute of an instance runs no code of its own.
        fields: the cloner of each field, by name; None where it cannot be changed.
        slots: what sets each slot, by name.
        set_dict: sets the ``__dict__`` of an instance.
        copy_part: copies what a slot holds.
        copy_list: the cloner of lists whose items cannot be changed; it is written out, too.
        careful: the cloner of every other value.
    """
    space: dict[str, Any] = {"cls": cls, "new_instance": partial(object.__new__, cls), "set_dict": set_dict}
    space |= {"copy_part": copy_part, "copy_list": copy_list, "careful": careful}
    space |= {f"clone_{number}": cloner for number, cloner in enumerate(fields.values())}
    space |= {f"set_{number}": setter for number, setter in enumerate(slots.values())}
    source = _SOURCE.format(
        names=", ".join(space),
        number=len(fields),
        look="\n            ".join(_look(fields, copy_list)) or "pass",
        fill="\n        ".join(_fill(slots)),
    )
    made: dict[str, Any] = {}
    exec(source, made)  # noqa: S102  # what is not written here is names, quoted or those of slots
    clone: Cloner = made["make"](**space)
    return clone


def _look(fields: Mapping[str, Cloner | None], copy_list: Cloner) -> Iterator[str]:
    """Write what copies the fields, or looks whether they are there."""
    for number, (name, cloner) in enumerate(fields.items()):
        field = f"fields[{name!r}]"
        if cloner is None:
            yield field
        elif cloner is copy_list:
            yield f"part = {field}"
            yield f"{field} = part.copy() if type(part) is list else copy_list(part)"
        else:
            yield f"{field} = clone_{number}({field})"


def _fill(slots: Mapping[str, Setter]) -> Iterator[str]:
    """Write what copies the slots."""
    for number, name in enumerate(slots):
        yield f"part = value.{name}"
        yield f"set_{number}(new, part if part is None else part.copy() if type(part) is set else copy_part(part))"
