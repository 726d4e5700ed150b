"""The stores by name: a backend chosen, and nothing else; the verbs are those of `keyrack.store.KeyValueStore`.

`MemoryStore` takes a shorter way inside where a value is known to fit by its class alone, or is stored under the very
type that is asked for. In every other case, and for every error, it goes the common way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from typing_extensions import TypeVar

from .backends.memory import LOCK_TIMEOUT, MemoryBackend
from .backends.prefix import PrefixBackend
from .backends.spi import Entry
from .errors import KeyDefinitionError
from .keys.declaration import UNSET, check_name
from .store import KeyValueStore

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
        self._entries = self._memory.data
        self._lock = self._memory.lock

    def close(self) -> None:
        """Let go of everything; every verb raises StoreClosedError from then on. A second call does nothing."""
        super().close()
        self._entries = self._memory.data

    if not TYPE_CHECKING:  # the signatures are those of KeyValueStore, and final

        def get(self, key, default=UNSET):
            try:
                found = self._entries[key.name]
                if type(found) is key.exact:
                    return found
                if found.fits is key.stamp:
                    return key.clone(found.payload)
            except (KeyError, AttributeError):
                pass
            return KeyValueStore.get(self, key, default)

        def get_shared(self, key):
            try:
                found = self._entries[key.name]
                kind = type(found)
                if kind is Entry:
                    if found.free is key.stamp:
                        return found.payload
                    if found.held and found.stamp is key.stamp and self._lock.acquire(False):
                        try:  # a list: no append may be half-way when it is handed out
                            return found.payload
                        finally:
                            self._lock.release()
                elif kind is key.exact:
                    return found
            except (KeyError, AttributeError):
                pass
            return KeyValueStore.get_shared(self, key)

        def put(self, key, value):
            try:
                if type(value) is key.exact:
                    self._entries[key.name] = value
                    return
            except AttributeError:
                pass
            KeyValueStore.put(self, key, value)

        def append(self, key, item):
            try:
                if type(item) is key.item_exact and self._lock.acquire(False):
                    try:
                        found = self._entries[key.name]
                        if found.stamp is key.stamp and not found.held:
                            found.payload.append(item)
                            return
                    finally:
                        self._lock.release()
            except (KeyError, AttributeError):
                pass
            KeyValueStore.append(self, key, item)


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
        try:
            check_name(namespace)
        except ValueError as error:
            raise KeyDefinitionError(f"a namespace cannot be named so: {error}") from None
        super().__init__(PrefixBackend(inner.backend, namespace))
        self._inner = inner

    @property
    def inner(self) -> Inner_co:
        """The store below."""
        return self._inner
