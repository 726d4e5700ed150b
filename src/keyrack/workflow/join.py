"""How a split is to be joined, and what came of it: what users write and read; it runs in `split`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

from .._text import described, text_of, type_name
from ..errors import ConfigurationError, RetryExhaustedError
from ..keys.key import StoreKey
from .events import Branch  # noqa: TC001  # read at run time, where a summary is validated
from .graph import JoinStrategy
from .options import seconds, whole

S_co = TypeVar("S_co", bound=Enum, covariant=True)


@dataclass(frozen=True, slots=True)
class BranchFailure:
    """A branch that raised."""

    branch: Branch
    error: str
    """The class of what it raised, at its last attempt."""
    message: str

    @classmethod
    def of(cls, branch: Branch, error: Exception) -> BranchFailure:
        """Say in plain values what a branch failed with."""
        last = error.errors[-1] if isinstance(error, RetryExhaustedError) else error
        text = text_of(last).encode("utf-8", "backslashreplace").decode()  # JSON has no halves of surrogate pairs
        return cls(branch, type_name(type(last)), text)


@dataclass(frozen=True, slots=True)
class SplitSummary:
    """What became of each branch of a split, in the order in which they ended.

    Its parts are plain values, so that it can lie in any store.
    """

    strategy: str
    """The join strategy: ``"quorum(3)"``."""
    required: int
    """How many branches had to succeed."""
    successes: tuple[Branch, ...]
    """The branches that succeeded before the join was decided."""
    errors: tuple[BranchFailure, ...]
    """The branches that failed before the join was decided."""
    timed_out: tuple[Branch, ...]
    """The branches that had not ended at the time limit of the split."""
    cancelled: tuple[Branch, ...]
    """The branches that could not change the outcome any more, and were cancelled or never begun."""


@dataclass(frozen=True, slots=True)
class JoinConfig(Generic[S_co]):
    """How the branches of a split come together again.

    >>> from enum import Enum
    >>> from keyrack import JoinConfig, JoinStrategy
    >>> Stage = Enum("Stage", "FETCH MERGE")
    >>> JoinConfig(JoinStrategy.quorum(2), Stage.MERGE, timeout=5.0)
    JoinConfig(strategy=JoinStrategy.quorum(2), state=<Stage.MERGE: 2>, timeout=5.0, concurrency=None, summary=None)

    Args:
        strategy: when the run goes on.
        state: where it goes on, whatever the branches return.
        timeout: the seconds after which branches that have not ended are cancelled; None for no limit.
        concurrency: how many branches run at the same time at most; None for all of them.
        summary: the key under which a `SplitSummary` is put when the split is over, be it joined or failed.

    Raises:
        ConfigurationError: one of these does not make sense.
    """

    strategy: JoinStrategy
    state: S_co
    _: KW_ONLY
    timeout: float | None = None
    concurrency: int | None = None
    summary: StoreKey[SplitSummary] | None = None

    def __post_init__(self) -> None:
        if found := [*self._problems()]:
            raise ConfigurationError(subject="JoinConfig", problems=found)

    def _problems(self) -> Iterator[str]:
        strategy: Any = self.strategy
        if not isinstance(strategy, JoinStrategy):
            name = getattr(strategy, "__name__", None)
            called = f"; call it: JoinStrategy.{name}(…)" if callable(getattr(JoinStrategy, str(name), None)) else ""
            yield f"the strategy is a JoinStrategy, got {described(strategy)}{called}"
        if self.timeout is not None:
            yield from seconds("timeout", self.timeout)
        if self.concurrency is not None:
            yield from whole("concurrency", self.concurrency)
        if self.summary is not None and not isinstance(self.summary, StoreKey):
            yield f"summary is a key, got {described(self.summary)}"
