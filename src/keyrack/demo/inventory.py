"""Inventory: what lies in a store, in words; knows nothing of terminals."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any, NamedTuple

from pydantic import BaseModel

from keyrack import KeyFamily, KeyRegistry, KeyValueStore, StoreKey
from keyrack._text import counted, cut, preview


class Line(NamedTuple):
    """A key, or the keys of a family."""

    key: str
    type: str
    holds: str
    """The value or its size."""
    doc: str


def inventory(registry: type[KeyRegistry], store: KeyValueStore) -> Iterator[Line]:
    """Say what *store* holds under each key of *registry*, in the order of their declaration."""
    for key in registry:
        if isinstance(key, KeyFamily):
            number = sum(map(key.covers, store.keys()))
            yield Line(f"{key.name}[…]", key.type_text, counted(number, "key"), key.doc)
        else:
            yield Line(key.name, key.type_text, _held(key, store), key.doc)


def _held(key: StoreKey[Any], store: KeyValueStore) -> str:
    if not store.contains_key(key):
        return f"default {_value(key.make_default())}" if key.has_default else "nothing"
    return "a secret" if key.secret else _value(store.get_shared(key))


def _value(value: object) -> str:
    match value:
        case bool() | float() | str():
            return preview(value)
        case int():
            return f"{value:,}"
        case Enum():
            return value.name
        case PurePath():
            return cut(str(value))
        case BaseModel():
            return counted(len(type(value).model_fields), "field")
        case _ if is_dataclass(value):
            return counted(len(fields(value)), "field")
        case Sized():
            return counted(len(value), "item")
        case _:
            return preview(value)
