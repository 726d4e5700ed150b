"""What a type form of the catalogue comes with: values that fit, values that do not, and ways to change one."""

from collections.abc import Callable, Sized
from typing import Any


class Sample:
    """A type form, with makers of values: each call gives new ones, so that no test sees what another one did.

    Args:
        name: names the form in the ids of tests.
        form: the form.
        fits: makes values that fit; a store gives them back equal and of the same class.
        misfits: makes values that do not fit.
        changes: ways to change the first value that fits, as deep as it goes; none where nobody can.
    """

    def __init__(
        self,
        name: str,
        form: Any,
        fits: Callable[[], list[Any]],
        misfits: Callable[[], list[object]],
        *changes: Callable[[Any], object],
    ) -> None:
        self.name = name
        self.form = form
        self.fits = fits
        self.misfits = misfits
        self.changes = changes

    def value(self) -> Any:
        """Give a new value that fits and that `changes` can change."""
        return self.fits()[0]


def numbered(cases: Sized) -> list[str]:
    """Give ids for cases whose values make none of their own."""
    return [str(number) for number in range(len(cases))]


def by_name(sample: Sample) -> str:
    """Give the id of a sample in a parametrised test."""
    return sample.name


def broken(value: Any, /, **attributes: Any) -> Any:
    """Give *value* with attributes that do not fit, set past every guard."""
    for name, part in attributes.items():
        object.__setattr__(value, name, part)
    return value


def without(value: Any, name: str) -> Any:
    """Give *value* without an attribute."""
    object.__delattr__(value, name)
    return value
