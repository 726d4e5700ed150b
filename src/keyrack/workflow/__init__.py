"""Workflows: states, and the tasks that run in them."""

from __future__ import annotations

from keyrack.workflow.engine import Workflow
from keyrack.workflow.graph import Graph, GraphProblem, Place, Row
from keyrack.workflow.task import Node, Registration, Task

__all__ = ["Graph", "GraphProblem", "Node", "Place", "Registration", "Row", "Task", "Workflow"]
