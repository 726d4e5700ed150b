"""Workflows: states, and the tasks that run in them."""

from __future__ import annotations

from .engine import Workflow
from .graph import Graph, GraphProblem, Place, Row
from .task import Node, Registration, Task

__all__ = ["Graph", "GraphProblem", "Node", "Place", "Registration", "Row", "Task", "Workflow"]
