"""One name with two types: among the keys that a workflow uses, and the registries of the modules of its tasks.

Other registries of a package are not looked at: they may be those of another workflow, over another store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._source import attributes
from ..keys.key import StoreKey
from ..registry import KeyRegistry
from .codes import CODES, said
from .report import Diagnostic, Spot


def conflicts(keys: Mapping[str, list[StoreKey[Any]]], modules: Iterable[str], target: str) -> Iterator[Diagnostic]:
    """Find keys of one name and different types.

    Args:
        keys: the keys that tasks use, by id.
        modules: the names of modules whose registries are looked at too.
        target: the name of the workflow.
    """
    found: dict[str, list[StoreKey[Any]]] = {name: [*several] for name, several in keys.items()}
    for key in _declared({*modules}):
        several = found.setdefault(key.name, [])
        if key.name in keys and all(key is not one and key != one for one in several):
            several.append(key)
    for name, several in found.items():
        ordered = sorted(several, key=lambda key: _place(key)[:2])
        for other in ordered[1:]:
            yield _conflict(name, ordered[0], other, target)


def _declared(modules: set[str]) -> Iterator[StoreKey[Any]]:
    """Give the keys of every registry that some modules declare."""
    waiting: list[Any] = [*KeyRegistry.__subclasses__()]
    for registry in waiting:  # grows while it is read
        waiting += registry.__subclasses__()
        if registry.__module__ in modules:
            yield from (key for key in registry if isinstance(key, StoreKey))


def _conflict(name: str, one: StoreKey[Any], other: StoreKey[Any], target: str) -> Diagnostic:
    file, line, here = _place(other)
    _, _, there = _place(one)
    message = said("KR501", key=name, one=other.type_text, here=here, other=one.type_text, there=there)
    subject = f"{other.type_text} {one.type_text}"
    return Diagnostic("KR501", CODES["KR501"].severity, message, Spot(file, line), target, key=name, subject=subject)


def _place(key: StoreKey[Any]) -> tuple[str, int, str]:
    """Give where a key is declared: file, line, and what people call the place."""
    declaration = key.declaration
    file, line = declaration.file, declaration.line
    if declaration.home is None:
        return file, line, f"{file}:{line}"
    registry, attribute = declaration.home
    source = attributes(file, line, registry.__name__).get(attribute)
    return file, source.line if source is not None else line, registry.__qualname__
