"""The suite on a backend that does not keep its word."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import Phase, settings
from tests.backends.byte_backend import FileBackend

from keyrack.testing import BackendSuite

if TYPE_CHECKING:
    from tests.backends.dict_backend import DictBackend

    from keyrack.backends.spi import Backend


class BrokenSuite(BackendSuite):
    """The suite on a broken backend.

    Subclasses say which backend it is, and which tests have to fail.
    """

    backend_class: ClassVar[type[DictBackend | FileBackend]]
    caught_by: ClassVar[tuple[str, ...]]

    @pytest.fixture(autouse=True)
    def no_shrinking(self) -> Generator[None]:
        """Be content with any course that fails: the shortest one takes its time."""
        before = settings.get_current_profile_name()
        settings.register_profile("any", settings.get_profile(before), phases=[Phase.generate])
        settings.load_profile("any")
        yield
        settings.load_profile(before)

    def make_backend(self, place: Path) -> Backend:
        backend_class = self.backend_class
        return backend_class(place / "entries.json") if issubclass(backend_class, FileBackend) else backend_class()
