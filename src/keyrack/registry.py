"""Registries: classes of keys, and keys bound to a store.

How it works: a registry's body is read once, when the class is made. Each attribute annotated ``StoreKey[T]`` or
``KeyFamily[P, T]`` becomes a key; an annotation that cannot be evaluated yet is resolved when the key is first used.
Reading a key on the class is a plain attribute read. An instance is the registry bound to a store: it gives the same
attributes as slots.
"""

# pyright: reportPrivateUsage=false
# What a registry knows of itself is private, lest it meets the name of a key.

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Never, TypeVar, final, get_origin, overload

from ._source import attributes
from ._text import described, did_you_mean, type_name
from .errors import KeyDefinitionError
from .keys.declaration import UNSET, check_name, check_options, declaring_frame
from .keys.family import KeyFamily
from .keys.forms import Deferred, Scope, forward_names, parameters, unquoted, unwrapped
from .keys.key import Absent, StoreKey, define, rename, unnamed
from .store import KeyValueStore

T = TypeVar("T")
Q = TypeVar("Q")
I = TypeVar("I")  # noqa: E741  # the type of an item
D = TypeVar("D")

AnyKey = StoreKey[Any] | KeyFamily[Any, Any]


@final
class Slot(Generic[T]):
    """A key bound to a store: the store's verbs without the key."""

    __slots__ = ("_key", "_store")

    def __init__(self, store: KeyValueStore, key: StoreKey[T], /) -> None:
        self._store = store
        self._key = key

    @property
    def key(self) -> StoreKey[T]:
        """The key."""
        return self._key

    @property
    def store(self) -> KeyValueStore:
        """The store."""
        return self._store

    @overload
    def get(self) -> T: ...
    @overload
    def get(self, default: T) -> T: ...
    @overload
    def get(self, default: D) -> T | D: ...
    def get(self, default: Any = UNSET) -> Any:
        """As `KeyValueStore.get`."""
        return self._store.get(self._key, default)

    def get_shared(self) -> T:
        """As `KeyValueStore.get_shared`."""
        return self._store.get_shared(self._key)

    def put(self, value: T, /) -> None:
        """As `KeyValueStore.put`."""
        self._store.put(self._key, value)

    def put_shared(self, value: T, /) -> None:
        """As `KeyValueStore.put_shared`."""
        self._store.put_shared(self._key, value)

    def append(self: Slot[list[I]], item: I, /) -> None:
        """As `KeyValueStore.append`."""
        self._store.append(self._key, item)

    def extend(self: Slot[list[I]], items: Iterable[I], /) -> None:
        """As `KeyValueStore.extend`."""
        self._store.extend(self._key, items)

    def update(self, fn: Callable[[T], T], /) -> T:
        """As `KeyValueStore.update`."""
        return self._store.update(self._key, fn)

    def compare_and_set(self, expected: T | Absent, new: T, /) -> bool:
        """As `KeyValueStore.compare_and_set`."""
        return self._store.compare_and_set(self._key, expected, new)

    def remove(self) -> None:
        """As `KeyValueStore.remove`."""
        self._store.remove(self._key)

    def exists(self) -> bool:
        """As `KeyValueStore.contains_key`."""
        return self._store.contains_key(self._key)

    def __bool__(self) -> object:  # no bool, which is an error; by NoReturn mypy would check nothing that follows
        """Refuse: a slot would be true whatever its value is."""
        raise TypeError(f"{self!r} is neither true nor false; read its value with .get(), or ask .exists()")

    def __repr__(self) -> str:
        return f"<slot {self._key.name!r} ({self._key.type_text}) of {self._store.label}>"


@final
class SlotFamily(Generic[Q, T]):
    """A family of keys bound to a store: ``Keys(store).result[3]`` is a `Slot`."""

    __slots__ = ("_family", "_store")

    def __init__(self, store: KeyValueStore, family: KeyFamily[Q, T], /) -> None:
        self._store = store
        self._family = family

    __iter__: None = None  # or Python would count up the parameters, and never end
    __contains__: None = None

    def __getitem__(self, parameter: Q, /) -> Slot[T]:
        return Slot(self._store, self._family[parameter])

    def stored(self) -> list[Slot[T]]:
        """Give a slot for each key of the family that has a value, sorted by name."""
        names = filter(self._family.covers, self._store.keys())
        return [Slot(self._store, self._family.member(name)) for name in names]

    def __repr__(self) -> str:
        return f"<slots of {self._family!r} of {self._store.label}>"


class RegistryMeta(type):
    """The class of registries: lists their keys, and keeps their attributes as they are."""

    _prefix: str
    _keys: dict[str, AnyKey]
    _own: list[AnyKey]
    _nested: list[AnyKey]

    def __iter__(cls) -> Iterator[AnyKey]:
        """Give the keys and families in the order of their declaration: inherited ones first, nested ones last."""
        return iter([*cls._keys.values(), *cls._nested])

    def __len__(cls) -> int:
        return len(cls._keys) + len(cls._nested)

    def __bool__(cls) -> bool:
        return True

    def __getitem__(cls, name: str) -> StoreKey[Any]:
        """Give the key that is named *name*, of a family too.

        Raises:
            KeyDefinitionError: none is.
        """
        for key in cls:
            if isinstance(key, KeyFamily):
                if key.covers(name):
                    return key.member(name)
            elif key.name == name:
                return key
        families = [key.name for key in cls if isinstance(key, KeyFamily)]
        if name in families:
            raise KeyDefinitionError(f"{name!r} is a family of {cls.__name__}; name one of its keys: {name}[...]")
        family = name.partition("[")[0]
        known = f"; did you mean {family!r}?" if family in families else did_you_mean(name, [key.name for key in cls])
        raise KeyDefinitionError(f"{cls.__name__} declares no key named {name!r}{known}")

    if not TYPE_CHECKING:

        def __getattr__(cls, name):
            hint = did_you_mean(name, cls.__dict__.get("_keys", {}))
            raise AttributeError(f"registry {cls.__name__} has no key {name!r}{hint}")

        def __setattr__(cls, name, value):
            if not name.startswith("__"):
                raise AttributeError(
                    f"{cls.__name__}.{name} cannot be assigned: a registry declares keys, "
                    f"values live in a store: {cls.__name__}(store).{name}.put(value)"
                )
            super().__setattr__(name, value)

        def __delattr__(cls, name):
            raise AttributeError(f"{cls.__name__}.{name} cannot be deleted")


class KeyRegistry(metaclass=RegistryMeta):
    """A class of keys, declared by annotations; an instance is bound to a store.

    ``class Keys(KeyRegistry, prefix="survey")`` with ``records: StoreKey[list[Record]]`` has the key ``Keys.records``,
    named ``survey.records``. A subclass has the keys of its bases under their names, and goes on with their prefix
    unless it gives one. The keys of a registry inside a registry have both prefixes. An attribute that is a complete
    key, with a name and a type, is taken as it is.

    Args:
        store: the store to bind the keys to: ``Keys(store).records`` is a `Slot`.

    Raises:
        KeyDefinitionError: a declaration that can never work: an attribute without a type, a name or default that
            does not fit, one name with two types.

    Example:
        >>> from keyrack import KeyRegistry, MemoryStore, StoreKey
        >>> class Keys(KeyRegistry, prefix="survey"):
        ...     seen: StoreKey[list[int]]
        >>> store = MemoryStore()
        >>> Keys(store).seen.append(3)
        >>> store.get(Keys.seen)
        [3]
    """

    _prefix = ""
    _keys: ClassVar[dict[str, AnyKey]] = {}
    _own: ClassVar[list[AnyKey]] = []
    _nested: ClassVar[list[AnyKey]] = []

    def __init_subclass__(cls, *, prefix: str | None = None, **options: Any) -> None:
        check_options("a registry", options, ["prefix"])
        super().__init_subclass__()
        _Declaration(cls, prefix).run()

    def __init__(self, store: KeyValueStore, /) -> None:
        if not isinstance(store, KeyValueStore):
            raise KeyDefinitionError(f"{type(self).__name__}(store) takes a store, got {described(store)}")
        object.__setattr__(self, "_store", store)

    if TYPE_CHECKING:

        def __setattr__(self, name: str, value: Never, /) -> None: ...  # pyright: ignore[reportIncompatibleMethodOverride]

    else:

        def __getattribute__(self, name):
            value = object.__getattribute__(self, name)
            if type(value) is StoreKey:
                return Slot(object.__getattribute__(self, "_store"), value)
            if type(value) is KeyFamily:
                return SlotFamily(object.__getattribute__(self, "_store"), value)
            return value

        def __getattr__(self, name):
            return getattr(type(self), name)  # says what is near

        def __setattr__(self, name, value):
            raise AttributeError(
                f"{_slot_text(self, name)} cannot be assigned; write {_slot_text(self, name)}.put(value)"
            )

        def __delattr__(self, name):
            raise AttributeError(f"{_slot_text(self, name)} cannot be deleted; write {_slot_text(self, name)}.remove()")

    def __repr__(self) -> str:
        store: KeyValueStore = object.__getattribute__(self, "_store")
        return f"<{type(self).__name__} of {store.label}>"


def _slot_text(registry: KeyRegistry, attribute: str) -> str:
    return f"{type(registry).__name__}(store).{attribute}"


_KNOWN = {"StoreKey": StoreKey, "KeyFamily": KeyFamily, "ClassVar": ClassVar, "Final": Final}
"""What an annotation may name though it is imported for type checkers only."""


class _Declaration:
    """Reads the body of a registry class and makes its keys."""

    def __init__(self, cls: type[KeyRegistry], prefix: str | None) -> None:
        frame = declaring_frame()
        self.cls = cls
        self.frame = frame
        self.file = frame.f_code.co_filename
        self.line = frame.f_lineno
        self.prefix = cls._prefix if prefix is None else prefix
        self.names: dict[str, AnyKey] = {}
        self.own: list[AnyKey] = []

    def run(self) -> None:
        """Declare every key, or raise KeyDefinitionError with the line of the first that cannot be."""
        keys: dict[str, AnyKey] = {}
        for base in reversed(self.cls.__mro__[1:]):
            inherited: dict[str, AnyKey] = base.__dict__.get("_keys", {})
            for attribute, one in inherited.items():
                self._at(attribute, self._check_unique, one)
            keys |= inherited
        self._set("_prefix", self._checked_prefix())
        for attribute, annotation in _annotations(self.cls).items():
            key = self._at(attribute, self._declared, attribute, annotation)
            if key is not None:
                keys[attribute] = key
        for attribute, value in vars(self.cls).copy().items():
            if isinstance(value, StoreKey | KeyFamily) and attribute not in keys:
                keys[attribute] = self._at(attribute, self._named, attribute, value)
            elif isinstance(value, RegistryMeta) and value.__qualname__ == f"{self.cls.__qualname__}.{attribute}":
                self._nest(value)
        for attribute, key in [*keys.items(), *((key.name, key) for key in self.own)]:
            self._at(attribute, self._check_unique, key)
        self._set("_keys", keys)
        self._set("_own", self.own)
        named = {id(key) for key in keys.values()}
        below = [key for base in reversed(self.cls.__mro__[1:]) for key in base.__dict__.get("_nested", ())]
        self._set("_nested", [*below, *(key for key in self.own if id(key) not in named)])

    def _set(self, attribute: str, value: object) -> None:
        type.__setattr__(self.cls, attribute, value)

    def _at(self, attribute: str, step: Callable[..., T], *args: Any) -> T:
        """Run a step; an error that it raises names the line of the attribute."""
        try:
            return step(*args)
        except KeyDefinitionError as error:
            source = attributes(self.file, self.line, self.cls.__name__).get(attribute)
            raise KeyDefinitionError(
                error.reason, file=self.file, line=source.line if source else error.line or self.line
            ) from error.__cause__

    def _checked_prefix(self) -> str:
        if self.prefix:
            try:
                check_name(self.prefix)
            except ValueError as error:
                raise KeyDefinitionError(
                    f"registry {self.cls.__name__}: {error}", file=self.file, line=self.line
                ) from None
        return self.prefix

    def _full(self, name: str) -> str:
        return f"{self.prefix}.{name}" if self.prefix else name

    def _declared(self, attribute: str, annotation: Any) -> AnyKey | None:
        """Make the key of an annotated attribute; None where the annotation is about something else."""
        if isinstance(annotation, str):
            annotation = unquoted(annotation)
        names = forward_names(annotation)
        scope = Scope(self.frame, names)
        body = vars(self.cls)
        scope.locals.update({name: body[name] for name in names if name in body})
        scope.locals.update({name: _KNOWN[name] for name in names & _KNOWN.keys() if not scope.has(name)})
        annotation, kinds = self._outline(attribute, annotation, scope)
        kind = kinds[-1]
        if kind is Final or (ClassVar in kinds and kind not in (StoreKey, KeyFamily)):
            return None
        if hasattr(KeyRegistry, attribute) or attribute == "_store":
            raise KeyDefinitionError(
                f"{self.cls.__name__}.{attribute}: registries use that name themselves; take another"
            )
        value = vars(self.cls).get(attribute, UNSET)
        if kind is StoreKey:
            return self._complete(attribute, value, StoreKey, self._forms(annotation, scope, 1), scope)
        if kind is KeyFamily:
            return self._complete(attribute, value, KeyFamily, self._forms(annotation, scope, 2), scope)
        raise self._no_key(attribute, annotation if isinstance(annotation, str) else type_name(annotation))

    def _outline(self, attribute: str, annotation: Any, scope: Scope) -> tuple[Any, list[Any]]:
        """Give an annotation without what may stand around a key, and what its parts are forms of, inwards."""
        if not isinstance(annotation, str):
            inner = unwrapped(annotation)
            return inner, [get_origin(annotation) or annotation, get_origin(inner) or inner]
        try:
            return scope.outline(annotation)
        except SyntaxError as error:
            raise KeyDefinitionError(
                f"{self.cls.__name__}.{attribute} has an annotation that is no Python: {annotation} ({error.msg})"
            ) from None
        except Exception:  # noqa: BLE001  # an annotation is code, and it names neither StoreKey nor KeyFamily
            raise self._no_key(attribute, annotation) from None

    def _no_key(self, attribute: str, wanted: str) -> KeyDefinitionError:
        what = f"{self.cls.__name__}.{attribute} is no key"
        if "StoreKey[" not in wanted and "KeyFamily[" not in wanted:
            return KeyDefinitionError(f"{what}; write {attribute}: StoreKey[{wanted}]")
        alone = f"write {attribute}: StoreKey[...], which may be without a value"
        return KeyDefinitionError(f"{what}: a key stands alone, not inside of {wanted}; {alone}")

    def _forms(self, annotation: Any, scope: Scope, count: int) -> list[Any]:
        """Give the type parameters of an annotation, or what stands for them until they can be resolved."""
        if not isinstance(annotation, str):
            return list(parameters(annotation))
        try:
            return list(parameters(scope.evaluate(annotation)))
        except KeyDefinitionError:  # the number of types is wrong, whatever they are
            raise
        except Exception:  # noqa: BLE001  # an annotation is code, and may name what is there later
            return [Deferred(annotation, index) for index in range(count)]

    def _complete(self, attribute: str, value: Any, kind: type, forms: list[Any], scope: Scope) -> AnyKey:
        """Give a key its name and its type."""
        wanted = 1 if kind is StoreKey else 2
        if len(forms) != wanted:
            hint = "StoreKey[T]" if kind is StoreKey else "KeyFamily[P, T]"
            raise KeyDefinitionError(f"{self.cls.__name__}.{attribute} has {len(forms) or 'no'} types; write {hint}")
        if value is UNSET:
            value = unnamed(self.frame) if kind is StoreKey else KeyFamily.blank(self.frame)
            self._set(attribute, value)
        elif not isinstance(value, kind):
            hint = f"{attribute}: {kind.__name__}[...] = {kind.__name__}(default=...)"
            raise KeyDefinitionError(f"{self.cls.__name__}.{attribute} is {described(value)} and no key; write {hint}")
        return self._named(attribute, value, forms, scope)

    def _named(self, attribute: str, key: AnyKey, forms: Sequence[Any] = (), scope: Scope | None = None) -> AnyKey:
        """Name a key after its attribute and the prefix; one that is complete already stays as it is."""
        parts = _parts(key)
        if all(part.declaration.has_form and part.declaration.name for part in parts):
            self._check_annotation(attribute, key, forms)
            return key
        for part in parts:
            rename(part, self._full(part.declaration.name or attribute))
            part.declaration.take_doc(lambda: self._doc(attribute))
            part.declaration.home = (self.cls, attribute)
        if scope is not None:
            for part, form in zip(parts, forms, strict=True):
                define(part, form, scope)
        if not all(part.declaration.has_form for part in parts):
            hint = f"annotate it: {attribute}: {type(key).__name__}[...]"
            raise KeyDefinitionError(f"{self.cls.__name__}.{attribute} has no type; {hint}")
        self.own.append(key)
        return key

    def _rename_nested(self, registry: RegistryMeta, key: StoreKey[Any]) -> None:
        declaration = key.declaration
        try:
            rename(key, self._full(key.name))
        except KeyDefinitionError as error:
            attribute = declaration.home[1] if declaration.home else ""
            source = attributes(declaration.file, declaration.line, registry.__name__).get(attribute)
            line = source.line if source else declaration.line
            raise KeyDefinitionError(error.reason, file=declaration.file, line=line) from None

    def _check_annotation(self, attribute: str, key: AnyKey, forms: Sequence[Any]) -> None:
        if forms and not isinstance(forms[0], Deferred) and isinstance(key, StoreKey) and key.form != forms[0]:
            declared = f"annotated StoreKey[{type_name(forms[0])}]"
            raise KeyDefinitionError(f"{self.cls.__name__}.{attribute} is {declared}, and is {key!r}")

    def _doc(self, attribute: str) -> str:
        source = attributes(self.file, self.line, self.cls.__name__).get(attribute)
        return source.doc if source else ""

    def _check_unique(self, key: AnyKey) -> None:
        self._check_families(key)
        other = self.names.setdefault(key.name, key)
        pairs = zip(_parts(other), _parts(key), strict=False)
        if type(other) is not type(key) or not all(one.declaration.agrees_with(two.declaration) for one, two in pairs):
            types = f"of types {other.type_text} and {key.type_text}"
            raise KeyDefinitionError(f"registry {self.cls.__name__} has two keys named {key.name!r}, {types}")

    def _check_families(self, key: AnyKey) -> None:
        """Refuse a key that has the name of one of a family, and another type."""
        for one, other in [(key, two) for two in self.names.values()] + [(two, key) for two in self.names.values()]:
            if not isinstance(one, KeyFamily) or isinstance(other, KeyFamily) or not one.covers(other.name):
                continue
            if not one.pattern.declaration.agrees_with(other.declaration):
                types = f"of types {one.type_text} and {other.type_text}"
                raise KeyDefinitionError(f"registry {self.cls.__name__} has two keys named {other.name!r}, {types}")

    def _nest(self, registry: RegistryMeta) -> None:
        """Put the prefix of this registry before that of one inside it."""
        for key in registry._own:
            for part in _parts(key):  # nobody has used it yet
                self._rename_nested(registry, part)
        prefix = self._full(registry._prefix) if registry._prefix else self.prefix
        type.__setattr__(registry, "_prefix", prefix)
        self.own.extend(registry._own)


def _parts(key: AnyKey) -> tuple[StoreKey[Any], ...]:
    """Give the keys of which a key or a family is made, in the order of the type parameters."""
    return (key,) if isinstance(key, StoreKey) else (key.parameter, key.pattern)


def _annotations(cls: type) -> dict[str, Any]:
    """Give the annotations in the body of *cls*, as they can be had without evaluating what is not there yet."""
    if sys.version_info >= (3, 14):
        from annotationlib import Format, get_annotations

        return get_annotations(cls, format=Format.FORWARDREF)
    return dict(cls.__dict__.get("__annotations__", {}))  # noqa: RUF063  # inspect would cost more than all of this
