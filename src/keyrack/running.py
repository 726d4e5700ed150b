"""`keyrack run`: a workflow run from the shell, from its target to an exit code.

The workflow runs in this process, on its own store or on the one that a URL names. What it shows while it runs goes to
stderr; where it came to, and the keys that it is for, to stdout.
"""

from __future__ import annotations

import json
import select
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar, cast

from keyrack._screen import Screen, table_of
from keyrack._text import did_you_mean, path_text, preview, printable, told
from keyrack.backends.spi import SEPARATOR, Encoded
from keyrack.check.loader import LoadError, load_all
from keyrack.check.target import Target
from keyrack.encoding import encoded_again
from keyrack.errors import (
    ConfigurationError,
    JoinError,
    KeyDefinitionError,
    RetryExhaustedError,
    StoreError,
    WorkflowError,
)
from keyrack.keys.family import KeyFamily
from keyrack.keys.key import MASK, StoreKey
from keyrack.keys.problems import MisfitError, NoJsonError
from keyrack.registry import RegistryMeta
from keyrack.stores import open_store
from keyrack.workflow import Workflow

if TYPE_CHECKING:
    from keyrack.store import KeyValueStore
    from keyrack.timeline import Timeline
    from keyrack.workflow import Event, Observer

T = TypeVar("T")
AnyWorkflow = Workflow[Any, Any]


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    target: str
    store: str | None
    """The URL of the store; None for that of the workflow."""
    settings: tuple[str, ...]
    """``key=value``: what is put before the run starts."""
    initial: str | None
    """The name of the state to start in; None for that of the workflow."""
    trace: Path | None
    """Where the page with the timeline goes."""
    quiet: bool
    """Whether nothing is shown while it runs."""


def run(options: Options) -> int:
    """Run a workflow, and give the exit code: 0 where it came to an exit state, 1 where a task failed.

    Raises:
        ConfigurationError: the target, a setting or the state does not make sense; nothing ran.
        KeyrackError: the store cannot be opened.
    """
    kind: type[AnyWorkflow] = Workflow
    name, workflow = the_one(options.target, kind)
    start = _start(workflow, options.initial)
    puts = [_put(workflow, _module_of(name), setting) for setting in options.settings]
    if options.trace is not None:
        _check_page(options.trace)
    opened = None if options.store is None else open_store(options.store)
    with nullcontext() if opened is None else closing(opened):
        store: KeyValueStore = workflow.store if opened is None else opened
        if puts:
            store.put_many(*puts)
        return _shown(workflow, start, store, options)


def the_one(text: str, kind: type[T]) -> tuple[str, T]:
    """Give the only object of a kind that a target names, with a target that names it alone.

    Raises:
        ConfigurationError: there is none, or there are several.
    """
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    subject = f"the target {text}"
    try:
        found = load_all(Target(text), kind)
    except LoadError as error:
        place = "" if error.spot is None else f" ({error.spot.file}:{error.spot.line})"
        raise ConfigurationError(subject=subject, problems=[error.reason + place]) from error.cause
    if len(found) > 1:
        names = ", ".join(name for name, _ in found)
        raise ConfigurationError(subject=subject, problems=[f"it holds several, name one of them: {names}"])
    return found[0]


def _start(workflow: AnyWorkflow, name: str | None) -> Enum | None:
    if name is None:
        return cast("Enum | None", workflow.initial)
    states: dict[str, Enum] = dict(workflow.states.__members__)
    if name not in states:
        known = f"; there are {', '.join(states)}"
        problem = f"there is no state {name!r}{did_you_mean(name, states) or known}"
        raise ConfigurationError(subject="--initial", problems=[problem])
    return states[name]


def _check_page(file: Path) -> None:
    """Refuse a page that cannot be written, before hours of work."""
    try:
        file.open("ab").close()
    except OSError as error:
        problem = f"{printable(str(file))} cannot be written ({error.strerror}); name a file in a folder that is there"
        raise ConfigurationError(subject="--trace", problems=[f"{problem}; nothing ran"]) from None


# --- what is put before ---------------------------------------------------------------------------


def _put(workflow: AnyWorkflow, module: object, setting: str) -> Any:
    """Read ``key=value``: the value is JSON, or a text as it stands, whichever fits the key."""
    name, mark, _ = setting.partition("=")
    if not mark:
        raise ConfigurationError(subject=f"--set {name}", problems=["write key=value"])
    registries = _registries(module)
    keys = {key.name: key for key in _keys(workflow, module)}
    for at, char in enumerate(setting):  # a name may hold the mark, too
        if char == "=" and (key := keys.get(setting[:at]) or _of_family(registries, setting[:at])) is not None:
            break
    else:
        families = {key.name for registry in registries for key in registry if isinstance(key, KeyFamily)}
        all_names = sorted([*keys, *(f"{family}[...]" for family in families)])
        known = f"; there are {', '.join(all_names)}" if all_names else ""
        problem = f"neither the workflow nor its module has such a key{did_you_mean(name, keys) or known}"
        raise ConfigurationError(subject=f"--set {name}", problems=[problem])
    return key.to(_value(key, setting[at + 1 :]))


def _value(key: StoreKey[Any], text: str) -> object:
    reason = ""
    for written in (text, json.dumps(text), _NUMBERS.get(text.lower(), "")):
        try:
            return key.schema.json.read_other(written.encode("utf-8", "surrogatepass"))
        except NoJsonError:
            continue
        except MisfitError as error:  # the first of them is about what people mean
            reason = reason or _reason(key, error)
    shown = MASK if key.secret else preview(text)
    problem = f"{shown} is neither JSON for {key.type_text} nor a text for it{reason}"
    raise ConfigurationError(subject=f"--set {key.name}", problems=[problem])


def _reason(key: StoreKey[Any], error: MisfitError) -> str:
    """Say what does not fit, where that may be shown."""
    found = error.problems().found
    return "" if key.secret or not found else f": {path_text(str(key.name), found[0].path)} {found[0].message}"


_NUMBERS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
"""Numbers that have a name."""


def _of_family(registries: Iterable[RegistryMeta], name: str) -> StoreKey[Any] | None:
    """Give a key of a family in one of the registries of a module."""
    for registry in registries:
        with suppress(KeyDefinitionError):
            return registry[name]
    return None


def _keys(workflow: AnyWorkflow, module: object) -> Iterator[StoreKey[Any]]:
    """Give the keys that can be named: those of the workflow first, then those of its module."""
    inside = [key for registry in _registries(module) for key in registry if _is_key(key)]
    beside = filter(_is_key, _values(module))
    for key in (*inside, *beside, *workflow.outputs, *workflow.inputs):
        if key.name is not None:  # pyright: ignore[reportUnnecessaryComparison]  # one of a class that is no registry
            yield key


def _registries(module: object) -> list[RegistryMeta]:
    return [value for value in _values(module) if isinstance(value, RegistryMeta)]


def _values(module: object) -> list[object]:
    return [*getattr(module, "__dict__", {}).values()]


def _is_key(value: object) -> TypeGuard[StoreKey[Any]]:
    return type(value) is StoreKey


def _module_of(target: str) -> object:
    return sys.modules.get(Target(target).module)


# --- the run --------------------------------------------------------------------------------------


def _shown(workflow: AnyWorkflow, start: Enum | None, store: KeyValueStore, options: Options) -> int:
    page = None if options.trace is None else options.trace.absolute()  # a task may go to another folder
    timeline = None if page is None else _timeline()
    observers = [] if timeline is None else [timeline]
    screen, errors = Screen(), Screen(stderr=True)
    begun: list[Event] = []
    try:
        end: Enum = workflow.run(
            start, store=store, observers=[*observers, _first_into(begun)], progress=not options.quiet
        )
    except Exception as error:
        if not begun or (isinstance(error, BrokenPipeError) and _nobody_reads()):
            raise
        for own in _of_tasks(error):  # its author wants to see where it comes from
            errors.say("".join(traceback.format_exception(_from_the_task_on(own))).rstrip())
        if isinstance(error, WorkflowError):  # of the engine: a sentence says it all
            errors.say(f"keyrack run: {error}")
        return 1
    else:
        screen.say(end.name)
        _print_outputs(screen, store, workflow.outputs)
        return 0
    finally:
        if timeline is not None and page is not None:
            _write(timeline, page, store, errors)
            errors.say(f"the timeline is in {printable(str(options.trace))}")


def _first_into(events: list[Event]) -> Observer:
    """Give an observer that keeps the first event: with it the run has begun."""

    def observe(event: Event) -> None:
        if not events:
            events.append(event)

    return observe


def _nobody_reads() -> bool:
    """Whether it was stdout that broke, and not a pipe of the task's own."""
    poll: Any = getattr(select, "poll", None)  # Windows has none
    if poll is None:
        return True
    stdout = poll()
    stdout.register(sys.stdout.fileno(), 0)
    return bool(stdout.poll(0))  # it is asked about errors alone


def _of_tasks(error: Exception) -> Iterator[Exception]:
    """Give what tasks have raised, of several attempts the last, where the engine sums it up in an error of its own."""
    match error:
        case RetryExhaustedError():
            yield from _of_tasks(error.errors[-1])
        case JoinError():
            for failure in error.exceptions:
                yield from _of_tasks(failure)
        case WorkflowError():
            return
        case _:
            yield error


def _from_the_task_on(error: Exception) -> Exception:
    """Leave out of a traceback what led to the task."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None and _leads_there(step.tb_frame.f_globals):
        step = step.tb_next
    return error.with_traceback(step)


def _leads_there(names: dict[str, Any]) -> bool:
    return str(names.get("__name__")).partition(".")[0] in {"asyncio", "concurrent", "keyrack", "threading"}


def _timeline() -> Timeline:
    from keyrack.timeline import Timeline

    return Timeline()


def _write(timeline: Timeline, file: Path, store: KeyValueStore, errors: Screen) -> None:
    """Write the page, and sum up on the terminal; a run that was interrupted has one, too."""
    from keyrack.timeline import render, summary

    file.write_text(render(timeline, sizes=_sizes(store)), encoding="utf-8")
    errors.print(summary(timeline, errors.width))


def _sizes(store: KeyValueStore) -> dict[str, int]:
    """Give the bytes of each value, as it is stored, or as it would be in a file."""
    sizes: dict[str, int] = {}
    names = store.backend.names("")
    for name, entry in zip(names, store.backend.read(names), strict=True):
        if entry is not None:
            with suppress(StoreError):  # one that cannot be written to a file has no size; the page does without
                payload = cast("Encoded", encoded_again(store.label, "value", entry).payload)
                sizes[name.replace(SEPARATOR, "/")] = payload.size
    return sizes


def _print_outputs(screen: Screen, store: KeyValueStore, keys: Iterable[StoreKey[Any]]) -> None:
    table = table_of("key", "type", "value")
    for key in keys:
        table.add_row(key.name, key.type_text, _text_of(store, key))
    if table.row_count:
        screen.print(table)


def _text_of(store: KeyValueStore, key: StoreKey[Any]) -> str:
    if key.secret:
        return MASK
    try:
        return preview(store.get_shared(key))
    except StoreError as error:
        return told(error)
