"""`keyrack inspect`: what lies in a store, read and never written, from its URL to its exit code.

Without a registry it says of each key what is kept beside its value: the type, the size, when it was written. With one
it reads the values, too, and says which of them do not fit. What a key calls secret is not shown.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.pretty import Pretty
from rich.progress import track
from rich.text import Text

from keyrack._screen import Screen, table_of
from keyrack._text import counted, did_you_mean, preview, printable
from keyrack.backends.spi import SEPARATOR, Encoded, Entry
from keyrack.check.loader import LoadError, found
from keyrack.check.target import Target
from keyrack.encoding import decoded, pieces_of
from keyrack.errors import ConfigurationError, CorruptValueError, KeyDefinitionError, StoreError
from keyrack.keys.codec import DamagedError, facts_of, is_secret, type_text
from keyrack.keys.key import MASK, StoreKey
from keyrack.registry import RegistryMeta
from keyrack.stores import NamespacedStore, open_store

if TYPE_CHECKING:
    from keyrack.store import KeyValueStore

MANY = 1000
"""From how many keys on a listing says how far it is; as many make a table."""


class Line(NamedTuple):
    """What is said of a key."""

    name: str
    type: str
    size: str
    written: str
    value: str
    problem: str = ""
    """What is wrong with it, if something is."""


def inspect(url: str, name: str | None, registry: str | None) -> int:
    """List what lies in a store, or show the value under one key.

    Args:
        url: which store.
        name: the key; those of a namespace have its name and a slash in front.
        registry: ``module:Class``; declares the keys.

    Returns:
        The exit code: 1 where a value is damaged or does not fit, or there is none.
    """
    keys = None if registry is None else _registry(registry)
    with closing(open_store(url, read_only=True)) as store:
        if not store.backend.persistent:
            raise ConfigurationError(
                subject=f"the store {url}", problems=["it ends with its process, and starts empty"]
            )
        names = store.backend.names("")
        if name is not None:
            return _show(store, name, names, keys)
        return _list(store, names, keys)


def _registry(text: str) -> RegistryMeta:
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        registry: object = found(Target(text))
    except LoadError as error:
        raise ConfigurationError(subject=f"--registry {text}", problems=[error.reason]) from None
    if not isinstance(registry, RegistryMeta):
        problem = f"it is no registry of keys, but {preview(registry)}; write module:Class"
        raise ConfigurationError(subject=f"--registry {text}", problems=[problem])
    return registry


# --- a listing ------------------------------------------------------------------------------------


def _list(store: KeyValueStore, names: list[str], keys: RegistryMeta | None) -> int:
    screen, errors = Screen(), Screen(stderr=True)
    if not names:
        screen.say(f"{store.label} is empty")
        return 0
    is_long = len(names) >= MANY and errors.can_draw
    shown = track(names, "reading", console=errors, transient=True, disable=not is_long)
    sizes: list[int] = []
    bad: list[Text] = []
    lines: list[Line] = []
    for number, full in enumerate(shown, 1):
        lines.append(_line(store, full, keys, sizes))
        if number % MANY == 0 or number == len(names):  # a table of all of them would come late
            bad += [Text(f"{line.name}: {line.problem}", "red") for line in lines if line.problem]
            screen.print(_table(lines, screen.width, with_values=keys is not None))
            lines.clear()
    end = f"{counted(len(names), 'key')}, {decimal(sum(sizes))} in {store.label}"
    if bad:
        end += f"; {len(bad)} cannot be read"
    screen.print(Group(Text(), *bad, Text(end, "bold red" if bad else "bold")))
    return 1 if bad else 0


def _table(lines: list[Line], width: int, *, with_values: bool) -> RenderableType:
    table = table_of("key", "type", "size", "written", *(["value"] if with_values else []))
    table.columns[2].justify = "right"
    if with_values:
        values = table.columns[-1]
        values.overflow, values.no_wrap, values.max_width = "ellipsis", True, width // 3
    for line in lines:
        cells = [Text(line.name), Text(line.type, "cyan"), Text(line.size), Text(line.written, "dim")]
        if with_values:
            cells.append(Text(line.value, "red" if line.problem else ""))
        table.add_row(*cells)
    return table


def _line(store: KeyValueStore, full: str, keys: RegistryMeta | None, sizes: list[int]) -> Line:
    """Say of a key what is known; the size is added to *sizes*."""
    name = _shown_name(full)
    try:
        (entry,) = store.backend.read([full])
    except CorruptValueError as error:
        return Line(name, "?", "?", "?", "damaged", str(error))
    if entry is None:  # removed since it was listed
        return Line(name, "", "", "", "removed")
    kind, size, written = _facts(entry)
    sizes.append(size)
    value, problem = ("", "") if keys is None else _value(store, full, entry, keys)
    return Line(name, kind, decimal(size), written, value, problem)


def _facts(entry: Entry) -> tuple[str, int, str]:
    """Give type, size and age of an entry."""
    last = pieces_of(entry)[-1]
    try:
        written = _age(facts_of(last.head).written)
    except DamagedError as error:
        written = str(error)
    return type_text(str(entry.stamp)), cast("Encoded", entry.payload).size, written


def _age(written: datetime) -> str:
    seconds = time.time() - written.timestamp()
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            return f"{counted(int(seconds // length), unit)} ago"
    return "just now" if seconds >= 0 else f"{written.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _shown_name(full: str) -> str:
    """Give the name of a key with those of its namespaces in front, and nothing that a terminal should not be sent."""
    return printable(full.replace(SEPARATOR, "/"))


def _value(store: KeyValueStore, full: str, entry: Entry, keys: RegistryMeta) -> tuple[str, str]:
    """Give what is shown of a value, and what is wrong with it, if something is."""
    place, name = _place(store, full)
    try:
        key = keys[name]
    except KeyDefinitionError:
        return "not declared", ""
    try:
        value: object = decoded(place.label, "get_shared", key, entry, shared=True)
    except CorruptValueError as error:
        return "damaged", str(error)
    except StoreError as error:
        return "does not fit", str(error)
    return MASK if key.secret else preview(value), ""


def _place(store: KeyValueStore, full: str) -> tuple[KeyValueStore, str]:
    """Give the namespace in which a key lies, and its name there."""
    *spaces, name = full.split(SEPARATOR)
    for space in spaces:
        store = NamespacedStore(store, space)
    return store, name


# --- one value ------------------------------------------------------------------------------------


def _show(store: KeyValueStore, name: str, names: list[str], keys: RegistryMeta | None) -> int:
    screen = Screen()
    found = [full for full in names if name in {full, _shown_name(full)}]
    if len(found) != 1:
        reason = f"no value for key {name!r} in {store.label}{did_you_mean(name, map(_shown_name, names))}"
        if found:
            reason = (
                f"{name!r} is {len(found)} keys in different namespaces; write one of {', '.join(map(repr, found))}"
            )
        Screen(stderr=True).say(f"keyrack inspect: {reason}")
        return 1
    place, own_name = _place(store, found[0])
    (entry,) = store.backend.read(found)
    key = None if keys is None else _declared(own_name, keys)
    if entry is None:
        raise ConfigurationError(subject=f"key {name!r}", problems=["it was removed a moment ago"])
    kind, size, written = _facts(entry)
    screen.print(Text.assemble((name, "bold"), "  ", (kind, "cyan"), f"  {decimal(size)}  ", (written, "dim")))
    screen.print(*_shown(place, entry, key))
    return 0


def _declared(name: str, keys: RegistryMeta) -> StoreKey[Any] | None:
    """Give the key of that name; None where the registry has none, which is said."""
    try:
        return keys[name]
    except KeyDefinitionError as error:
        Screen(stderr=True).say(f"keyrack inspect: {error}; it is shown as it is stored")
        return None


def _shown(place: KeyValueStore, entry: Entry, key: StoreKey[Any] | None) -> Iterator[RenderableType]:
    if key is not None:
        value: object = decoded(place.label, "get", key, entry)  # validated, and refused with a reason
        yield Text(MASK, "dim") if key.secret else Pretty(value)
    elif is_secret(str(entry.stamp)):
        yield Text(f"{MASK}: it is not shown", "dim")
    else:
        yield _raw(entry)


def _raw(entry: Entry) -> RenderableType:
    """Show what can be read without the type: text and JSON."""
    pieces = pieces_of(entry)
    codec = facts_of(pieces[0].head).codec
    try:
        if codec == "text":
            return Pretty(bytes(pieces[0].body).decode("utf-8", "surrogatepass"))
        if codec == "json":
            values = [json.loads(bytes(piece.body)) for piece in pieces]
            return Pretty(values[0] if len(values) == 1 else [item for value in values for item in value])
    except (ValueError, RecursionError) as error:
        return Text(f"it cannot be read as {codec}: {error}", "red")
    return Text(f"written by the codec {codec!r}; name the registry that declares the key to read it", "dim")
