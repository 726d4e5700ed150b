"""What every class of duties has: the one method to write, and the backends of a test."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from ...backends.spi import Backend

Opener: TypeAlias = Callable[[], Backend]
"""Opens another handle on the place of a test; it is closed when the test is over."""


class Duties(ABC):
    """Duties of a backend, as tests."""

    examples: int = 25
    """How many random courses of events each of the state machines runs through."""

    @abstractmethod
    def make_backend(self, place: Path) -> Backend:
        """Make a backend that keeps what it keeps in *place*, an existing folder of its own for each test.

        Where the backend is ``persistent``, a second call with the same place opens what is there; where it is
        ``shared_between_processes``, the first one may still be open, in this process or in another one. The class has
        to stand at the top of its module then, where other processes find it to make an instance of their own.
        """
        raise NotImplementedError

    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        """Give a folder for what the test keeps, empty at first."""
        place = tmp_path / "place"
        place.mkdir()
        return place

    @pytest.fixture
    def opener(self, place: Path) -> Iterator[Opener]:
        """Give what opens a handle, and close all of them when the test is over."""
        opened: list[Backend] = []

        def opener() -> Backend:
            opened.append(self.make_backend(place))
            return opened[-1]

        yield opener
        for backend in opened:
            backend.close()

    @pytest.fixture
    def backend(self, opener: Opener) -> Backend:
        """Give an open backend with nothing in it."""
        return opener()


def skip_unless(applies: bool, backend: Backend, reason: str) -> None:
    """Skip the test where it does not apply to *backend*."""
    if not applies:
        pytest.skip(f"{backend.label} {reason}")
