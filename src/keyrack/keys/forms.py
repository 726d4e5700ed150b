"""Type forms: taken apart, put together and resolved. Knows `typing`, and no validation library."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# The values here are of any type: what a narrowing to a bare `list` or `dict` leaves unknown is unknown.

from __future__ import annotations

import ast
import typing
from collections.abc import Callable, Collection, Container, Iterable, Reversible
from enum import Enum
from types import CodeType, FrameType, SimpleNamespace, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    ForwardRef,
    Literal,
    LiteralString,
    Never,
    NewType,
    NoReturn,
    TypeVar,
    Union,
    Unpack,
    get_args,
    get_origin,
    get_type_hints,
)

from typing_extensions import TypeAliasType

from .._text import type_name

_EXACT = frozenset({int, str, float, bool, bytes, complex, type(None)})


class NoClass:
    """The class that no value has: there is no shortcut for the type."""


def exact_class(form: Any) -> type[Any]:
    """Give the class whose direct instances all fit *form* and cannot be changed, or `NoClass`."""
    if form is None:
        return type(None)
    if form is LiteralString:  # of which only a type checker can say more
        return str
    if not isinstance(form, type):
        return NoClass
    if form in _EXACT:
        return form
    is_plain_enum = issubclass(form, Enum) and not hasattr(form, "__get_pydantic_core_schema__")
    return form if is_plain_enum else NoClass


def is_form(form: Any) -> bool:
    """Say whether *form* can be a type at all: 3, ``[int]`` and a function are none."""
    if isinstance(form, type) or form is None or isinstance(form, str):
        return True
    return type(form).__module__ != "builtins"


def is_list(form: Any) -> bool:
    """Say whether *form* is a list type, with or without rules about the list."""
    form = bare(form)
    return form is list or get_origin(form) is list


def item_form(form: Any) -> Any:
    """Give the type of the items of a list type; Any where it is not stated."""
    return next(iter(get_args(bare(form))), Any)


def bare(form: Any) -> Any:
    """Give *form* without the names and the metadata around it."""
    while True:
        named = _named_form(form)
        if named is not None:
            form = named
        elif get_origin(form) is Annotated:
            form = get_args(form)[0]
        else:
            return form


def unusable_part(form: Any) -> str | None:
    """Say what in *form* keeps it from being the type of a key; None where nothing does."""
    reasons: list[str] = []

    def look(part: Any) -> Any:
        if get_origin(part) is Callable:
            return Callable  # what functions take and give is never looked at
        if isinstance(part, TypeVar):
            reasons.append(f"{part} is a type variable, which stands for no type at run time")
        elif part is Never or part is NoReturn:
            reasons.append("no value is of that type")
        elif getattr(part, "__unpacked__", False) or get_origin(part) is Unpack:
            # pydantic reads tuple[int, *tuple[str, ...]] as a tuple in a tuple.
            reasons.append("a tuple with an unpacked part cannot be validated; use a NamedTuple")
        elif _is_no_type(part):
            reasons.append(f"{type_name(get_origin(part) or part)} is no type that a value can have")
        elif get_origin(part) in _UNSEEN and not set(get_args(part)) <= {Any, object}:
            name = type_name(get_origin(part))
            reasons.append(f"what is in a {name} cannot be validated; use a list, a Sequence, a Set or a Mapping")
        return part

    rewrite(form, look)
    return reasons[0] if reasons else None


_FORM = type(ClassVar)
"""The class of what `typing` builds types of: of ClassVar, TypeGuard, Union and others."""

_BUILT = (Union, Literal, Annotated)
"""Those of which types are built; on some versions of Python they are classes instead."""

_UNSEEN = (Collection, Container, Reversible)
"""Classes that do not say how what is in them is reached."""


def _is_no_type(part: Any) -> bool:
    """Say whether *part* speaks of a variable or a function, as ClassVar and TypeGuard do, or lacks its types."""
    if part is Any or part is LiteralString:
        return False
    origin = get_origin(part)
    return isinstance(part, _FORM) or (isinstance(origin, _FORM) and origin not in _BUILT)


def classes_in(form: Any) -> list[type]:
    """Give the classes of which *form* is made, in order."""
    found: list[type] = []

    def look(part: Any) -> Any:
        if isinstance(part, type) and not get_args(part):
            found.append(part)
        return part

    rewrite(form, look)
    return found


def rewrite(form: Any, change: Callable[[Any], Any], inside: frozenset[Any] = frozenset()) -> Any:
    """Give *form* with each part for which *change* gives another one replaced; the very same form if there is none.

    Args:
        form: the type.
        change: gives a part itself, or another one.
        inside: the type aliases in which *form* stands; a recursive alias is not followed for ever.
    """
    changed = change(form)
    if changed is not form:
        return changed
    named = _named_form(form)
    if named is not None:
        inner = named if form in inside else rewrite(named, change, inside | {form})
        return form if inner is named else inner
    old = get_args(form)
    new = tuple(arg if isinstance(arg, list) else rewrite(arg, change, inside) for arg in old)
    if all(one is other for one, other in zip(old, new, strict=True)):
        return form
    return _put_together(form, new)


def _named_form(form: Any) -> Any:
    """Give what a NewType or a type alias stands for, None for other forms."""
    if isinstance(form, NewType):
        return form.__supertype__
    if isinstance(form, _ALIASES):
        return form.__value__
    origin = get_origin(form)
    return origin.__value__[get_args(form)] if isinstance(origin, _ALIASES) else None


_ALIASES: tuple[Any, ...] = (TypeAliasType, getattr(typing, "TypeAliasType", TypeAliasType))
"""The classes of ``type X = ...`` and of its older form, which may be two."""


def _put_together(form: Any, args: tuple[Any, ...]) -> Any:
    origin = get_origin(form)
    if origin is Annotated:
        return Annotated[args]
    if origin is UnionType or origin is Union:
        return Union[args]  # noqa: UP007  # made of a tuple
    return origin[args]


def forward_names(form: Any) -> frozenset[str]:
    """Give the names in *form* that are written as strings and still have to be looked up."""
    if isinstance(form, ForwardRef):
        form = form.__forward_arg__
    if isinstance(form, str):
        try:
            return frozenset(compile(form, "<annotation>", "eval").co_names)
        except SyntaxError:
            return frozenset({form})  # no name at all: it is refused when it is resolved
    if get_origin(form) is Literal:
        return frozenset()
    parts = form if isinstance(form, list) else get_args(form)
    return frozenset().union(*map(forward_names, parts))


class Scope:
    """Where the names in a type form are looked up."""

    __slots__ = ("globals", "locals")

    def __init__(self, frame: FrameType, names: Iterable[str]) -> None:
        self.globals: dict[str, Any] = frame.f_globals
        self.locals: dict[str, Any] = {}
        place: FrameType | None = frame
        while place is not None and place.f_locals is not self.globals:
            # Only what is named is kept: a frame's locals would keep everything else alive, too.
            self.locals = {name: place.f_locals[name] for name in names if name in place.f_locals} | self.locals
            place = place.f_back if "__qualname__" in place.f_locals else None

    def resolve(self, form: Any) -> Any:
        """Give *form* with every forward reference in it replaced by what it names.

        Raises:
            NameError: a name is not known (yet).
        """
        holder = SimpleNamespace(__annotations__={"form": form})
        return get_type_hints(holder, self.globals, self.locals, include_extras=True)["form"]

    def evaluate(self, text: str | CodeType) -> Any:
        """Evaluate an annotation, or a part of one.

        Raises:
            NameError: a name is not known (yet).
        """
        return eval(text, self.globals, self.locals)  # noqa: S307  # as Python itself evaluates annotations

    def has(self, name: str) -> bool:
        """Say whether a name is known."""
        return name in self.locals or name in self.globals

    def outline(self, text: str) -> tuple[str, list[Any]]:
        """Give the innermost part of an annotation that may be a key, and what the parts are forms of, inwards.

        That is ``"StoreKey[T]"`` and ``[Final, StoreKey]`` for ``"Final[StoreKey[T]]"``. The parameters are not looked
        at: they are evaluated later, or can never be, which is about that key alone.

        Raises:
            Exception: whatever the annotation raises.
        """
        kinds: list[Any] = []
        part = ast.parse(text, mode="eval").body
        while True:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                part = ast.parse(unquoted(part.value), mode="eval").body
            head = part.value if isinstance(part, ast.Subscript) else part
            kind = unwrapped(self.evaluate(compile(ast.Expression(head), "<annotation>", "eval")))
            kinds.append(get_origin(kind) or kind)
            if not isinstance(part, ast.Subscript) or not any(kind is one for one in _AROUND):
                return (text if len(kinds) == 1 else ast.unparse(part)), kinds
            inside = part.slice
            part = inside.elts[0] if isinstance(inside, ast.Tuple) else inside


def unquoted(text: str) -> str:
    """Give an annotation without the quotes of a string that stands in one."""
    text = text.strip()
    if not text.startswith(("'", '"')):
        return text
    try:
        part = ast.parse(text, mode="eval").body
    except SyntaxError:
        return text  # it is refused when it is evaluated
    return unquoted(part.value) if isinstance(part, ast.Constant) and isinstance(part.value, str) else text


def parameters(annotation: Any) -> tuple[Any, ...]:
    """Give the type parameters of an annotation, through what may stand around it."""
    return get_args(unwrapped(annotation))


def unwrapped(annotation: Any) -> Any:
    """Give an annotation without ``Final``, ``ClassVar`` and ``Annotated`` around it."""
    while get_origin(annotation) in _AROUND:
        annotation = get_args(annotation)[0]
    return annotation


_AROUND = (Annotated, Final, ClassVar)
"""What may stand around a key in an annotation."""


class Deferred:
    """A parameter of an annotation that cannot be evaluated yet: the second T in ``KeyFamily[int, T]``, say.

    Args:
        text: the annotation.
        index: which parameter of it.
    """

    __slots__ = ("_index", "_text")

    def __init__(self, text: str, index: int) -> None:
        self._text = text
        self._index = index

    def resolve(self, scope: Scope) -> Any:
        """Give the parameter.

        Raises:
            NameError: a name is not known (yet).
        """
        return scope.resolve(parameters(scope.evaluate(self._text))[self._index])

    def __repr__(self) -> str:
        return self._text.partition("[")[2].removesuffix("]")
