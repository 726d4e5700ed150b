"""The store: typed verbs over a backend.

How it works: a verb turns a value into one that fits and is owned (see `keyrack.keys.schema`), and hands it to the
backend in an entry that remembers the type by its stamp. On the way back an entry with the key's own stamp is known
to fit and is copied; everything else is validated first. Verbs that read and then write ask the backend to keep other
writers waiting, and commit on the condition that what they read is still there.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from time import monotonic
from types import AsyncGeneratorType, GeneratorType, TracebackType
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Protocol, TypeVar, final, overload

from ._text import described, type_name
from .backends.overlay import OverlayBackend
from .backends.spi import SEPARATOR, Backend, Encoded, Entry, pinned
from .encoding import decoded, encoded, encoded_again, pieces_of
from .errors import (
    NOTHING_WRITTEN,
    AppendTypeMismatchError,
    KeyDefinitionError,
    KeyNotFoundError,
    LockError,
    Problem,
    Problems,
    TypeMismatchError,
    note,
)
from .keys.declaration import UNSET
from .keys.equal import same
from .keys.forms import is_list
from .keys.key import ABSENT, Absent, Put, StoreKey
from .refusing import ITEM, ITEMS, Refusing, cloned
from .snapshot import Snapshot, isolated

if TYPE_CHECKING:
    from typing import Self

    from .registry import Slot

MAX_TRIES = 1000
"""How often a function runs whose result is spoilt by another writer each time."""

T = TypeVar("T")
I = TypeVar("I")  # noqa: E741  # the type of an item
D = TypeVar("D")
R = TypeVar("R")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
E = TypeVar("E")
P = ParamSpec("P")


class _Puttable(Protocol[P]):
    """How put learns the value's type from the key: the value is checked with that type as its context."""

    def put_signature(self, *args: P.args, **kwargs: P.kwargs) -> None: ...


class _Swappable(Protocol[P]):
    """The same for compare_and_set."""

    def swap_signature(self, *args: P.args, **kwargs: P.kwargs) -> None: ...


@final
class _Late(Generic[T]):
    """Never instantiated: makes mypy solve T from the key before it looks at the item."""


class KeyValueStore:
    """Values under typed keys, in a backend.

    Every verb is safe to call from any thread. A verb that raises has changed nothing. Besides what it says itself,
    each raises KeyDefinitionError for what is no `StoreKey` or has a type that cannot be used, StoreClosedError after
    `close`, and LockError where other writers keep it from its work for too long.

    Args:
        backend: where the values live.
    """

    def __init__(self, backend: Backend, /) -> None:
        self._backend = backend

    # --- reading ----------------------------------------------------------------------------------

    @overload
    def get(self, key: StoreKey[T]) -> T: ...
    @overload
    def get(self, key: StoreKey[T], default: T | _Late[Callable[[], T]]) -> T: ...
    @overload
    def get(self, key: StoreKey[T], default: D) -> T | D: ...
    @final
    def get(self, key: StoreKey[Any], default: Any = UNSET) -> Any:
        """Give a copy of the value under *key*, which is the caller's own.

        Args:
            key: the key.
            default: given as it is where nothing is stored; it goes before the key's own default.

        Raises:
            KeyNotFoundError: nothing is stored, and there is no default.
            TypeMismatchError: what is stored does not fit: it was put under another type, or changed while shared.
            ValueCopyError: the value cannot be copied; ``get_shared`` gives it without a copy.
        """
        (entry,) = self._read("get", key)
        return self._missing(key, default) if entry is None else self._copy_of(key, entry)

    @final
    def get_shared(self, key: StoreKey[T]) -> T:
        """Give the stored object itself, at no cost whatever its size, to be read and not to be changed.

        A list that is appended to later does not grow in the caller's hands. Arrays cannot be written to. Once a
        value that can be changed was shared, every ``get`` validates it again.

        Raises:
            KeyNotFoundError: nothing is stored, and the key has no default.
            TypeMismatchError: what is stored was put under another type and does not fit this one.
        """
        (entry,) = self._read("get_shared", key)
        if entry is None:
            missing: T = self._missing(key, UNSET)
            return missing
        payload: Any = entry.payload
        shared: T
        if type(payload) is key.exact or entry.free is key.stamp:
            shared = payload
        elif type(payload) is Encoded:
            shared = decoded(self.label, "get_shared", key, entry, shared=True)
        else:
            shared = self._share(key)
        return shared

    @overload
    def get_many(self, key: StoreKey[A], /) -> tuple[A]: ...
    @overload
    def get_many(self, key1: StoreKey[A], key2: StoreKey[B], /) -> tuple[A, B]: ...
    @overload
    def get_many(self, key1: StoreKey[A], key2: StoreKey[B], key3: StoreKey[C], /) -> tuple[A, B, C]: ...
    @overload
    def get_many(
        self, key1: StoreKey[A], key2: StoreKey[B], key3: StoreKey[C], key4: StoreKey[E], /
    ) -> tuple[A, B, C, E]: ...
    @overload
    def get_many(self, *keys: StoreKey[T]) -> tuple[T, ...]: ...
    @overload  # for five and more: with fewer, mypy would take it for what the others refuse
    def get_many(
        self,
        key1: StoreKey[Any],
        key2: StoreKey[Any],
        key3: StoreKey[Any],
        key4: StoreKey[Any],
        key5: StoreKey[Any],
        /,
        *keys: StoreKey[Any],
    ) -> tuple[Any, ...]: ...
    @final
    def get_many(self, *keys: StoreKey[Any]) -> tuple[Any, ...]:
        """Give copies of the values under several keys as they were at one moment.

        Raises:
            KeyNotFoundError: nothing is stored under one of them, and it has no default.
            TypeMismatchError: as `get`.
            ValueCopyError: as `get`.
        """
        for key in keys:
            self._check_key("get_many", key)
        names = [key.name for key in keys]
        entries = self._backend.exclusively(lambda: pinned(self._backend, names))
        return tuple(
            self._missing(key, UNSET) if entry is None else self._copy_of(key, entry)
            for key, entry in zip(keys, entries, strict=True)
        )

    @final
    def contains_key(self, key: StoreKey[Any]) -> bool:
        """Say whether a value is stored under *key*; a default does not count."""
        (entry,) = self._read("contains_key", key)
        return entry is not None

    @final
    def __contains__(self, key: StoreKey[Any]) -> bool:
        return self.contains_key(key)

    @final
    def keys(self) -> list[str]:
        """Give the names of the keys that have a value, sorted; those of other namespaces are not among them."""
        return [name for name in self._backend.names("") if SEPARATOR not in name]

    @final
    def __len__(self) -> int:
        return len(self.keys())

    @final
    def __bool__(self) -> bool:
        """Give True: an empty store is a store (``store or MemoryStore()`` must not replace it)."""
        return True

    @final
    def is_empty(self) -> bool:
        """Say whether no key has a value."""
        return not self.keys()

    # --- writing ----------------------------------------------------------------------------------

    if TYPE_CHECKING:

        @final
        def put(self, key: _Puttable[P], *args: P.args, **kwargs: P.kwargs) -> None:
            """Keep a copy of *value* under *key*, replacing what was there; the caller may go on changing the value.

            Raises:
                TypeMismatchError: the value does not fit the key's type; nothing was written.
                ValueCopyError: the value cannot be copied; nothing was written. ``put_shared`` needs no copy.
            """

        @final
        def put_shared(self, key: _Puttable[P], *args: P.args, **kwargs: P.kwargs) -> None:
            """Keep *value* itself under *key*: the caller promises to let go of it.

            An array becomes read-only, in the caller's hands too. Whatever else can be changed is validated by every
            ``get``, because the store cannot know whether the promise is kept.

            Raises:
                TypeMismatchError: the value does not fit the key's type; nothing was written.
            """

        @final
        def compare_and_set(self, key: _Swappable[P], *args: P.args, **kwargs: P.kwargs) -> bool:
            """Put *new* under *key* if what is stored equals *expected* (`ABSENT`: nothing is stored).

            Returns:
                Whether it was put.

            Raises:
                TypeMismatchError: *expected* or *new* does not fit the key's type; nothing was written.
                ValueCopyError: *new* cannot be copied; nothing was written.
            """
            ...

    else:

        def put(self, key, value):
            """Keep a copy of *value* under *key*, replacing what was there; the caller may go on changing the value.

            Raises:
                TypeMismatchError: the value does not fit the key's type; nothing was written.
                ValueCopyError: the value cannot be copied; nothing was written. ``put_shared`` needs no copy.
            """
            self._check_key("put", key)
            self._backend.write(key.name, self._entry("put", key, value))

        def put_shared(self, key, value):
            """Keep *value* itself under *key*: the caller promises to let go of it.

            An array becomes read-only, in the caller's hands too. Whatever else can be changed is validated by every
            ``get``, because the store cannot know whether the promise is kept.

            Raises:
                TypeMismatchError: the value does not fit the key's type; nothing was written.
            """
            self._check_key("put_shared", key)
            kept = value
            if type(kept) is not key.exact:
                with self._refusing("put_shared", key, kept):
                    kept = key.schema.share(kept)
            if self._backend.holds_objects:
                is_open = type(kept) is not key.exact and not key.schema.is_immutable(kept)
                entry = Entry(kept, key.stamp, shared=is_open, held=is_open, free=True)
            else:
                entry = encoded(self.label, "put_shared", key, kept)
            self._backend.write(key.name, entry)

        def compare_and_set(self, key, expected, new):
            """Put *new* under *key* if what is stored equals *expected* (`ABSENT`: nothing is stored).

            Returns:
                Whether it was put.

            Raises:
                TypeMismatchError: *expected* or *new* does not fit the key's type; nothing was written.
                ValueCopyError: *new* cannot be copied; nothing was written.
            """
            self._check_key("compare_and_set", key)
            return self._compare_and_set(key, expected, new)

    @final
    def append(self, key: StoreKey[list[I]], item: I | _Late[Callable[[], I]]) -> None:
        """Add a copy of *item* to the end of the list under *key*, at a cost that does not depend on its length.

        Where nothing is stored the list starts from the key's default, or empty. Appends from any thread are all kept.

        Raises:
            AppendTypeMismatchError: the item does not fit, or what is stored is no such list; nothing was written.
            ValueCopyError: the item cannot be copied; nothing was written.
        """
        self._check_key("append", key)
        self._append(key, [item], ITEM)

    @final
    def extend(self, key: StoreKey[list[I]], items: Iterable[I | _Late[Callable[[], I]]]) -> None:
        """Add copies of *items* to the end of the list under *key*, all of them or none.

        Raises:
            AppendTypeMismatchError: an item does not fit, or what is stored is no such list; nothing was written.
            ValueCopyError: an item cannot be copied; nothing was written.
        """
        self._check_key("extend", key)
        if not isinstance(items, Iterable):
            raise self._no_append(key, Problem((), "should be several", described(items)), ITEMS)
        self._append(key, list(items), ITEMS)

    @final
    def update(self, key: StoreKey[T], fn: Callable[[T], T]) -> T:
        """Replace the value under *key* by what *fn* makes of it, with no other writer in between.

        *fn* gets a copy, of the key's default where nothing is stored. Other writers may wait while it runs, and it
        runs again if one came in between all the same: keep it short and free of side effects.

        Returns:
            The new value, as ``get`` would give it.

        Raises:
            KeyNotFoundError: nothing is stored, and the key has no default.
            TypeMismatchError: what is stored or what *fn* gave does not fit; nothing was written.
            Exception: what *fn* raises goes to the caller; nothing was written.
        """
        self._check_key("update", key)
        new: list[T] = []

        def change(entry: Entry | None) -> Entry:
            old = self._missing(key, UNSET) if entry is None else self._copy_of(key, entry, "update")
            made = self._entry("update", key, _call(fn, old, f"updating {key.name!r} in {self.label}"))
            new[:] = [self._copy_of(key, made, "update")]
            return made

        self._replace(key.name, change)
        return new[0]

    @final
    def remove(self, key: StoreKey[Any]) -> None:
        """Remove the value under *key*; do nothing where there is none."""
        self._check_key("remove", key)
        self._backend.commit({}, {key.name: None})

    @final
    def put_many(self, *puts: Put) -> None:
        """Put several values, all or nothing: ``store.put_many(A.to(1), B.to("x"))``.

        Raises:
            TypeMismatchError: one of the values does not fit; nothing was written.
            ValueCopyError: one of the values cannot be copied; nothing was written.
        """
        for put in puts:
            if type(put) is not Put:
                raise KeyDefinitionError(f"put_many takes key.to(value), got {described(put)}; {NOTHING_WRITTEN}")
            self._check_key("put_many", put.key)
        self._backend.commit({}, {put.key.name: self._entry("put", put.key, put.value) for put in puts})

    @final
    def clear(self) -> None:
        """Remove every value; those in other namespaces stay."""
        self._backend.exclusively(lambda: self._backend.commit({}, dict.fromkeys(self.keys())))

    # --- several steps as one ---------------------------------------------------------------------

    @final
    def transact(self, fn: Callable[[KeyValueStore], R]) -> R:
        """Run *fn* on the store with no other writer in between; what it writes is kept whole, or not at all.

        *fn* gets a store of the same verbs, which ends with it. It runs again where another writer came in between all
        the same, so keep it short and free of other side effects. What is compared in the end is the keys that it
        read; the list of names is not.

        Returns:
            What *fn* gives.

        Raises:
            Exception: what *fn* raises goes to the caller; nothing was written.
        """
        tries = _Tries(self.label, "a transaction")

        def attempt() -> R:
            for _ in tries:
                overlay = OverlayBackend(self._backend)
                try:
                    result = _call(fn, KeyValueStore(overlay), f"running a transaction on {self.label}")
                finally:
                    overlay.close()
                if overlay.settle():
                    return result
            raise tries.given_up()

        return self._backend.exclusively(attempt)

    @final
    def snapshot(self) -> Snapshot:
        """Give what is stored now, to be given back by `restore`.

        Takes time for the number of keys, not for the size of what is under them; a value that is shared is copied,
        or, where it cannot be, kept as it is.
        """

        def take() -> Snapshot:
            names = self.keys()
            entries = zip(names, pinned(self._backend, names), strict=True)
            return Snapshot(self.label, {name: entry for name, entry in entries if entry is not None})

        return self._backend.exclusively(take)

    @final
    def restore(self, snapshot: Snapshot) -> None:
        """Hold what the store held when *snapshot* was taken, and nothing else; all or nothing.

        A snapshot can be restored any number of times, and in another store or namespace too.
        """
        if type(snapshot) is not Snapshot:
            raise KeyDefinitionError(f"restore takes a Snapshot, got {described(snapshot)}; {NOTHING_WRITTEN}")
        entries = snapshot.entries()
        if not self._backend.holds_objects:
            entries = {name: encoded_again(self.label, name, entry) for name, entry in entries.items()}
        self._backend.exclusively(lambda: self._backend.commit({}, {**dict.fromkeys(self.keys()), **entries}))

    # --- the store itself -------------------------------------------------------------------------

    @final
    def at(self, key: StoreKey[T]) -> Slot[T]:
        """Bind *key* to this store: ``store.at(KEY).append(x)``."""
        self._check_key("at", key)
        from .registry import Slot

        return Slot(self, key)

    @property
    def label(self) -> str:
        """What messages call the store."""
        return self._backend.label

    @property
    def backend(self) -> Backend:
        """Where the values live."""
        return self._backend

    def close(self) -> None:
        """Let go of everything; every verb raises StoreClosedError from then on. A second call does nothing."""
        self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{self.label}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError(f"{self.label} is one place and is not copied; take a snapshot() and restore() it elsewhere")

    # --- how the verbs work -----------------------------------------------------------------------

    def _view(self, kind: type[Any]) -> Any:
        """Give what becomes a namespace of this store, of the class *kind*."""
        return object.__new__(kind)

    def _check_key(self, verb: str, key: object) -> None:
        if type(key) is not StoreKey:
            kind = "registry" if type(type(key)).__name__ == "RegistryMeta" else type(key).__name__
            hint = _HINTS.get(kind, "declare it once: KEY = StoreKey('name', int)")
            raise KeyDefinitionError(f"{verb} takes a StoreKey, got {described(key)}; {hint}")
        if key.name is None:  # pyright: ignore[reportUnnecessaryComparison]  # declared in a class that is no registry
            raise key.declaration.error(f"{verb}: the key has no name; write StoreKey('name', ...)")

    def _read(self, verb: str, *keys: StoreKey[Any]) -> list[Entry | None]:
        for key in keys:
            self._check_key(verb, key)
        return self._backend.read([key.name for key in keys])

    def _missing(self, key: StoreKey[Any], default: Any) -> Any:
        """Give what stands for a value that is not there."""
        if default is not UNSET:
            return default
        if key.has_default:
            return key.make_default()
        raise KeyNotFoundError(key=key.name, store=self.label, known=self.keys)

    def _copy_of(self, key: StoreKey[Any], entry: Entry, verb: str = "get") -> Any:
        """Give a copy of what *entry* holds, validated where it is not known to fit."""
        payload = entry.payload
        if type(payload) is key.exact:
            return payload
        if type(payload) is Encoded:
            return decoded(self.label, verb, key, entry)
        stored = None if entry.stamp is key.stamp else _stamp_text(entry.stamp)
        with self._refusing(verb, key, payload, stored=stored, entry=entry):
            if stored is None and not entry.shared:
                return cloned(key, payload)
            return key.schema.checked_copy(payload)

    def _share(self, key: StoreKey[Any]) -> Any:
        """Give what is stored itself, and mark it as shared."""

        def share() -> Any:
            (entry,) = self._backend.read([key.name])
            if entry is None:
                return self._missing(key, UNSET)
            schema = key.schema
            if entry.stamp is not key.stamp:
                with self._refusing("get_shared", key, entry.payload, stored=_stamp_text(entry.stamp), entry=entry):
                    schema.check(entry.payload)
            is_apart = entry.shared or not entry.twin or isinstance(entry.stamp, type)
            if not is_apart and not schema.is_immutable(entry.payload):
                return self._part_and_share(key, entry)
            entry.pin()
            entry.free = key.stamp
            if not schema.is_immutable(entry.payload):
                entry.fits = None
            return entry.payload

        return self._backend.exclusively(share)

    def _part_and_share(self, key: StoreKey[Any], entry: Entry) -> Any:
        """Put a payload of its own in the place of one that a snapshot has, too, and share that."""
        with self._refusing("get_shared", key, entry.payload):
            own = isolated(entry)
        self._backend.commit({key.name: entry}, {key.name: own})  # where it fails there is a newer one, not a twin
        return self._share(key)

    def _entry(self, verb: str, key: StoreKey[Any], value: Any) -> Entry:
        """Make an entry of a copy of *value*."""
        own = self._own(verb, key, value)
        if not self._backend.holds_objects:
            return encoded(self.label, verb, key, own)
        return Entry(own, key.stamp, free=type(own) is key.exact or key.schema.is_immutable(own))

    def _own(self, verb: str, key: StoreKey[Any], value: Any) -> Any:
        """Give a copy of *value* that fits."""
        self._check_key(verb, key)
        if type(value) is key.exact:
            return value
        with self._refusing(verb, key, value):
            return key.schema.own(value)

    def _replace(self, name: str, change: Callable[[Entry | None], Entry]) -> Entry:
        """Put what *change* makes of the entry under *name*, on condition that it is still there."""
        tries = _Tries(self.label, repr(name))

        def attempt() -> Entry:
            for _ in tries:
                (entry,) = pinned(self._backend, [name])
                new = change(entry)
                if self._backend.commit({name: entry}, {name: new}):
                    return new
            raise tries.given_up()

        return self._backend.exclusively(attempt)

    def _append(self, key: StoreKey[Any], items: list[Any], subject: str) -> None:
        schema = key.schema
        if not is_list(key.form):
            raise self._no_append(key, Problem((), "is not declared as a list", None))
        if not schema.plain_list:
            self._append_by_replacing(key, items)
            return
        with self._refusing("append", key, items, subject=subject):
            own: list[Any] = schema.own(items)
        start = [*key.make_default(), *own] if key.has_default else own
        added: Sequence[object] = own
        if self._backend.holds_objects:
            entry = Entry(start, key.stamp)
        else:
            entry = encoded(self.label, "append", key, own, subject=subject)
            added = pieces_of(entry)
            if key.has_default:
                entry = encoded(self.label, "append", key, start)
        if not self._backend.append(key.name, entry, added):
            self._append_by_replacing(key, own)

    def _append_by_replacing(self, key: StoreKey[Any], items: list[Any]) -> None:
        """Append where the list as a whole has to be looked at."""

        def change(entry: Entry | None) -> Entry:
            if entry is None:
                old: list[Any] = key.make_default() if key.has_default else []
            else:
                old = self._copy_of(key, entry, "append")
            return self._entry("append", key, [*old, *items])

        self._replace(key.name, change)

    def _compare_and_set(self, key: StoreKey[T], expected: T | Absent, new: T) -> bool:
        entry = self._entry("compare_and_set", key, new)
        wanted = ABSENT if expected is ABSENT else self._own("compare_and_set", key, expected)
        tries = _Tries(self.label, repr(key.name))

        def attempt() -> bool:
            for _ in tries:
                (found,) = pinned(self._backend, [key.name])
                if not self._is_same(key, ABSENT if found is None else self._found(key, found), wanted):
                    return False
                if self._backend.commit({key.name: found}, {key.name: entry}):
                    return True
            raise tries.given_up()

        return self._backend.exclusively(attempt)

    def _found(self, key: StoreKey[Any], entry: Entry) -> object:
        """Give what is stored, to be compared and not to be changed."""
        if type(entry.payload) is not Encoded:
            return entry.payload
        try:
            return decoded(self.label, "compare_and_set", key, entry)
        except TypeMismatchError:  # what does not fit is not what was expected
            return entry.payload

    def _is_same(self, key: StoreKey[Any], found: object, wanted: object) -> bool:
        try:
            return same(found, wanted)
        except RecursionError:
            problem = Problem((), "cannot be compared: it contains itself, or is nested too deeply", None)
            raise TypeMismatchError(
                action="compare_and_set",
                key=key.name,
                expected=key.type_text,
                store=self.label,
                problems=Problems((problem,), 0),
            ) from None
        except Exception as error:
            note(error, f"while comparing {key.name!r} in {self.label}; {NOTHING_WRITTEN}")
            raise

    def _no_append(self, key: StoreKey[Any], problem: Problem, subject: str | None = None) -> AppendTypeMismatchError:
        return AppendTypeMismatchError(
            action="append",
            key=key.name,
            expected=key.type_text,
            store=self.label,
            problems=Problems((problem,), 0),
            subject=subject,
        )

    def _refusing(self, verb: str, key: StoreKey[Any], value: object, **facts: Any) -> Refusing:
        return Refusing(self.label, verb, key, value, **facts)


_HINTS = {
    "KeyFamily": "name one of its keys: family[parameter]",
    "RegistryMeta": "name one of its keys: Keys.attribute",
    "SlotFamily": "it is bound to a store already: use the verbs of its slots",
    "registry": "it is bound to a store already: use the verbs of its slots",
    "Slot": "it is bound to a store already: use its own verb",
}
"""What to do with something that is nearly a key, by the name of its class."""


class _Tries:
    """The tries at a step that another writer can spoil: many, and not without end.

    Args:
        label: the store.
        what: what is being changed.
    """

    def __init__(self, label: str, what: str) -> None:
        self._label = label
        self._what = what
        self._start = monotonic()

    def __iter__(self) -> Iterator[int]:
        return iter(range(MAX_TRIES))

    def given_up(self) -> LockError:
        """Give the error for when every try was spoilt."""
        spoilt = (
            f"{self._what} was written to in each of {MAX_TRIES} tries, by another writer or by the function itself"
        )
        return LockError(store=self._label, waited=monotonic() - self._start, reason=spoilt)


def _call(fn: Callable[[A], R], argument: A, doing: str) -> R:
    """Run a function that a verb was given; what it raises goes to the caller with a note."""
    try:
        result = fn(argument)
    except Exception as error:
        if isinstance(error, KeyNotFoundError):
            error.gather()  # while what it looked into is still open
        note(error, f"while {doing}; {NOTHING_WRITTEN}")
        raise
    if isinstance(result, Coroutine):
        result.close()
        raise _no_plain_function(fn, doing, "coroutine")
    if type(result) in _GENERATORS and _makes_generators(fn):
        raise _no_plain_function(fn, doing, "generator")
    return result


_GENERATORS = GeneratorType, AsyncGeneratorType


def _makes_generators(fn: Callable[..., object]) -> bool:
    """Whether a call of *fn* runs nothing of it; one that gives the generator of another has run."""
    import inspect  # so late: it takes as long as all of keyrack

    return inspect.isgeneratorfunction(fn) or inspect.isasyncgenfunction(fn)


def _no_plain_function(fn: Callable[..., object], doing: str, kind: str) -> TypeError:
    name = type_name(getattr(fn, "__qualname__", type(fn)))
    return TypeError(f"{doing} takes a plain function, and {name} is a {kind} function; {NOTHING_WRITTEN}")


def _stamp_text(stamp: Any) -> str:
    return type_name(stamp) if isinstance(stamp, type) else str(stamp)
