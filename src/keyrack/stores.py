"""The stores by name: a backend chosen, and nothing else; the verbs are those of `keyrack.store.KeyValueStore`.

`MemoryStore` takes a shorter way inside where a value is known to fit by its class alone, or is stored under the very
type that is asked for. In every other case, and for every error, it goes the common way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from typing_extensions import TypeVar

from ._text import described
from .backends.memory import HAS_GIL, LOCK_TIMEOUT, MemoryBackend
from .backends.prefix import PrefixBackend
from .errors import KeyDefinitionError
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
