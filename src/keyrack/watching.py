"""A store that tells of its verbs: the same store, of the same class, over the same values.

How it works: each class of stores gets a subclass, made when it is first needed, whose verbs tell how the plain ones
went. A watched store shares its attributes with the store that is watched, so that it is that store in all but this;
what is copied to another process is the plain one. A namespace of a watched store is watched, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache, wraps
from typing import Any, NamedTuple, TypeVar, cast

from .backends.spi import Wrapping
from .errors import KeyDefinitionError
from .keys.key import Put, StoreKey
from .store import KeyValueStore

V = TypeVar("V", bound=KeyValueStore)


class UsedKey(NamedTuple):
    """A key that a verb of a store was about."""

    name: str
    """Its name; one in a namespace has the name of the namespace and a slash in front."""
    type: str
    """Its type, as people write it."""
    size: int | None
    """The bytes of the value, where it is an array or bytes."""
    length: int | None
    """How many items or characters it has, where it has any. Both are None where no value was seen, and of secrets."""


class Use(NamedTuple):
    """A verb of a store, over."""

    verb: str
    """Its name: ``"put"``."""
    keys: tuple[UsedKey, ...]
    """The keys it was about; none where it was about all of them, as ``clear`` is."""
    writes: bool
    """Whether it has written."""
    store: str
    """The store, as it calls itself."""
    backend: str
    """The class of the backend that keeps the values: ``"MemoryBackend"``."""
    began: float
    """When it began, on the clock of who watches."""
    ended: float
    error: BaseException | None
    """What it raised, if it did."""


class Watch(NamedTuple):
    """Who watches."""

    clock: Callable[[], float]
    tell: Callable[[Use], object]
    """Takes a verb that is over, in the thread that has used it; must not raise."""


def watched(store: V, watch: Watch) -> V:
    """Give *store* itself, as one that tells *watch* of its verbs; one that is watched tells its own watch, too."""
    made: V = _twin(_kind_of(store), store, watch)
    return made


class _Watched:
    """What a watched store is besides a store."""

    __slots__ = ()

    _kind: type[Any]
    """The class of the plain store."""
    _watch: Watch
    _plain: Any
    """The store without this; has the same attributes."""
    _outer: Any
    """The watched store of which this is a namespace; None of the one that was given."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make a plain store: whoever asks a store for its class wants another one of it."""
        return cls._kind(*args, **kwargs)

    def __init_subclass__(cls) -> None:
        """Ask nothing of the plain class, which may want arguments."""

    def __del__(self) -> None:
        """Leave the end of the store to the plain one."""

    def __eq__(self, other: object) -> bool:
        found: bool = self._plain == (other._plain if isinstance(other, _Watched) else other)
        return found

    def __hash__(self) -> int:
        return hash(self._plain)

    def __reduce_ex__(self, protocol: Any) -> str | tuple[Any, ...]:
        return cast("KeyValueStore", self._plain).__reduce_ex__(protocol)

    def _view(self, kind: type[Any]) -> Any:
        return _twin(kind, object.__new__(kind), self._watch, self)

    def _prefix(self: Any) -> str:
        """Give what stands before the names of keys."""
        return "" if self._outer is None else f"{self._outer._prefix()}{self._namespace}/"


def _kind_of(store: object) -> Any:
    kind = type(store)
    return getattr(kind, "_kind") if issubclass(kind, _Watched) else kind  # noqa: B009  # for pyright, it is private


def _twin(kind: Any, plain: Any, watch: Watch, outer: Any = None) -> Any:
    twin = object.__new__(_class_of(kind))
    set_on = object.__setattr__  # the class may have a way of its own to set attributes
    set_on(twin, "__dict__", plain.__dict__)
    set_on(twin, "_plain", plain)
    set_on(twin, "_watch", watch)
    set_on(twin, "_outer", outer)
    return twin


@lru_cache(maxsize=256)
def _class_of(kind: Any) -> Any:
    verbs = {name: _telling(name, getattr(kind, name)) for name in (*_READING, *_WRITING, "transact")}
    own = {"_kind": kind, "__slots__": ("_outer", "_plain", "_watch"), "__module__": kind.__module__}
    return type(kind.__name__, (_Watched, kind), {**_slots_of(kind), **verbs, **own, "__doc__": kind.__doc__})


def _slots_of(kind: Any) -> dict[str, property]:
    """Give the attributes that lie in slots, and not in the dictionary that both share."""
    bases: tuple[type, ...] = kind.__mro__
    names = [name for one in bases for name in _listed(vars(one).get("__slots__", ()))]
    return {name: _handed_on(name) for name in names if name not in {"__dict__", "__weakref__"}}


def _listed(slots: Any) -> tuple[str, ...]:
    return (slots,) if isinstance(slots, str) else tuple(slots)


def _handed_on(name: str) -> property:
    return property(
        lambda self: getattr(self._plain, name),
        lambda self, value: setattr(self._plain, name, value),
        lambda self: delattr(self._plain, name),
    )


_READING = ("get", "get_shared", "get_many", "contains_key", "keys", "snapshot")
_WRITING = (
    *("put", "put_shared", "put_many", "append", "extend", "update", "remove"),
    *("compare_and_set", "clear", "restore"),
)


def _telling(name: str, verb: Callable[..., Any]) -> Callable[..., Any]:
    """Make a verb of one that tells how it went."""
    wrap = _transact if name == "transact" else _once

    @wraps(verb)
    def telling(self: Any, *args: Any, **kwargs: Any) -> Any:
        return wrap(self, name, args, kwargs)

    return telling


def _once(self: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    watch: Watch = self._watch
    result, failed = None, None
    began = watch.clock()
    try:
        result = getattr(self._plain, name)(*args, **kwargs)
    except BaseException as error:
        failed = error
        raise
    finally:
        writes = name in _WRITING and not (name == "compare_and_set" and result is False)
        with suppress(Exception):  # what a store says of itself may be a stranger's code; the verb is over
            keys = tuple(_used(self._prefix(), name, args, kwargs, result))
            watch.tell(Use(name, keys, writes, self.label, _place_of(self), began, watch.clock(), failed))
        del failed  # its traceback holds this frame: free both without the collector
    return result


def _transact(self: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Tell of the verbs of the try that was kept; of one that was not, nothing has come."""
    watch: Watch = self._watch
    kept: list[Use] = []

    def watching(fn: Any) -> Any:
        def run(store: KeyValueStore) -> Any:
            kept.clear()
            return fn(watched(store, watch._replace(tell=kept.append)))

        return wraps(fn)(run) if callable(fn) else fn

    def after(use: Use) -> None:
        if use.error is None:
            for inner in kept:
                keys = tuple(key._replace(name=f"{self._prefix()}{key.name}") for key in inner.keys)
                watch.tell(inner._replace(keys=keys, store=use.store, backend=use.backend))
        watch.tell(use)

    telling = _twin(self._kind, self._plain, watch._replace(tell=after), self._outer)
    return _once(telling, name, tuple(map(watching, args)), {name: watching(fn) for name, fn in kwargs.items()})


# --- what a verb was about ------------------------------------------------------------------------


def _used(prefix: str, verb: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Iterator[UsedKey]:
    """Give the keys among what a verb was given, each with what is seen of its value."""
    if verb == "put_many":
        yield from (_of_key(prefix, one.key, one.value) for one in args if type(one) is Put)
    elif verb == "get_many":
        results: Any = [None] * len(args) if result is None else result
        yield from (_of_key(prefix, key, value) for key, value in zip(args, results, strict=False) if _is_key(key))
    else:
        key: Any = kwargs.get("key", args[0] if args else None)
        if _is_key(key):
            yield _of_key(prefix, key, _value(verb, args, kwargs, result))


def _value(verb: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> object:
    """Give the value that a verb was given, or has given."""
    if verb in {"get", "get_shared", "update"}:
        return result
    if verb in {"put", "put_shared", "compare_and_set"}:
        return kwargs.get("new", kwargs.get("value", args[-1] if args else None))
    return None


def _is_key(one: object) -> bool:
    return type(one) is StoreKey


def _of_key(prefix: str, key: StoreKey[Any], value: object) -> UsedKey:
    try:
        kind = key.type_text
    except KeyDefinitionError:  # it was refused for this
        kind = "?"
    return UsedKey(f"{prefix}{key.name}", kind, *((None, None) if key.secret else _extent(value)))


def _extent(value: object) -> tuple[int | None, int | None]:
    """Give the bytes and the items of a value, where they are plain to see without a stranger's code."""
    kind, seen = type(value), cast("Any", value)
    if kind in _SIZED:
        return (len(seen) if kind in {bytes, bytearray} else None), len(seen)
    if kind is memoryview or (kind.__module__ == "numpy" and kind.__name__ == "ndarray"):
        return seen.nbytes, len(seen) if seen.ndim else None
    return None, None


_SIZED = frozenset({str, bytes, bytearray, list, tuple, dict, set, frozenset})


def _place_of(store: KeyValueStore) -> str:
    """Name the class of the backend at the bottom."""
    backend: Any = store.backend
    while isinstance(backend, Wrapping):
        backend = backend.inner
    return type(backend).__name__
