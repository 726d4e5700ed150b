"""The stores by name: a backend chosen, and nothing else; the verbs are those of `keyrack.store.KeyValueStore`.

`MemoryStore` takes a shorter way inside where a value is known to fit by its class alone, or is stored under the very
type that is asked for. In every other case, and for every error, it goes the common way.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Generic, Literal

from typing_extensions import TypeVar

from ._text import described, did_you_mean, preview
from .backends.memory import HAS_GIL, MemoryBackend
from .backends.patience import LOCK_TIMEOUT
from .backends.prefix import PrefixBackend
from .errors import ConfigurationError, KeyDefinitionError
from .keys.declaration import UNSET, check_name
from .refusing import uncopied
from .store import KeyValueStore

_NOT_SO_SHORT = (KeyError, AttributeError, TypeError)
"""What a look-up raises where there is no short way: nothing is stored, or the key is none."""

_GROWS_ALONE = HAS_GIL
"""Whether an append can look whether its list is held and grow it with no other thread in between.

CPython with its global lock changes threads at the start of Python functions, at jumps backwards and after calls, so
not between reading a slot and calling a method of a list. Elsewhere an append takes the lock.
"""

Inner_co = TypeVar("Inner_co", bound=KeyValueStore, default=KeyValueStore, covariant=True)


class MemoryStore(KeyValueStore):
    """Values in this process; they end with it.

    Args:
        lock_timeout: how long a writer waits for another one, in seconds, before it raises LockError.

    Example:
        >>> from keyrack import MemoryStore, StoreKey
        >>> SEEN = StoreKey[list[int]]("seen")
        >>> store = MemoryStore()
        >>> store.append(SEEN, 1)
        >>> store.get(SEEN)
        [1]
    """

    def __init__(self, *, lock_timeout: float = LOCK_TIMEOUT) -> None:
        self._memory = MemoryBackend(lock_timeout=lock_timeout)
        super().__init__(self._memory)
        self._memory.on_close(self._look_again)
        self._look_again()

    def _look_again(self) -> None:
        self._entries = self._memory.data

    if not TYPE_CHECKING:  # the signatures are those of KeyValueStore, and final

        def get(self, key, default=UNSET):
            try:
                found = self._entries[key.name]
                if found.__class__ is key.exact:  # quicker than type(), and what is stored tells no lies
                    return found
                clone = key.clone if found.fits is key.stamp else None
            except _NOT_SO_SHORT:
                clone = None
            if clone is None:
                return KeyValueStore.get(self, key, default)
            try:
                return clone(found.payload)
            except Exception as error:
                hidden = key.secret
                raise uncopied(self.label, "get", key, found.payload, error, hidden=hidden) from (
                    None if hidden else error
                )

        def get_shared(self, key):
            try:
                found = self._entries[key.name]
                if found.__class__ is key.exact:
                    return found
                if found.free is key.stamp:
                    return found.payload
            except _NOT_SO_SHORT:
                pass
            return KeyValueStore.get_shared(self, key)

        def put(self, key, value):
            try:
                if type(value) is key.exact:
                    self._entries[key.name] = value
                    return
            except _NOT_SO_SHORT:
                pass
            KeyValueStore.put(self, key, value)

        def append(self, key, item):
            try:
                if type(item) is key.item_exact:
                    found = self._entries[key.name]
                    # On one line, so that no tracer runs in between either.
                    if found.grows is key.stamp: found.payload.append(item); return  # fmt: skip  # noqa: E701, E702
            except _NOT_SO_SHORT:
                pass
            found = None  # a reference more would make an append believe that somebody has the list
            KeyValueStore.append(self, key, item)

        if not _GROWS_ALONE:
            del append


class SQLiteStore(KeyValueStore):
    """Values in a file, for all processes of one machine; they outlive the process, and a power cut.

    Values are kept as bytes, made by the codec of their key: what would not come back equal and of the same type is
    refused when it is put. ``get_shared`` gives arrays, and ``memoryview`` where the key is of that type, as read-only
    views on a mapped file where they are over 64 KiB.

    A store may be used by any number of threads, pickled into other processes, and goes on working in a fork. It needs
    the extra ``sqlite``.

    Args:
        path: the file, which is made if it is not there; ``":memory:"`` for a store that ends with the process.
        durability: ``"power"``: what a verb has written survives a power cut when the verb returns. ``"process"`` is
            quicker, and a power cut may take back the last seconds; the end of the process, however sudden, takes
            back nothing.
        read_only: whether nothing is to be written: the file has to be there, and verbs that write raise BackendError.
        lock_timeout: how long a writer waits for another one, in seconds, before it raises LockError.

    Raises:
        ValueError: an argument is none of those, or the path can be none.
        MissingExtraError: the package ``apsw`` is not installed.
        BackendError: the file is another program's, of a newer keyrack, or on a network file system.
        BackendUnavailableError: the file cannot be opened or made.

    Example:
        >>> import tempfile
        >>> from keyrack import SQLiteStore, StoreKey
        >>> SEEN = StoreKey[list[int]]("seen")
        >>> folder = tempfile.TemporaryDirectory()
        >>> with SQLiteStore(f"{folder.name}/runs.db") as store:
        ...     store.append(SEEN, 1)
        >>> with SQLiteStore(f"{folder.name}/runs.db") as store:
        ...     store.get(SEEN)
        [1]
        >>> folder.cleanup()
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        durability: Literal["power", "process"] = "power",
        read_only: bool = False,
        lock_timeout: float = LOCK_TIMEOUT,
    ) -> None:
        from .backends.sqlite import SQLiteBackend

        super().__init__(SQLiteBackend(path, durability=durability, read_only=read_only, lock_timeout=lock_timeout))
        self._again: Callable[[], object] = partial(
            type(self),
            os.path.abspath(path),  # noqa: PTH100  # where it is now, whatever folder a process works in
            durability=durability,
            read_only=read_only,
            lock_timeout=lock_timeout,
        )

    def __reduce__(self) -> str | tuple[object, ...]:
        if not self.backend.shared_between_processes:
            return super().__reduce__()
        return self._again, ()


class NamespacedStore(KeyValueStore, Generic[Inner_co]):
    """A part of another store: the same verbs, on names of its own.

    Namespaces nest, and no choice of names makes two of them meet. Closing one does nothing to the store below.

    Args:
        inner: the store below.
        namespace: the name of the namespace.

    Raises:
        KeyDefinitionError: *namespace* cannot be a name.

    Example:
        >>> from keyrack import MemoryStore, NamespacedStore, StoreKey
        >>> COUNT = StoreKey("count", int)
        >>> store = MemoryStore()
        >>> NamespacedStore(store, "v2").put(COUNT, 2)
        >>> store.is_empty()
        True
    """

    if not TYPE_CHECKING:  # the signature is that of __init__

        def __new__(cls, inner=None, /, *_, **__):
            """Make a view: a namespace of a store that is watched is watched, too."""
            return inner._view(cls) if isinstance(inner, KeyValueStore) else super().__new__(cls)

    def __init__(self, inner: Inner_co, namespace: str, /) -> None:
        if not isinstance(inner, KeyValueStore):
            raise KeyDefinitionError(f"NamespacedStore(store, name) takes a store, got {described(inner)}")
        try:
            check_name(namespace)
        except ValueError as error:
            raise KeyDefinitionError(f"a namespace cannot be named so: {error}") from None
        super().__init__(PrefixBackend(inner.backend, namespace))
        self._inner = inner
        self._namespace = namespace

    def __reduce__(self) -> str | tuple[object, ...]:
        if self.backend.shared_between_processes:
            return type(self), (self._inner, self._namespace)
        return super().__reduce__()

    def close(self) -> None:
        """Do nothing: a namespace is a view, and the store below stays open."""

    @property
    def inner(self) -> Inner_co:
        """The store below."""
        return self._inner


def open_store(url: str, /, *, read_only: bool = False) -> KeyValueStore:
    """Open the store that a URL names, for tools that get it from their user.

    Args:
        url: ``memory://``, ``sqlite:///runs.db`` for a file in the working directory, ``sqlite:////srv/runs.db`` for
            one that is named from the root.
        read_only: whether nothing is to be written; what is not there is not made.

    Raises:
        ConfigurationError: it names no kind of store, or no place.
        BackendError: the store cannot be opened.

    Example:
        >>> from keyrack import open_store
        >>> open_store("memory://")
        <MemoryStore>
    """
    given: object = url
    if not isinstance(given, str):
        raise ConfigurationError(subject="open_store()", problems=[f"a URL is a text, got {described(given)}"])
    kind, mark, place = url.partition("://")
    problem: str | None = None
    if kind not in _KINDS or not mark:
        hint = did_you_mean(kind, _KINDS) if mark else ""
        problem = f"{_without_secrets(url)} names no kind of store{hint}; write {' or '.join(_KINDS.values())}"
    elif kind == "memory" and place:
        problem = f"a store in memory has no place, got {_without_secrets(url)}; write {_KINDS[kind]}"
    elif kind == "sqlite" and (not place.startswith("/") or place == "/"):
        problem = (
            f"{_without_secrets(url)} names no file; write {_KINDS[kind]}, or sqlite:////srv/runs.db from the root"
        )
    if problem is not None:
        raise ConfigurationError(subject="open_store()", problems=[problem])
    try:
        return MemoryStore() if kind == "memory" else SQLiteStore(place[1:], read_only=read_only)
    except ValueError as error:  # the place can be no path
        raise ConfigurationError(subject="open_store()", problems=[str(error)]) from None


def _without_secrets(url: str) -> str:
    """Show a URL without what may be a password, which those of other programs have in many places."""
    kind, mark, _ = url.partition("://")
    if "@" not in url and (kind in _KINDS or not mark):
        return preview(url)
    return preview(f"{kind}://…" if mark and "@" not in kind else "…")


_KINDS = {"memory": "memory://", "sqlite": "sqlite:///runs.db"}
"""The kinds of stores, with an example of each."""
