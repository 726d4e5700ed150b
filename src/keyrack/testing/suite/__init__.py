"""The conformance suite: every duty of the contract in `keyrack.backends.spi` as a test whose name is the duty.

How it works: `BackendSuite` is put together from classes of duties, one idea a file. They run on whatever
`make_backend` gives, through the contract and through `keyrack.store.KeyValueStore` alone: no backend is known here.
What a backend can do is read from its attributes, and a duty that it does not have is skipped with the reason.
"""

from __future__ import annotations

import pytest

# Before the first of them is imported, so that what fails shows what it compared.
pytest.register_assert_rewrite(
    *(
        f"{__name__}.{module}"
        for module in (
            "appends",
            "closing",
            "commits",
            "course",
            "entries",
            "exclusive",
            "names",
            "payloads",
            "processes",
            "reopening",
            "sizes",
            "store_course",
            "store_threads",
            "stores",
            "threads",
        )
    )
)

from .appends import Appends  # noqa: E402
from .closing import Closing  # noqa: E402
from .commits import Commits  # noqa: E402
from .course import Course  # noqa: E402
from .duties import Duties  # noqa: E402
from .entries import Entries  # noqa: E402
from .exclusive import Exclusive  # noqa: E402
from .names import Names  # noqa: E402
from .processes import Processes  # noqa: E402
from .reopening import Reopening  # noqa: E402
from .sizes import Sizes  # noqa: E402
from .store_course import StoreCourse  # noqa: E402
from .store_threads import StoreThreads  # noqa: E402
from .stores import Stores  # noqa: E402
from .threads import Threads  # noqa: E402
from .whole import BackendSuite  # noqa: E402

__all__ = [
    "Appends",
    "BackendSuite",
    "Closing",
    "Commits",
    "Course",
    "Duties",
    "Entries",
    "Exclusive",
    "Names",
    "Processes",
    "Reopening",
    "Sizes",
    "StoreCourse",
    "StoreThreads",
    "Stores",
    "Threads",
]
