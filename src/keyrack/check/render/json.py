"""A report as JSON, and back: for programs, and for the child process that checks.

The format, whose names stay as they are while `schema` is 1::

    schema       1
    verdict      "proved", "refuted" or "unproven"
    seconds      how long it took
    notes        sentences: what else there is to tell
    targets      a workflow each: name, target, initial, <place>,
                 states       name, kind ("task", "split", "exit", "missing"), label, branches, strategy, initial,
                              <place>, functions ([<place>])
                 edges        source, target, certain
                 flows        key, source, target
                 reads, proved, refuted, unproven: how many reads
    diagnostics  all findings, suppressed ones too: code, slug, severity ("error", "warning", "note"), message,
                 <place>, target, key, state,
                 path         names of states, from the first to the one where it shows
                 hops         the same way with what happened: state, <place>, why
                 related      message, <place>
                 help, subject, suppressed ("", "comment", "baseline"),
                 fingerprint  the same while the finding is, whatever moves around it
                 workflow     which of the targets, from 0; null where it belongs to none
    assumptions  message, <place>, workflow

``<place>`` stands for file, line, col, end_line, end_col: from 1, the end column after the last character, 0 where the
end is not known; all are null where there is no place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from functools import cache, partial
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Final, Literal, NoReturn, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from ..._text import preview
from ..codes import CODES
from ..report import (
    Assumption,
    Diagnostic,
    Edge,
    Flow,
    Hop,
    Related,
    Report,
    Spot,
    StateNode,
    WorkflowReport,
)
from .fingerprint import fingerprints

T = TypeVar("T")

Where: TypeAlias = "str | tuple[Where, str | int]"
"""Which part of a document: the whole by its name, a part of it by a name or a number."""
Reader: TypeAlias = Callable[[Any, Where], Any]

SCHEMA: Final = 1
"""The version of the format."""

_RENAMED: Final[dict[tuple[Any, str], str]] = {(Diagnostic, "path"): "hops"}
_RECORDS: Final = (Hop, Related, StateNode, Edge, Flow, Spot)
"""What lists of JSON hold besides texts."""
_PLACE: Final = tuple(field.name for field in fields(Spot))
_NO_PLACE: Final = dict.fromkeys(_PLACE)
_place_of: Final = attrgetter(*_PLACE)


def dumps(report: Report, *, indent: int | None = None) -> str:
    """Write a report as JSON, of ASCII alone; `loads` gives an equal one.

    Args:
        report: what was found.
        indent: how many blanks a level is indented; None for all on one line.
    """
    return json.dumps(_document(report), indent=indent, ensure_ascii=True, allow_nan=False)


def render(report: Report) -> str:
    """Write a report as JSON for a file or a pipe: indented, with a newline at its end."""
    return dumps(report, indent=2) + "\n"


def dumps_parts(whole: Report, parts: Iterable[str]) -> str:
    """Write a report of which `dumps` has written parts already; `loads_parts` gives it.

    Args:
        whole: what belongs to none of the parts.
        parts: reports whose workflows and problems are its last ones.
    """
    return f"[{', '.join((dumps(whole), *parts))}]"


def loads(text: str) -> Report:
    """Read what `dumps` wrote.

    Raises:
        ValueError: it is no report, is damaged, or was written in another version of the format.
    """
    return _read(_parsed(text))


def loads_parts(text: str) -> Report:
    """Read what `dumps_parts` wrote.

    Raises:
        ValueError: as from `loads`.
    """
    whole, *parts = map(_read, _parsed(text))
    return replace(
        whole,
        workflows=tuple(one for part in (whole, *parts) for one in part.workflows),
        problems=tuple(one for part in (whole, *parts) for one in part.problems),
    )


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        msg = f"this is no report of keyrack check: {error}"
        raise ValueError(msg) from None


def _read(document: Any) -> Report:
    if document.__class__ is not dict or "schema" not in document:
        msg = f"this is no report of keyrack check: it is {preview(document)}, which has no 'schema'"
        raise ValueError(msg)
    return _report(document)


def _no_number(text: str) -> NoReturn:
    msg = f"{text} is no number of JSON"
    raise ValueError(msg)


def _document(report: Report) -> dict[str, Any]:
    names = iter(fingerprints(report.all()))
    numbered = [(None, report.problems), *((at, one.diagnostics) for at, one in enumerate(report.workflows))]
    return {
        "schema": SCHEMA,
        "verdict": report.verdict,
        "seconds": report.seconds,
        "notes": list(report.notes),
        "targets": [_written(one, without=("diagnostics", "assumptions")) for one in report.workflows],
        "diagnostics": [_diagnostic(each, next(names), at) for at, found in numbered for each in found],
        "assumptions": [
            {**_written(each), "workflow": at} for at, one in enumerate(report.workflows) for each in one.assumptions
        ],
    }


def _diagnostic(one: Diagnostic, fingerprint: str, workflow: int | None) -> dict[str, Any]:
    code = CODES.get(one.code)
    return {
        "code": one.code,
        "slug": "" if code is None else code.slug,
        **_written(one, without=("code",)),
        "path": states_of(one),
        "fingerprint": fingerprint,
        "workflow": workflow,
    }


def states_of(one: Diagnostic) -> list[str]:
    """Name the states of the way on which a finding shows, the one where it shows last."""
    states = [hop.state for hop in one.path]
    return [*states, one.state] if states and one.state and states[-1] != one.state else states


def _written(value: Any, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Give a record as an object of JSON; its place lies flat in it."""
    written: dict[str, Any] = {}
    for name, renamed, _ in _plan(value.__class__):
        if name in without:
            continue
        content = getattr(value, name)
        if renamed is not None:
            written[renamed] = _plain(content)
        elif content is None:
            written.update(_NO_PLACE)
        else:
            written.update(zip(_PLACE, _place_of(content), strict=True))
    return written


def _plain(value: Any) -> Any:
    if value.__class__ is tuple:
        return [_plain(each) for each in value]
    return _written(value) if value.__class__ in _RECORDS else value


def _report(document: dict[str, Any]) -> Report:
    if document["schema"] != SCHEMA or isinstance(document["schema"], bool):
        msg = (
            f"this report has schema {preview(document['schema'])}, and this version of keyrack reads schema {SCHEMA}; "
            "run the check again, or read it with the version that wrote it"
        )
        raise ValueError(msg)
    targets = _items(document, "targets", "report")
    diagnostics = _grouped(Diagnostic, document, "diagnostics", len(targets))
    assumptions = _grouped(Assumption, document, "assumptions", len(targets))
    if assumptions[None]:
        _refuse("assumptions", "an assumption belongs to one of the targets")
    workflows = tuple(
        _read_record(
            WorkflowReport,
            each,
            ("targets", at),
            {"diagnostics": tuple(diagnostics[at]), "assumptions": tuple(assumptions[at])},
        )
        for at, each in enumerate(targets)
    )
    known = {"workflows": workflows, "problems": tuple(diagnostics[None])}
    return _read_record(Report, document, "report", known)


def _grouped(form: type[T], document: dict[str, Any], name: str, count: int) -> dict[int | None, list[T]]:
    groups: dict[int | None, list[T]] = {None: [], **{at: [] for at in range(count)}}
    for number, each in enumerate(_items(document, name, "report")):
        where = name, number
        found = _read_record(form, each, where)
        workflow = each.get("workflow")
        if isinstance(workflow, bool) or not isinstance(workflow, int | None) or workflow not in groups:
            _refuse((where, "workflow"), f"{preview(workflow)} is none of the {count} targets")
        groups[workflow].append(found)
    return groups


def _items(document: dict[str, Any], name: str, where: str) -> list[dict[str, Any]]:
    items: Any = document.get(name)
    if items.__class__ is not list or not all(each.__class__ is dict for each in items):
        _refuse((where, name), "a list of objects is needed")
    return cast("list[dict[str, Any]]", items)


def _read_record(form: type[T], document: Any, where: Where, known: Mapping[str, Any] | None = None) -> T:
    if document.__class__ is not dict:
        _refuse(where, f"an object is needed, not {preview(document)}")
    content = cast("dict[str, Any]", document)
    values: dict[str, Any] = {}
    for name, written, read in _plan(cast("Any", form)):
        if known is not None and name in known:
            values[name] = known[name]
        elif read is None:
            values[name] = None if content.get("file") is None else _read_record(Spot, content, where)
        elif written is None:
            values[name] = read(content, where)
        elif written in content:
            values[name] = read(content[written], (where, written))
        else:
            _refuse(where, f"{written!r} is missing")
    return form(**values)


@cache
def _plan(form: Any) -> tuple[tuple[str, str | None, Reader | None], ...]:
    """Give the fields of a record: the name, how it is written, and how it is read.

    A place lies flat in its record, and has no name there; without a reader it may be missing.
    """
    return tuple(
        (name, None, _reader(Spot) if each is Spot else None)
        if _is_place(each)
        else (name, _RENAMED.get((form, name), name), _reader(each))
        for name, each in _fields(form).items()
    )


@cache
def _reader(form: Any) -> Reader:
    """Give what reads a value of a type."""
    origin = get_origin(form)
    if origin is tuple:
        return partial(_read_items, _reader(get_args(form)[0]))
    if origin is Literal:
        return partial(_read_choice, get_args(form))
    return partial(_read_record if form in _RECORDS else _read_plain, form)


def _read_items(read: Reader, value: Any, where: Where) -> tuple[Any, ...]:
    if value.__class__ is not list:
        _refuse(where, f"a list is needed, not {preview(value)}")
    return tuple([read(each, (where, at)) for at, each in enumerate(value)])


def _read_choice(choices: tuple[Any, ...], value: Any, where: Where) -> Any:
    if value not in choices:
        _refuse(where, f"{preview(value)} is none of {', '.join(map(repr, choices))}")
    return value


def _read_plain(form: Any, value: Any, where: Where) -> Any:
    if form is float and type(value) is int:
        try:
            return float(value)
        except OverflowError:
            _refuse(where, f"{preview(value)} is too large")
    if type(value) is not form:
        _refuse(where, f"{form.__name__} is needed, not {preview(value)}")
    return value


def _refuse(where: Where, reason: str) -> NoReturn:
    msg = f"this report of keyrack check is damaged: {_told(where)}: {reason}"
    raise ValueError(msg)


def _told(where: Where) -> str:
    if isinstance(where, str):
        return where
    outer, part = where
    return f"{_told(outer)}[{part}]" if isinstance(part, int) else f"{_told(outer)}.{part}"


@cache
def _fields(form: Any) -> dict[str, Any]:
    hints = get_type_hints(form)
    return {field.name: hints[field.name] for field in fields(form)}


def _is_place(form: Any) -> bool:
    if form is Spot:
        return True
    return get_origin(form) in {Union, UnionType} and set(get_args(form)) == {Spot, NoneType}
