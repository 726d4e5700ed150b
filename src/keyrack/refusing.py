"""From what validation and copying say to the errors of a store."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._text import PREVIEW_LENGTH, cut, type_name
from .errors import AppendTypeMismatchError, Problem, Problems, TypeMismatchError, ValueCopyError
from .keys.key import MASK, StoreKey

if TYPE_CHECKING:
    from datetime import datetime

    from .backends.spi import Entry
    from .keys.schema import CannotCopyError, MisfitError


ITEM = "item"
ITEMS = "items"
"""What the paths of problems start from when items are appended."""


class Refusing:
    """Turns what validation and copying say of a value into an error of the store, with its facts.

    Args:
        label: the store.
        verb: what was asked for.
        key: under which key.
        value: the value concerned.
        stored: the type under which a value that is read had been put, where it is another one.
        written: when it was put, where that is known.
        subject: what the paths of problems start from, where it is not the key.
        entry: where the value was read from, if it was.
        was_secret: whether it was put under a key that is secret, where no entry tells.
    """

    __slots__ = ("_entry", "_is_secret", "_key", "_label", "_stored", "_subject", "_value", "_verb", "_written")

    def __init__(
        self,
        label: str,
        verb: str,
        key: StoreKey[Any],
        value: object,
        *,
        stored: str | None = None,
        written: datetime | None = None,
        subject: str | None = None,
        entry: Entry | None = None,
        was_secret: bool = False,
    ) -> None:
        self._label = label
        self._verb = verb
        self._key = key
        self._value = value
        self._stored = stored
        self._written = written
        self._subject = subject
        self._entry = entry
        self._is_secret = key.secret or was_secret or (entry is not None and getattr(entry.stamp, "secret", False))

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, traceback: object, /) -> None:
        if error is None:
            return
        from .keys.schema import CannotCopyError, MisfitError

        if not isinstance(error, MisfitError | CannotCopyError):
            return
        raised = self._mismatch(error) if isinstance(error, MisfitError) else self._uncopied(error)
        if self._is_secret:
            error.forget()
        raise raised from error.__cause__

    def _mismatch(self, misfit: MisfitError) -> TypeMismatchError:
        kind = AppendTypeMismatchError if self._verb == "append" else TypeMismatchError
        found = type_name(type(self._value)) if self._stored is None else self._stored
        hidden = Problem((), "does not fit", f"{MASK} of type {found}")
        return kind(
            action=self._verb,
            key=self._key.name,
            expected=self._key.type_text,
            store=self._label,
            problems=Problems((hidden,), 0) if self._is_secret else self._problems(misfit),
            stored=self._stored,
            written=self._written,
            subject=self._subject,
            was_shared=self._entry is not None and self._entry.shared,
        )

    def _uncopied(self, error: CannotCopyError) -> ValueCopyError:
        return uncopied(self._label, self._verb, self._key, self._value, error.__cause__, hidden=self._is_secret)

    def _problems(self, misfit: MisfitError) -> Callable[[], Problems]:
        if self._subject != ITEM:
            return misfit.problems
        # An item is validated in a list of its own, of which the caller knows nothing.
        return lambda: _without_index(misfit.problems())


def uncopied(
    label: str, verb: str, key: StoreKey[Any], value: object, reason: BaseException | None, *, hidden: bool
) -> ValueCopyError:
    """Give the error about a value that cannot be copied.

    Args:
        label: the store.
        verb: what was asked for.
        key: under which key.
        value: the value.
        reason: what the copy failed with.
        hidden: whether nothing may be shown of the value.
    """
    text = "" if hidden else cut(str(reason), 2 * PREVIEW_LENGTH)
    name = type(reason).__name__
    return ValueCopyError(
        action=verb, key=key.name, store=label, got=type_name(type(value)), reason=f"{name}: {text}" if text else name
    )


def _without_index(problems: Problems) -> Problems:
    found = tuple(problem._replace(path=problem.path[1:]) for problem in problems.found)
    return Problems(found, problems.left_out)


def cloned(key: StoreKey[Any], payload: object) -> Any:
    """Give a copy of a value that fits.

    Raises:
        CannotCopyError: it cannot be copied.
    """
    try:
        return key.clone(payload)
    except Exception as error:
        from .keys.schema import CannotCopyError

        raise CannotCopyError from error
