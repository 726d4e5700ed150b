"""Workflows that change while they run, or run in another thread or process than they were made in."""

from __future__ import annotations

import multiprocessing
import pickle
import threading
from concurrent.futures import ProcessPoolExecutor
from enum import Enum
from typing import Any

from tests.workflow.books import COUNT, DONE, LOAD, MERGE, PARSE, Stage, books, load, parse

from keyrack.stores import MemoryStore
from keyrack.workflow import Workflow


def test_a_task_that_is_registered_while_a_run_is_on_takes_part_in_it() -> None:
    workflow = Workflow(Stage, initial=LOAD).add_exit_states(MERGE)

    async def late(store: MemoryStore) -> Stage:
        workflow.register(PARSE, parse)
        return await load(store)

    workflow.register(LOAD, late)

    assert workflow.run() is MERGE
    assert workflow.store.get(COUNT) == 2


def test_runs_and_registrations_in_different_threads_do_not_disturb_each_other() -> None:
    make: Any = Enum  # type checkers want to see the names
    many: Any = make("Many", [f"S{number}" for number in range(300)])
    first, *others, last = many
    workflow: Workflow[Any, MemoryStore] = Workflow(many, initial=first).add_exit_states(last)

    async def go(_store: MemoryStore) -> Any:
        return last

    workflow.register(first, go)
    failures: list[BaseException] = []
    done = threading.Event()

    def run() -> None:
        try:
            while not done.is_set():
                assert workflow.run(store=MemoryStore()) is last
        except BaseException as error:  # noqa: BLE001  # it has to be seen in the other thread
            failures.append(error)

    runner = threading.Thread(target=run)
    runner.start()
    for state in others:
        workflow.register(state, go)
    done.set()
    runner.join()

    assert failures == []
    assert [workflow.run(state, store=MemoryStore()) for state in others] == [last] * len(others)


def test_a_workflow_that_has_run_knows_no_addresses_of_this_process() -> None:
    workflow = books()
    workflow.run()
    definition: Any = vars(workflow)["_definition"]

    again = pickle.loads(pickle.dumps(definition))

    assert [state.name for state in again.handlers] == [state.name for state in workflow.handlers]
    assert again.table(observed=False).stations.keys() == definition.table(observed=False).stations.keys()
    assert vars(pickle.loads(pickle.dumps(definition)))["_tables"] == {}


def states_with_a_station(definition: Any) -> list[str]:
    """Give the names of the states that a process finds in the table of a definition that was sent to it."""
    stations = definition.table(observed=False).stations
    return [state.name for state in definition.handlers if id(state) in stations]


def test_a_workflow_that_has_run_here_is_whole_in_another_process() -> None:
    workflow = books()
    workflow.run()
    spawn = multiprocessing.get_context("spawn")

    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        found = pool.submit(states_with_a_station, vars(workflow)["_definition"]).result()

    assert found == ["LOAD", "PARSE", "MERGE"]
    assert DONE in workflow.exit_states
