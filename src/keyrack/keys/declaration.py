"""What a key was declared with: its type, default, documentation and place, resolved when they are needed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from types import FrameType
from typing import TYPE_CHECKING, Any

from .._text import did_you_mean, preview, type_name
from ..errors import KeyDefinitionError, note
from .forms import Deferred, NoClass, Scope, classes_in, exact_class, forward_names, is_form, unusable_part

if TYPE_CHECKING:
    from .codecs import Codec
    from .schema import Schema

MAX_NAME_BYTES = 511
"""The longest name that a key may have, in bytes of UTF-8."""


class Unset:
    """The type of `UNSET`."""

    def __repr__(self) -> str:
        return "..."

    def __reduce__(self) -> str:
        return "UNSET"


UNSET: Any = Unset()
"""Stands for an argument that was not given, since None is a value."""

_OWN_MODULES = frozenset({"keyrack.keys.key", "keyrack.keys.family", "keyrack.registry", __name__})


def declaring_frame() -> FrameType:
    """Give the frame of the statement that declares a key or a registry: a message has to name its line."""
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]  # what inspect.currentframe calls, too
    while frame.f_globals.get("__name__") in _OWN_MODULES and frame.f_back is not None:
        frame = frame.f_back
    return frame


def error_at(frame: FrameType, reason: str) -> KeyDefinitionError:
    """Give the error about what is declared in *frame*."""
    return KeyDefinitionError(reason, file=frame.f_code.co_filename, line=frame.f_lineno)


def check_name(name: object) -> str:
    """Give *name* if it can name a key or a namespace.

    Raises:
        ValueError: it cannot; says why.
    """
    if not isinstance(name, str):
        raise ValueError(f"a name is a str, got {preview(name)} ({type_name(type(name))})")
    if not name:
        raise ValueError("a name must not be empty")
    try:
        length = len(name.encode())
    except UnicodeEncodeError:
        raise ValueError(f"the name {preview(name)} holds half of a surrogate pair") from None
    if length > MAX_NAME_BYTES:
        raise ValueError(f"the name {preview(name)} has {length} bytes of UTF-8; the most is {MAX_NAME_BYTES}")
    if any(_is_control(char) for char in name):
        raise ValueError(f"the name {preview(name)} holds a control character")
    return str.__str__(name)


def _is_control(char: str) -> bool:
    return char < " " or "\x7f" <= char <= "\x9f"


OPTIONS = ("default", "default_factory", "doc", "strict", "secret", "codec")
"""What a key can be declared with, besides its name and type."""


def check_options(what: str, options: Iterable[str], known: Iterable[str] = OPTIONS) -> None:
    """Refuse options that there are not.

    Raises:
        TypeError: there is one, as in any call.
    """
    for option in options:
        if option not in known:
            raise TypeError(f"{what} has no option {option!r}{did_you_mean(option, known)}")


class Declaration:
    """A key as it was declared; the keys of a family share one.

    Args:
        frame: where the key was declared.
        default: what ``get`` gives where nothing is stored.
        default_factory: makes what ``get`` gives where nothing is stored.
        doc: what the key is for.
        strict: whether a value has to be of the type already.
        secret: whether messages show the type only.
        codec: makes bytes of values, where the type is not to decide that.
    """

    plan: Any
    """What `keyrack.keys.codec` made of the declaration."""

    def __init__(
        self,
        frame: FrameType,
        *,
        default: Any = UNSET,
        default_factory: Callable[[], Any] | None = None,
        doc: str = "",
        strict: bool = True,
        secret: bool = False,
        codec: Codec | None = None,
    ) -> None:
        self.file: str = frame.f_code.co_filename
        self.line: int = frame.f_lineno
        self.in_class_body: bool = "__qualname__" in frame.f_locals
        self.name: str | None = None
        self.home: tuple[type, str] | None = None
        self.strict = strict
        self.secret = secret
        self.codec = codec
        self.plan = None
        self.default: Any = default
        self.factory = default_factory
        self._doc: str | Callable[[], str] = doc
        self._form: Any = UNSET
        self._default_fits = False
        self._scope: Scope | None = None
        self._schema: Schema | None = None
        if default is not UNSET and default_factory is not None:
            raise self.error("a key has a default or a default_factory, not both")
        if codec is not None:
            self._refuse_what_is_no_codec(codec)

    def _refuse_what_is_no_codec(self, codec: object) -> None:
        from .codecs import TAKEN, is_codec

        if not is_codec(codec):
            wanted = "a codec has encode, decode and a name of letters, digits, - . and _"
            raise self.error(f"{wanted}; got {preview(codec)}")
        if (name := getattr(codec, "name", "")) in TAKEN:
            raise self.error(f"a codec named {name!r} would be taken for keyrack's own; give it another name")

    def error(self, reason: str) -> KeyDefinitionError:
        """Give the error about this declaration."""
        return KeyDefinitionError(reason, file=self.file, line=self.line)

    # --- what is told to it ---

    def take_name(self, name: object) -> str:
        """Be called *name*, and give it.

        Raises:
            KeyDefinitionError: nothing can be called so.
        """
        try:
            self.name = check_name(name)
        except ValueError as error:
            raise self.error(str(error)) from None
        return self.name

    def take_doc(self, doc: Callable[[], str]) -> None:
        """Have a documentation that is looked up on first use, unless there is one already."""
        if not self._doc:
            self._doc = doc

    def take_form(self, form: Any, scope: Scope) -> None:
        """Be of type *form*; the default is checked now, unless a name in the type is not known yet.

        Raises:
            KeyDefinitionError: the default does not fit.
        """
        if not is_form(form):
            raise self.error(f"key {self.name!r} has no type: {preview(form)} is no type")
        self._form = type(None) if form is None else form
        self._scope = scope
        self._refuse_unusable()
        if self.has_default and not self._default_surely_fits():
            try:
                self._resolve_names()
            except (NameError, AttributeError):  # of a module, which may be half imported
                return  # on first use, then: the message will name this key
            except Exception as error:  # noqa: BLE001  # an annotation is code
                raise self._unresolved(error) from None
            self._check_default()

    # --- what it tells ---

    @property
    def has_form(self) -> bool:
        """Whether the type was told."""
        return self._form is not UNSET

    @property
    def _may_be_exact(self) -> bool:
        """Whether a class may stand for the type; a secret, or what has a codec, is stored with the note of that."""
        return self.strict and not self.secret and self.codec is None

    def agrees_with(self, other: Declaration) -> bool:
        """Say whether two declarations are of one type, as far as both are known."""
        if self is other:
            return True
        try:
            # By text as well: two Field(gt=0) are not equal.
            one, two = self.form, other.form
            return bool(one == two) or (repr(one) == repr(two) and classes_in(one) == classes_in(two))
        except KeyDefinitionError:
            return self.text == other.text

    @property
    def is_scalar(self) -> bool:
        """Whether the type is known to need no schema."""
        return self._may_be_exact and exact_class(self._form) is not NoClass

    @property
    def text(self) -> str:
        """The type as a person writes it."""
        return type_name(self._form) if self.has_form else "?"

    @property
    def doc(self) -> str:
        """What the key is for."""
        if not isinstance(self._doc, str):
            self._doc = self._doc()
        return self._doc

    @property
    def form(self) -> Any:
        """The type, with forward references resolved.

        Raises:
            KeyDefinitionError: it cannot be resolved.
        """
        if not self.has_form:
            raise self.error(f"key {self.name!r} has no type; write StoreKey({self.name!r}, int)")
        if self._scope is None:
            return self._form
        try:
            self._resolve_names()
        except Exception as error:  # noqa: BLE001  # an annotation is code
            raise self._unresolved(error) from None
        return self._form

    @property
    def exact(self) -> type:
        """Values of exactly this class fit and cannot be changed; `NoClass` where there is no such class."""
        return exact_class(self.form) if self._may_be_exact else NoClass

    @property
    def schema(self) -> Schema:
        """What fits the type, and how it is copied.

        Raises:
            KeyDefinitionError: nothing can be validated against this type.
        """
        if self._schema is None:
            form = self.form
            from .schema import UnusableFormError, schema_of

            try:
                self._schema = schema_of(form, strict=self.strict, secret=self.secret, codec=self.codec)
            except UnusableFormError as error:
                raise self.error(f"key {self.name!r} cannot be of type {self.text}: {error}") from error
        return self._schema

    # --- the default ---

    @property
    def has_default(self) -> bool:
        """Whether there is a default."""
        return self.default is not UNSET or self.factory is not None

    def make_default(self) -> Any:
        """Give the default: a copy of it, or what the factory makes.

        Raises:
            KeyDefinitionError: there is none, or it does not fit the type.
        """
        if self.factory is not None:
            return self._fitting(self._made())
        if self.default is UNSET:
            raise self.error(f"key {self.name!r} has no default")
        if not self._default_fits:
            self._check_default()
        return self.default if self.exact is not NoClass else self.schema.clone(self.default)

    def _check_default(self) -> None:
        if self.factory is not None:
            self._fitting(self._made())
        else:
            self.default = self._fitting(self.default)
        self._default_fits = True

    def _made(self) -> Any:
        try:
            return self.factory() if self.factory is not None else None
        except Exception as error:
            note(error, f"while making the default of key {self.name!r} ({self.file}:{self.line})")
            raise

    def _default_surely_fits(self) -> bool:
        """Say whether the factory makes the empty container of a type without rules: no schema need be built."""
        origin = getattr(self._form, "__origin__", self._form)
        return self.factory in (list, dict, set) and origin is self.factory and not hasattr(self._form, "__metadata__")

    def _fitting(self, default: Any) -> Any:
        """Give a default of one's own that fits."""
        if type(default) is self.exact:
            return default
        schema = self.schema
        from .schema import CannotCopyError, MisfitError

        what = f"the default of key {self.name!r} ({self.text})"
        try:
            return schema.own(default)
        except MisfitError as misfit:
            why = "" if self.secret else f": {misfit.problems().found[0].text('it')}"
            if self.secret:
                misfit.forget()
            raise self.error(f"{what} does not fit{why}") from None
        except CannotCopyError as error:
            if self.secret:
                error.forget()
            raise self.error(f"{what} cannot be copied; use default_factory") from error.__cause__

    def _refuse_unusable(self) -> None:
        reason = None if isinstance(self._form, type) else unusable_part(self._form)
        if reason is not None:
            raise self.error(f"key {self.name!r} cannot be of type {self.text}: {reason}")

    def _unresolved(self, error: Exception) -> KeyDefinitionError:
        advice = ""
        if isinstance(error, NameError):
            advice = "; import or define the name, outside TYPE_CHECKING, before the key is first used"
        return self.error(f"the type of key {self.name!r} ({self.text}) cannot be resolved: {error}{advice}")

    def _resolve_names(self) -> None:
        """Replace forward references by what they name."""
        if self._scope is None:
            return
        if isinstance(self._form, Deferred):
            self._form = self._form.resolve(self._scope)
        elif forward_names(self._form):
            self._form = self._scope.resolve(self._form)
        self._scope = None
        self._refuse_unusable()
