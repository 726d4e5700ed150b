"""What a type form of the catalogue comes with: values that fit, values that do not, and ways to change one."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Sample(NamedTuple):
    """A type form, with makers of values: each call gives new ones, so that no test sees what another one did."""

    name: str
    """Names the form in the ids of tests."""
    form: Any
    """The form."""
    fits: Callable[[], list[Any]]
    """Makes values that fit; a store gives them back equal and of the same class."""
    misfits: Callable[[], list[object]]
    """Makes values that do not fit."""
    changes: tuple[Callable[[Any], object], ...] = ()
    """Ways to change the first value that fits, as deep as it goes; none where nobody can."""

    def value(self) -> Any:
        """Give a new value that fits and that `changes` can change."""
        return self.fits()[0]


def by_name(sample: Sample) -> str:
    """Give the id of a sample in a parametrised test."""
    return sample.name
