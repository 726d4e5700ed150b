"""Helpers in another module, as pipelines have them; it is no pipeline itself."""

from enum import Enum
from typing import NoReturn

from keyrack import KeyRegistry, MemoryStore, StoreKey

Stage = Enum("Stage", "BEGIN READ DONE")


class Shared(KeyRegistry, prefix="shared"):
    """Keys of the helpers."""

    url: StoreKey[str]
    page: StoreKey[str]
    status: StoreKey[int]


def fetch(store: MemoryStore, *, status: int = 200) -> str:
    page = f"the page of {store.get(Shared.url)}"
    store.put(Shared.page, page)
    _note(store, status)
    return page


def fetch_if_asked(store: MemoryStore, *, asked: bool) -> None:
    if not asked:
        return
    store.put(Shared.page, "a page")


def read_page(store: MemoryStore) -> str:
    return store.get(Shared.page)


def stop(reason: str) -> NoReturn:
    raise RuntimeError(reason)


def _note(store: MemoryStore, status: int) -> None:
    store.put(Shared.status, status)
