"""Workflows: states, and the tasks that run in them."""

from __future__ import annotations

from ..watching import UsedKey
from .contract import Contract, TaskDecorator, contract_of
from .engine import Workflow
from .events import (
    AttemptFailed,
    Branch,
    BranchEnded,
    BranchStarted,
    Event,
    Joined,
    Observer,
    RetryPlanned,
    RetryStarted,
    RunFinished,
    RunStarted,
    Span,
    SplitStarted,
    StateEntered,
    StoreUsed,
)
from .graph import Graph, GraphProblem, Join, JoinStrategy, Place, Row, required_successes
from .join import BranchFailure, JoinConfig, SplitSummary
from .retry import Retry
from .task import BranchTask, Handler, Node, Options, Registration, SplitRegistration, Task, TaskResult

__all__ = [
    "AttemptFailed",
    "Branch",
    "BranchEnded",
    "BranchFailure",
    "BranchStarted",
    "BranchTask",
    "Contract",
    "Event",
    "Graph",
    "GraphProblem",
    "Handler",
    "Join",
    "JoinConfig",
    "JoinStrategy",
    "Joined",
    "Node",
    "Observer",
    "Options",
    "Place",
    "Registration",
    "Retry",
    "RetryPlanned",
    "RetryStarted",
    "Row",
    "RunFinished",
    "RunStarted",
    "Span",
    "SplitRegistration",
    "SplitStarted",
    "SplitSummary",
    "StateEntered",
    "StoreUsed",
    "Task",
    "TaskDecorator",
    "TaskResult",
    "UsedKey",
    "Workflow",
    "contract_of",
    "required_successes",
]
