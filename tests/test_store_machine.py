"""Stores of every kind against a dict of deep copies, through all verbs in any order."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from tests import moves
from tests.kinds import KINDS
from tests.moves import World
from tests.values import ALL_KINDS, LISTS, Kind

from keyrack.backends.memory import MemoryBackend
from keyrack.backends.overlay import OverlayBackend
from keyrack.store import KeyValueStore

SOAK = os.environ.get("KEYRACK_SOAK") == "1"
MAKERS: dict[str, Callable[[], KeyValueStore]] = KINDS | {
    "a transaction's": lambda: KeyValueStore(OverlayBackend(MemoryBackend()))
}


class StoreMachine(RuleBasedStateMachine):
    """Makes moves in a world of a few keys; after each, store and model have to agree, and holders see no change."""

    def __init__(self, make: Callable[[], KeyValueStore]) -> None:
        super().__init__()
        self.world = World(make(), [], {})

    @initialize(growing=st.sampled_from(LISTS), others=st.lists(st.sampled_from(ALL_KINDS), max_size=2))
    def choose_keys(self, growing: Kind, others: list[Kind]) -> None:
        # Few keys, so that moves meet; a list among them, because lists are what is shared and grows all the same.
        self.world.kinds = list({kind.key.name: kind for kind in [growing, *others]}.values())

    @rule(data=st.data())
    def read(self, data: st.DataObject) -> None:
        self.make_one_of([moves.get, moves.get_with_a_default, moves.get_many, moves.contains_key, moves.look], data)

    @rule(data=st.data())
    def share(self, data: st.DataObject) -> None:
        self.make_one_of([moves.get_shared, moves.put_shared, moves.let_go], data)

    @rule(data=st.data())
    def put(self, data: st.DataObject) -> None:
        self.make_one_of([moves.put, moves.put_many], data)

    @rule(data=st.data())
    def put_wrong(self, data: st.DataObject) -> None:
        self.make_one_of([moves.put_wrong, moves.put_many_wrong, moves.append_wrong, moves.update_and_fail], data)

    @rule(data=st.data())
    def append(self, data: st.DataObject) -> None:
        moves.append(self.world, data.draw)

    @rule(data=st.data())
    def update(self, data: st.DataObject) -> None:
        self.make_one_of([moves.update, moves.compare_and_set], data)

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        self.make_one_of([moves.remove, moves.remove, moves.clear], data)

    @rule(data=st.data())
    def transact(self, data: st.DataObject) -> None:
        moves.transact(self.world, data.draw)

    @rule(data=st.data())
    def snapshot(self, data: st.DataObject) -> None:
        self.make_one_of([moves.snapshot, moves.restore], data)

    def make_one_of(self, options: list[Callable[[World, moves.Draw], Any]], data: st.DataObject) -> None:
        data.draw(st.sampled_from(options))(self.world, data.draw)

    @invariant()
    def store_and_model_agree(self) -> None:
        self.world.check()


@pytest.mark.parametrize("kind", MAKERS)
def test_a_store_and_a_dict_of_deep_copies_agree_through_all_verbs(kind: str) -> None:
    run_state_machine_as_test(
        lambda: StoreMachine(MAKERS[kind]),  # type: ignore[arg-type]  # its documentation says that a factory will do
        settings=settings(
            max_examples=1_000 if SOAK else 40,
            stateful_step_count=60 if SOAK else 30,
            derandomize=not SOAK,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
