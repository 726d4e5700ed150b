"""All duties of a backend, put together."""

from __future__ import annotations

from .appends import Appends
from .closing import Closing
from .commits import Commits
from .course import Course
from .entries import Entries
from .exclusive import Exclusive
from .names import Names
from .processes import Processes
from .reopening import Reopening
from .sizes import Sizes
from .store_course import StoreCourse
from .store_threads import StoreThreads
from .stores import Stores
from .threads import Threads


class BackendSuite(
    Entries,
    Names,
    Sizes,
    Appends,
    Commits,
    Exclusive,
    Closing,
    Threads,
    Reopening,
    Processes,
    Course,
    Stores,
    StoreThreads,
    StoreCourse,
):
    """The duties of a backend as tests: subclass it, say how a backend is made, and let pytest run it.

    What the backend says of itself (`keyrack.backends.spi.Backend`) decides what is asked of it: one that is
    ``persistent`` is opened again, one that is ``shared_between_processes`` is written to by several handles and
    processes, one with ``max_value_bytes`` is given values at and above the limit. Duties that do not apply are
    skipped, with the reason.

    A backend that cannot have some of the duties, as one that stands on another and is never closed, takes the
    classes of `keyrack.testing.suite` that it can have in place of all of them.

    Example:
        >>> from pathlib import Path
        >>> from keyrack.backends.memory import MemoryBackend
        >>> from keyrack.backends.spi import Backend
        >>> from keyrack.testing import BackendSuite
        >>> class TestMemory(BackendSuite):
        ...     def make_backend(self, place: Path) -> Backend:
        ...         return MemoryBackend()
    """
