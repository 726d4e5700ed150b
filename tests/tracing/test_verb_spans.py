"""Verbs of the store in a trace: where they stand, what they say, and that no value is among it."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.trace import StatusCode
from tests.tracing.exporting import Telemetry, events_of, said, times
from tests.workflow.books import COUNT, DONE, LOAD, MERGE, PARSE, Stage, books, single
from tests.workflow.branches import SUMMARY
from tests.workflow.told import WRONG, everything

from keyrack.errors import TypeMismatchError
from keyrack.keys.key import StoreKey
from keyrack.stores import MemoryStore
from keyrack.testing import run_in_virtual_time
from keyrack.tracing.names import OF_VERB, STORE_USED
from keyrack.tracing.verb_trace import MOST_KEYS
from keyrack.workflow import JoinConfig, JoinStrategy, Retry, RunStarted, StoreUsed, Workflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.sdk.trace import ReadableSpan

    from keyrack.tracing import VerbsAs

SECRET = "hunter2"  # noqa: S105  # what must not be seen
PASSWORD = StoreKey[str]("password", secret=True)
LIMITED = StoreKey[list[int]]("numbers", secret=True)


@pytest.fixture
def spans(telemetry: Telemetry) -> Telemetry:
    """Give an SDK that verbs are spans for."""
    telemetry.asked(verbs="spans")
    return telemetry


@pytest.fixture
def events(telemetry: Telemetry) -> Telemetry:
    """Give an SDK that verbs are events for."""
    telemetry.asked(verbs="events")
    return telemetry


def under(telemetry: Telemetry, name: str) -> list[str]:
    """What the spans of a name are children of."""
    return [parent.name for span in telemetry.named(name) if (parent := telemetry.parent(span)) is not None]


# --- where they stand -----------------------------------------------------------------------------


def test_verbs_are_not_shown_unless_it_is_asked_for(telemetry: Telemetry) -> None:
    run_in_virtual_time(everything().orchestrate(observers=[telemetry.tracing]))

    assert not [span for span in telemetry.spans if span.name.startswith("store ")]
    assert "keyrack.store" not in [name for span in telemetry.spans for name in events_of(span)]


def test_verbs_are_spans_within_the_attempt_that_used_the_store(spans: Telemetry) -> None:
    run_in_virtual_time(books().orchestrate(observers=[spans.tracing]))

    assert spans.tree() == [
        "run books: succeeded",
        "  state LOAD: succeeded",
        "    attempt load: succeeded",
        "      store put",
        "  state PARSE: succeeded",
        "    attempt parse: succeeded",
        "      store get",
        "      store put",
        "  state MERGE: succeeded",
        "    attempt Merge: succeeded",
        "      store get",
        "      store put",
    ]


def test_verbs_are_events_of_the_attempt_that_used_the_store(events: Telemetry) -> None:
    run_in_virtual_time(everything().orchestrate(observers=[events.tracing]))

    verbs = {
        id(span): [
            dict(event.attributes or {})["keyrack.store.verb"] for event in span.events if event.name == "keyrack.store"
        ]
        for span in events.spans
    }
    used = [(span.name, verbs[id(span)]) for span in events.spans if verbs[id(span)]]
    assert used == [("attempt load", ["put"]), *[("attempt Once", ["get", "put"])] * 3]


def test_verbs_of_a_thread_are_within_its_attempt_and_in_its_time(spans: Telemetry) -> None:
    def load(store: MemoryStore) -> Stage:
        for number in range(3):
            store.put(COUNT, number)
        return DONE

    single(load).run(observers=[spans.tracing])

    assert under(spans, "store put") == ["attempt load"] * 3
    attempt = times(spans.one("attempt load"))
    for span in spans.named("store put"):
        assert attempt[0] <= times(span)[0] <= times(span)[1] <= attempt[1]


def test_a_verb_that_took_longer_than_its_attempt_has_lasted_begins_with_it(spans: Telemetry) -> None:
    async def run() -> None:
        await books().orchestrate(observers=[stretched])

    def stretched(event: Any) -> None:
        spans.tracing(event._replace(seconds=1e6) if isinstance(event, StoreUsed) else event)

    stretched.verbs = True  # type: ignore[attr-defined]
    run_in_virtual_time(run())

    for span in [span for span in spans.spans if span.name.startswith("store ")]:
        parent = spans.parent(span)
        assert parent is not None
        assert times(span)[0] == times(parent)[0]


def test_verbs_of_branches_and_retries_are_each_within_its_own_attempt(spans: Telemetry) -> None:
    failed: list[int] = []

    def branch(number: int) -> Any:
        async def task(store: MemoryStore) -> None:
            await asyncio.sleep(1 / (number + 1))
            store.put(StoreKey(f"key {number} {len(failed)}", int), 1)
            if number not in failed:
                failed.append(number)
                raise WRONG

        task.__qualname__ = task.__name__ = f"task {number}"
        return task

    workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(DONE)
    join = JoinConfig(JoinStrategy.all(), DONE, summary=SUMMARY)
    workflow.register_split(LOAD, [branch(number) for number in range(3)], join, retry=Retry.fixed(2, 10.0))
    run_in_virtual_time(workflow.orchestrate(observers=[spans.tracing]))

    parents = {str(said(span)["keyrack.store.key.names"][0]): spans.parent(span) for span in spans.named("store put")}
    summed_up = parents.pop("summary")
    assert summed_up is not None
    assert summed_up.name == "state LOAD"
    for key, parent in parents.items():
        assert parent is not None
        number = int(key.split()[1])
        assert parent.name == f"attempt task {number}"
    attempts = [said(parent)["keyrack.attempt"] for parent in parents.values() if parent is not None]
    assert sorted(attempts) == [1, 1, 1, 2, 2, 2]


def test_what_a_task_left_running_uses_the_store_for_is_of_what_is_still_open(spans: Telemetry) -> None:
    left: list[asyncio.Task[None]] = []

    async def later(store: MemoryStore) -> None:
        for _ in range(3):
            store.put(COUNT, 1)
            await asyncio.sleep(2)

    async def load(store: MemoryStore) -> Stage:
        left.append(asyncio.create_task(later(store)))
        await asyncio.sleep(1)
        return PARSE

    async def slow(_store: MemoryStore) -> Stage:
        await asyncio.sleep(2)
        return DONE

    async def run() -> None:
        await single(load).register(PARSE, slow).orchestrate(observers=[spans.tracing])
        await asyncio.gather(*left)

    run_in_virtual_time(run())

    assert under(spans, "store put") == ["attempt load", "run books"]


def test_what_an_attempt_left_running_is_not_of_the_next_attempt(spans: Telemetry) -> None:
    left: list[asyncio.Task[None]] = []

    async def later(store: MemoryStore) -> None:
        await asyncio.sleep(3)
        store.put(COUNT, 1)

    async def load(store: MemoryStore) -> Stage:
        if not left:
            left.append(asyncio.create_task(later(store)))
            raise WRONG
        await asyncio.sleep(5)
        return DONE

    workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(DONE)
    workflow.register(LOAD, load, retry=Retry.fixed(2, 1.0))
    run_in_virtual_time(workflow.orchestrate(observers=[spans.tracing]))

    assert under(spans, "store put") == ["state LOAD"]


def test_verbs_of_a_transaction_are_shown_with_it(spans: Telemetry) -> None:
    def both(store: Any) -> None:
        store.put(COUNT, 1)

    async def load(store: MemoryStore) -> Stage:
        store.transact(both)
        return DONE

    run_in_virtual_time(single(load).orchestrate(observers=[spans.tracing]))

    assert sorted(span.name for span in spans.spans if span.name.startswith("store")) == ["store put", "store transact"]


# --- what they say --------------------------------------------------------------------------------


@pytest.mark.parametrize("verbs", ["spans", "events"])
def test_a_verb_names_the_key_its_type_the_store_and_the_backend(telemetry: Telemetry, verbs: VerbsAs) -> None:
    telemetry.asked(verbs=verbs)
    run_in_virtual_time(books().orchestrate(observers=[telemetry.tracing]))

    of_it = _shown(telemetry, verbs)[0]
    assert {name: value for name, value in of_it.items() if name != "keyrack.store.seconds"} == {
        "keyrack.store.verb": "put",
        "keyrack.store.key.names": ("count",),
        "keyrack.store.key.types": ("int",),
        "keyrack.store.key.count": 1,
        "keyrack.store.writes": True,
        "keyrack.store.name": "MemoryStore",
        "keyrack.store.backend": "MemoryBackend",
    }
    names = {one.name for one in (OF_VERB if verbs == "spans" else STORE_USED).attributes}
    assert set().union(*_shown(telemetry, verbs)) <= names


def _shown(telemetry: Telemetry, verbs: str) -> list[dict[str, Any]]:
    """The attributes of all verbs."""
    if verbs == "spans":
        return [dict(said(span)) for span in telemetry.spans if span.name.startswith("store ")]
    return [
        dict(event.attributes or {})
        for span in telemetry.spans
        for event in span.events
        if event.name == "keyrack.store"
    ]


@pytest.mark.parametrize("verbs", ["spans", "events"])
def test_of_many_keys_the_first_are_named_and_all_are_counted(telemetry: Telemetry, verbs: VerbsAs) -> None:
    keys = [StoreKey(f"key{number:03}", int) for number in range(100)]

    async def load(store: MemoryStore) -> Stage:
        store.put_many(*(key.to(1) for key in keys))
        store.clear()
        return DONE

    telemetry.asked(verbs=verbs)
    run_in_virtual_time(single(load).orchestrate(observers=[telemetry.tracing]))

    many, none = _shown(telemetry, verbs)
    assert many["keyrack.store.key.names"] == tuple(key.name for key in keys[:MOST_KEYS])
    assert many["keyrack.store.key.count"] == 100
    assert (none["keyrack.store.key.names"], none["keyrack.store.key.count"]) == ((), 0)


def test_a_verb_that_raised_names_the_class_of_the_error(spans: Telemetry) -> None:
    async def load(store: MemoryStore) -> Stage:
        with suppress(KeyError):
            store.get(COUNT)
        return DONE

    run_in_virtual_time(single(load).orchestrate(observers=[spans.tracing]))

    span = spans.one("store get")
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == said(span)["error.type"] == "keyrack.errors.KeyNotFoundError"


# --- what they do not say -------------------------------------------------------------------------


def everything_sent(telemetry: Telemetry) -> str:
    """All that was exported, as text."""
    return "\n".join([*map(_text, telemetry.spans), *(metric.to_json() for metric in telemetry.metrics().values())])


def _text(span: ReadableSpan) -> str:
    return str(span.to_json())


def hiding(store: MemoryStore) -> Iterator[Any]:
    """Use a secret in every way, also in ways that fail."""
    unfit: Any = [SECRET]
    other: Any = StoreKey("password", int)
    yield lambda: store.put(PASSWORD, SECRET)
    yield lambda: store.get(PASSWORD)
    yield lambda: store.get_shared(PASSWORD)
    yield lambda: store.get(other)
    yield lambda: store.put(LIMITED, unfit)
    yield lambda: store.append(LIMITED, unfit[0])
    yield lambda: store.compare_and_set(PASSWORD, SECRET, SECRET * 2)
    yield lambda: store.update(PASSWORD, lambda value: unfit)
    yield lambda: store.put_many(PASSWORD.to(SECRET), LIMITED.to(unfit))
    yield lambda: store.get_many(PASSWORD, other)
    yield lambda: store.remove(PASSWORD)


@pytest.mark.parametrize("verbs", ["spans", "events"])
@pytest.mark.parametrize("number", range(11))
def test_a_secret_is_nowhere_in_what_is_sent(telemetry: Telemetry, verbs: VerbsAs, number: int) -> None:
    store = MemoryStore()

    async def load(store: MemoryStore) -> Stage:
        list(hiding(store))[number]()
        return DONE

    store.put(PASSWORD, SECRET)
    telemetry.asked(verbs=verbs)
    with suppress(Exception):
        run_in_virtual_time(single(load).orchestrate(store=store, observers=[telemetry.tracing]))

    sent = everything_sent(telemetry)
    assert "keyrack.store.verb" in sent
    assert SECRET not in sent


def test_a_verb_shows_no_part_of_a_value_that_did_not_fit(spans: Telemetry) -> None:
    unfit: Any = "unfit value"

    async def load(store: MemoryStore) -> Stage:
        with suppress(TypeMismatchError):
            store.put(COUNT, unfit)
        store.put(StoreKey("title", str), "fit value")
        return DONE

    run_in_virtual_time(single(load).orchestrate(observers=[spans.tracing]))

    assert "TypeMismatchError" in everything_sent(spans)
    assert "fit value" not in everything_sent(spans)


# --- made-up events -------------------------------------------------------------------------------


def test_a_verb_of_no_state_or_of_a_run_that_is_over_is_no_trouble(spans: Telemetry) -> None:
    used = StoreUsed(7, 1.0, None, "", None, 1, "get", (), False, "MemoryStore", "MemoryBackend", 0.1, None)

    async def run() -> None:
        spans.tracing(used)
        await books().orchestrate(observers=[early])
        spans.tracing(used)

    def early(event: Any) -> None:
        spans.tracing(event)
        if isinstance(event, RunStarted):
            spans.tracing(used._replace(run=event.run))
            spans.tracing(used._replace(run=event.run, state=MERGE, branch=3))

    run_in_virtual_time(run())

    assert under(spans, "store get") == ["run books", "run books"]


def test_threads_that_outlive_their_run_are_no_trouble(spans: Telemetry) -> None:
    go, threads = threading.Event(), list[threading.Thread]()

    def load(store: MemoryStore) -> Stage:
        def later() -> None:
            assert go.wait(30)
            store.put(COUNT, 1)

        threads.append(threading.Thread(target=later))
        threads[0].start()
        return DONE

    workflow = single(load)
    workflow.run(observers=[spans.tracing])
    go.set()
    threads[0].join()

    assert workflow.store.get(COUNT) == 1
    assert not spans.named("store put")
