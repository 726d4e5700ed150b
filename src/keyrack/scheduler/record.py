"""What is known of a job, and how that changes: pure steps from one record to the next, without clock, store or task.

How it works: a record says when the job is due, who runs it, and what became of its runs. Every change is a function
of the record that is there and of what its caller sees; it gives the record to be kept in its place, and what follows
from that. A store keeps the record, so that such a step is taken by one scheduler only, whoever tries at once.

Who runs a job holds its record, under the number of that run, and raises its beat while the run lasts. Whoever sees a
beat stand still for a lease, on a clock of its own, takes the holder for dead and the run over. So clocks of different
machines are never compared, save that due times are moments in time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, nextafter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from .events import JobOutcome  # noqa: TC001  # a field of a record, which pydantic reads
from .schedule import Every

if TYPE_CHECKING:
    from collections.abc import Callable

    from .backoff import Backoff
    from .schedule import Passed, Schedule

CORRECTION: Final = 3 * 3600.0
"""A clock that is behind a record by more than these seconds was wrong before, and what it planned is planned anew."""

SLACK: Final = 1.0
"""The seconds by which the clocks of schedulers on one store may differ: no reason to plan anew."""

Sight: TypeAlias = tuple[str, int, int]
"""Who holds a record: the holder, the number of its claim, and its beat."""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """What is known of a job. Moments are seconds since the Unix epoch; due times are on the clock of the job."""

    schedule: str
    """The text of the schedule by which it was planned."""
    planned: float
    """When the due time was last set, on the clock of the job."""
    due: float | None = None
    """When it is due next; None if it is not by itself."""
    holder: str | None = None
    """The scheduler that runs it; None where nobody does."""
    claim: int = 0
    """How often it was claimed: the number of the run that is held, or was last."""
    claimed: float | None = None
    """When the run that is held was due; None where it was triggered."""
    beat: int = 0
    """Grows while the holder lives."""
    runs: int = 0
    failures: int = 0
    skipped: int = 0
    held: int = 0
    missed: int = 0
    streak: int = 0
    """How many runs in a row have failed."""
    held_until: float = 0.0
    """Due times before that are passed over, because runs have failed."""
    tripped: bool = False
    """Whether it is not due any more until it is reset."""
    last_start: float | None = None
    last_duration: float | None = None
    last_outcome: JobOutcome | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What a job is run by."""

    schedule: Schedule
    backoff: Backoff
    immediately: bool = False
    """Whether it is due at once when it is planned for the first time."""


class View(NamedTuple):
    """What a scheduler sees when it looks at a record."""

    me: str
    """How it calls itself as a holder."""
    now: float
    """On the clock of the job."""
    wall: float
    """On the clock of people."""
    mine: int | None = None
    """The claim of the run that it has under way; None where it has none."""
    beats: bool = False
    """Whether to show that it lives."""
    dead: Sight | None = None
    """A holder that was not heard of for a lease."""
    closing: bool = False
    """Whether it begins nothing any more."""
    first: bool = False
    """Whether it has not looked since it was started."""


class Claim(NamedTuple):
    """A run to be begun."""

    number: int
    due: float | None
    again: bool


class Step(NamedTuple):
    """A record to be kept, and what follows from that."""

    record: JobRecord | None
    begins: Claim | None = None
    """The run that the scheduler has to begin."""
    skipped: int = 0
    """How many runs were passed over, because one is under way."""
    at: float | None = None
    """When the first of those was due."""
    held: int = 0
    """How many were passed over because runs have failed."""
    missed: int = 0
    """How many due times are past that one run makes up for."""
    lost: bool = False
    """Whether the run that the scheduler has under way is not its own any more."""
    trips: bool = False
    """Whether the job has just tripped."""
    refused: bool = False
    """Whether nothing was done, because it had tripped before."""


def planned(old: JobRecord | None, rules: Rules, now: float) -> JobRecord:
    """Give the record of a job whose next due time is set from *now*; what is known of its runs stays."""
    schedule = rules.schedule
    due = now if old is None and rules.immediately else schedule.after(now)
    if old is None:
        return JobRecord(schedule.text, now, due)
    due = None if old.tripped else due
    return replace(old, schedule=schedule.text, planned=now, due=due, held_until=0.0)


def looked(found: JobRecord | None, rules: Rules, view: View) -> Step:
    """See what is to be done with a job now."""
    record = _in_step(found, rules, view)
    is_mine = record.holder == view.me
    if view.mine is not None and not (is_mine and record.claim == view.mine):
        return Step(record, lost=True)
    if view.closing:
        return Step(_beating(record, view))
    if is_mine and view.mine is None:  # claimed by a verb that raised, and had written all the same: nothing ran
        return Step(record, Claim(record.claim, record.claimed, again=False))
    if record.holder is not None and view.dead == sight(record):
        claim = Claim(record.claim + 1, record.claimed, again=True)
        return Step(_claimed(record, view, record.claimed), claim)
    record = _beating(record, view)
    if record.due is None or record.due > view.now:
        return Step(record)
    return _fired(record, record.due, rules.schedule, view)


def sight(record: JobRecord) -> Sight | None:
    """Give who holds a record."""
    return None if record.holder is None else (record.holder, record.claim, record.beat)


def triggered(found: JobRecord | None, rules: Rules, view: View) -> Step:
    """Begin a run now, unless one is under way or the job has tripped."""
    record = planned(None, rules, view.now) if found is None else found
    if record.holder is not None:
        return Step(replace(record, skipped=record.skipped + 1), skipped=1)
    if record.tripped:
        return Step(found, refused=True)
    return Step(_claimed(record, view, None), Claim(record.claim + 1, None, again=False))


class End(NamedTuple):
    """How a run ended."""

    now: float
    """When, on the clock of the job."""
    outcome: JobOutcome
    error: str | None
    seconds: float


def ended(found: JobRecord | None, rules: Rules, me: str, claim: int, end: End) -> Step:
    """Let go of a record when its run is over; one that another holds by now is left alone."""
    if found is None or (found.holder, found.claim) != (me, claim):
        return Step(found)
    changes: dict[str, Any] = {"holder": None, "claimed": None}
    changes |= {"last_outcome": end.outcome, "last_duration": end.seconds}
    if end.outcome == "failed":
        return _failed(found, rules.backoff, end, changes)
    if end.outcome == "succeeded":
        changes |= {"streak": 0, "held_until": 0.0}
    return Step(replace(found, **changes))


def unclaimed(found: JobRecord | None, me: str, claim: int) -> Step:
    """Take back the claim of a run that never began."""
    if found is None or (found.holder, found.claim) != (me, claim):
        return Step(found)
    due = found.due if found.claimed is None else found.claimed
    return Step(replace(found, holder=None, claimed=None, due=due, runs=found.runs - 1))


def reset(found: JobRecord | None, rules: Rules, now: float) -> Step:
    """Forget the failures in a row, so that the job runs again when it is due."""
    if found is None:
        return Step(found)
    record = replace(found, streak=0, held_until=0.0, tripped=False)
    return Step(planned(record, rules, now) if found.tripped else record)


# --- the parts ------------------------------------------------------------------------------------


def _in_step(found: JobRecord | None, rules: Rules, view: View) -> JobRecord:
    """Give the record, planned anew where what was planned makes no sense by the schedule, or by the clock.

    A schedule that has changed plans anew when its scheduler starts. After that, a plan by another schedule is that
    of a scheduler which shares the record: it gives way to an earlier time alone, and what is due runs. Else each of
    the two would put off what the other has planned, for ever.
    """
    schedule, now = rules.schedule, view.now
    if found is None or found.planned > now + CORRECTION:
        return planned(found, rules, now)
    if found.schedule == schedule.text:
        is_too_far = (
            found.due is not None and isinstance(schedule, Every) and found.due > now + schedule.seconds + SLACK
        )
        return planned(found, rules, now) if is_too_far else found
    anew = planned(found, rules, now)
    if view.first:
        return anew
    is_sooner = anew.due is not None and (found.due is None or now < anew.due < found.due)
    return replace(anew, held_until=found.held_until) if is_sooner else found


def _beating(record: JobRecord, view: View) -> JobRecord:
    beats = view.beats and view.mine is not None
    return replace(record, beat=record.beat + 1) if beats else record


def _claimed(record: JobRecord, view: View, claimed: float | None, **changes: Any) -> JobRecord:
    return replace(
        record,
        holder=view.me,
        claim=record.claim + 1,
        claimed=claimed,
        beat=0,
        runs=record.runs + 1,
        last_start=view.wall,
        **changes,
    )


def _fired(record: JobRecord, due: float, schedule: Schedule, view: View) -> Step:
    """Deal with a due time that has come, and with those after it that have passed, too."""
    if record.schedule != schedule.text:  # none of its own: it counts from now on
        record = replace(record, schedule=schedule.text)
        passed_of: Callable[[float, float], Passed] = lambda _due, now: (0, schedule.after(now))  # noqa: E731
    else:
        passed_of = schedule.passed
    more, following = passed_of(due, view.now)
    held = 0
    if record.holder is not None:
        skipped = 1 + more
        record = replace(record, due=following, planned=view.now, skipped=record.skipped + skipped)
        return Step(record, skipped=skipped, at=due)
    if due < record.held_until:
        passed, first = passed_of(due, min(nextafter(record.held_until, -inf), view.now))
        held = 1 + passed
        if first is None or first > view.now:
            record = replace(record, due=following, planned=view.now, held=record.held + held)
            return Step(record, held=held)
        due, more = first, max(0, more - held)
    plan = {"due": following, "planned": view.now, "held": record.held + held, "missed": record.missed + more}
    record = _claimed(record, view, due, **plan)
    return Step(record, Claim(record.claim, due, again=False), held=held, missed=more)


def _failed(record: JobRecord, backoff: Backoff, end: End, changes: dict[str, Any]) -> Step:
    streak = record.streak + 1
    changes = changes | {"failures": record.failures + 1, "streak": streak, "last_error": end.error}
    if backoff.trip_after is not None and streak >= backoff.trip_after:
        return Step(replace(record, tripped=True, due=None, held_until=0.0, **changes), trips=True)
    delay = backoff.delay(streak)
    return Step(replace(record, held_until=end.now + delay if delay else 0.0, **changes))
