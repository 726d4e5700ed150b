"""Words about values, types and places: how keyrack names things to people.

Everything here is read when a message is read, never on a path that succeeds.
"""

from __future__ import annotations

import reprlib
from enum import Enum
from operator import eq
from typing import TYPE_CHECKING, Any, cast, get_args, get_origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LINE = 100
"""About the most characters that a stranger's message gets in one of ours."""

LOGGED = 500
"""About the most characters that a message gets in the log: a sentence of ours has to come to its reason, and nobody
else may tell it."""

PREVIEW_LENGTH = 40
"""The most characters that a preview of a value has."""

_MANY_BITS = 400
"""Integers of more bits are described, not printed: ``repr`` refuses them from 4,300 digits on."""


class _Short(reprlib.Repr):
    """``repr`` that reads only the beginning of a container and never raises."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 2 * PREVIEW_LENGTH
        self.maxlevel = 3

    def repr_instance(self, x: object, level: int) -> str:
        try:
            text = repr(x)
        except Exception:  # noqa: BLE001  # a repr is a stranger's code; a message must come out all the same
            text = ""
        return text if text and " at 0x" not in text else f"<{' '.join([type_name(type(x)), *_own_name(x)])}>"

    def repr_int(self, x: int, level: int) -> str:
        del level
        if x.bit_length() > _MANY_BITS:
            return f"an integer of about {int(x.bit_length() * 0.30103):,} digits"
        return repr(x)

    def repr_str(self, x: str, level: int) -> str:
        del level
        return repr(x[: self.maxstring])

    def repr_bytes(self, x: bytes, level: int) -> str:
        del level
        return repr(x[: self.maxstring])


def _own_name(x: object) -> list[str]:
    """Give the name of a function or a method; nothing where it has none."""
    try:
        name = getattr(x, "__qualname__", None)
    except Exception:  # noqa: BLE001  # an attribute is a stranger's code
        return []
    return [name.rpartition("<locals>.")[2]] if isinstance(name, str) else []


_short = _Short()


def preview(value: object) -> str:
    """Say what *value* is in at most 40 characters, whatever its size and however its repr fails."""
    try:
        text = _short.repr(value)
    except Exception:  # noqa: BLE001  # a repr is a stranger's code; a message must come out all the same
        text = f"<{type(value).__name__}>"
    return cut(text)


def cut(text: str, length: int = PREVIEW_LENGTH) -> str:
    """Give *text* on one line, shortened to *length* characters."""
    line = printable(" ".join(text.split())[: length + 1])
    return line if len(line) <= length else line[: length - 1] + "…"


def printable(text: str) -> str:
    """Give *text* with what no terminal should be sent, and no UTF-8 can hold, as escapes; blanks stay."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def told(error: BaseException, length: int = LINE) -> str:
    """Say on one line what an exception is: ``ValueError: no such book``, whatever its text and however that fails."""
    text = cut(text_of(error), length)
    return f"{type_name(type(error))}: {text}" if text else type_name(type(error))


def text_of(error: BaseException) -> str:
    """Give the text of an exception; none where it fails."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001  # an exception is a stranger's code; a message must come out all the same
        return ""


def described(value: object) -> str:
    """Say value and type: ``'abc' (str)``."""
    return f"{preview(value)} ({type_name(type(value))})"


def type_name(form: Any) -> str:
    """Name a type as a person writes it: ``list[User]``, ``int | None``, ``Literal['a']``."""
    if form is None or form is type(None):
        return "None"
    if form is Ellipsis:
        return "..."
    if isinstance(form, str):
        return form
    if isinstance(form, list):  # the parameters of a Callable
        return f"[{', '.join(map(type_name, cast('list[object]', form)))}]"
    origin = get_origin(form)
    if form == tuple[()]:
        return "tuple[()]"
    if origin is None:
        return _plain_name(form)
    return _generic_name(form, _plain_name(origin))


def _generic_name(form: Any, name: str) -> str:
    args = get_args(form)
    match name:
        case "Annotated" | "Required" | "NotRequired" | "ReadOnly":
            return type_name(args[0])
        case "Union" | "UnionType":
            return " | ".join(map(type_name, args))
        case "Literal":
            return f"Literal[{', '.join(map(_literal_text, args))}]"
        case _:
            return f"{name}[{', '.join(map(type_name, args))}]" if args else name


def _literal_text(value: object) -> str:
    return f"{type_name(type(value))}.{value.name}" if isinstance(value, Enum) else repr(value)


def _plain_name(form: Any) -> str:
    for attribute in ("__qualname__", "__name__", "_name", "__forward_arg__"):
        name = getattr(form, attribute, None)
        if isinstance(name, str):
            return name.rpartition("<locals>.")[2]
    return repr(form).removeprefix("typing.")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Give ``"; did you mean 'users'?"``, or nothing where nothing is near.

    Of a family of keys, ``name[...]``, only the name counts: another parameter is no slip of the pen.
    """
    from difflib import get_close_matches
    from heapq import nlargest

    wanted = name.partition("[")[0]
    names = {one.partition("[")[0] for one in known}
    if wanted in names:
        return ""
    alike = (one for one in names if abs(len(one) - len(wanted)) <= _SLIP)
    candidates = nlargest(_LOOKED_AT, alike, key=lambda one: _in_place(one, wanted))
    near = get_close_matches(wanted, candidates, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _in_place(one: str, other: str) -> int:
    """Count the characters that two names share in place, from the front and from the back."""
    ahead: int = sum(map(eq, one, other))
    behind: int = sum(map(eq, reversed(one), reversed(other)))
    return ahead + behind


_SLIP = 3
"""By how many characters the length of a name may differ from that of one that was meant."""

_LOOKED_AT = 500
"""How many names are compared: a thousand take 40 ms."""


def place(file: str | None, line: int | None) -> str:
    """Give ``" (app/keys.py:12)"``, or nothing where the place is not known."""
    return "" if file is None else f" ({file}:{line})"


def path_text(root: str, path: Sequence[str | int]) -> str:
    """Write a path into a value: ``users[1].age``; the middle of a very long one is left out."""
    steps = [_step_text(step) for step in path]
    if len(steps) > _LONG_PATH:
        steps[4:-4] = ["…"]
    return root + "".join(steps)


_LONG_PATH = 12


def _step_text(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{cut(step)}" if step.isidentifier() else f"[{cut(repr(step))}]"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Give ``"1 key"`` or ``"3 keys"``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {plural or f'{noun}s'}"
