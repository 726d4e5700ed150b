"""What does not fit, in words: from the findings of a validator to `keyrack.errors.Problem`."""

# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# What is walked through here is of any type.

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, cast

from .._text import LINE, cut, described
from ..errors import Problem, Problems

Path = tuple[str | int, ...]

_DESCRIBED = 100
"""How many findings are described; the rest is counted."""

UNION_LABEL = "\x1f"
"""Starts the label of a union's member in a finding's path, so that it can be told from a field of the same name."""

CLASS_LABEL = f"{UNION_LABEL}class"
"""The label after which the next step of a path is a class, by which a value was told."""

ARRAY_RULE: Final = "array_rule"
"""The type of findings about arrays, whose message says what was found."""

ELSEWHERE: Final = "keyrack_elsewhere"
"""The type of findings that say only that another part of the schema is about the value."""

_NOT_AN_INSTANCE = frozenset({"model_type", "dataclass_type"})
"""Findings whose message offers a dict as well, which would not do here."""

_CONTAINERS = {
    "list_type": "list",
    "tuple_type": "tuple",
    "set_type": "set",
    "frozen_set_type": "frozenset",
    "dict_type": "dictionary",
}
"""Findings whose message speaks of arrays and objects where JSON is read."""

_UNKNOWN_FIELD = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
_DICT_KEY = "[key]"
_PREFIXES = ("Value error, ", "Assertion failed, ")


class MisfitError(Exception):
    """A value does not fit; says where and why when asked."""

    def __init__(self, problems: Callable[[], Problems]) -> None:
        super().__init__()
        self.problems: Callable[[], Problems] = problems

    def forget(self) -> None:
        """Let go of everything that knows the value."""
        self.problems = _nothing
        cut_off(self)


class NoJsonError(Exception):
    """A value cannot be written as JSON, or a text is no JSON; says why."""


def _nothing() -> Problems:
    return Problems((), 0)


def cut_off(error: Exception) -> None:
    """Let an exception go of what led to it, which knows the value."""
    error.__cause__ = error.__context__ = error.__traceback__ = None


def problems(findings: Sequence[Mapping[str, Any]]) -> Problems:
    """Describe findings (``loc``, ``msg``, ``type``, ``input``), a problem a place; past a hundred they are counted."""
    findings = [finding for finding in findings if finding["type"] != ELSEWHERE]
    found: dict[Path, list[Problem]] = {}
    alternatives: set[Path] = set()
    for finding in map(_about_container, findings[:_DESCRIBED]):
        steps: Path = finding["loc"]
        path = _without_labels(steps)
        if len(path) < len(steps):
            alternatives.add(path)
        found.setdefault(path, []).append(_problem(path, finding))
    kept = (there for path, there in found.items() if path not in alternatives or not _is_shallow(path, found))
    return Problems(tuple(map(_one_of, kept)), max(0, len(findings) - _DESCRIBED))


def crash(error: Exception, value: object) -> Problems:
    """Describe an exception that came out of a validator or out of the value itself."""
    if isinstance(error, AttributeError) and error.name and error.name in _fields(error.obj):
        path = _path_to(error.obj, value)
        if path is not None:
            return Problems((Problem((*path, error.name), "is missing", None),), 0)
    message = f"cannot be validated ({type(error).__name__}: {cut(str(error))})"
    return Problems((Problem((), message, described(value)),), 0)


def _path_to(wanted: object, value: object, depth: int = 0) -> Path | None:
    """Give the path of an object in a value, None where it cannot be found."""
    if value is wanted:
        return ()
    if depth > _DEEP:
        return None
    for step, part in _steps(value):
        path = _path_to(wanted, part, depth + 1)
        if path is not None:
            return (step, *path)
    return None


def _steps(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, list | tuple):
        return enumerate(cast("list[Any]", value))
    if isinstance(value, dict):
        return value.items()
    return [(name, getattr(value, name, None)) for name in _fields(value)]


_DEEP = 20


def _fields(value: object) -> Collection[str]:
    """Give the names of the fields of a dataclass instance."""
    return getattr(value, "__dataclass_fields__", ())


def _about_container(finding: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a finding about the key of a dict as one about the dict."""
    steps: Path = finding["loc"]
    if not steps or steps[-1] != _DICT_KEY:
        return finding
    return {**finding, "loc": steps[:-2], "msg": f"has a key that {_predicate(finding['msg'])}"}


def _without_labels(steps: Path) -> Path:
    """Give the steps that lead into the value."""
    pairs = zip(("", *steps), steps, strict=False)
    return tuple(step for before, step in pairs if before != CLASS_LABEL and not _is_label(step))


def _is_label(step: str | int) -> bool:
    return isinstance(step, str) and step.startswith(UNION_LABEL)


def _is_shallow(path: Path, found: Collection[Path]) -> bool:
    """Say whether another member of the same union came further into the value: that one was meant."""
    return any(len(other) > len(path) and other[: len(path)] == path for other in found)


def _one_of(there: list[Problem]) -> Problem:
    """Join what the members of a union say of one place: "should be an integer or a string"."""
    first = there[0]
    wanted = list(dict.fromkeys(problem.message for problem in there))
    start = "should be "
    if len(wanted) > 1 and all(message.startswith(start) for message in wanted):
        return first._replace(message=start + " or ".join(message.removeprefix(start) for message in wanted))
    return first._replace(message=" or ".join(wanted))


def _problem(path: Path, finding: Mapping[str, Any]) -> Problem:
    kind, message = finding["type"], finding["msg"]
    if kind == "missing":
        return Problem(path, "is missing", None)
    if kind == "needs_python_object":
        return Problem(path, "cannot be made of JSON", None)
    got = None if kind == ARRAY_RULE else described(finding["input"])
    if kind in _UNKNOWN_FIELD:
        return Problem(path, "is not a known field", got)
    if kind in _CONTAINERS:
        message = f"Input should be a valid {_CONTAINERS[kind]}"
    if kind in _NOT_AN_INSTANCE:
        said = message.rpartition(" instance of ")[2] if " instance of " in message else None
        message = f"Input should be an instance of {said or finding['ctx']['class_name']}"
    return Problem(path, _predicate(message), got)


def _predicate(message: str) -> str:
    """Give what a message says of its subject, to be read after the path."""
    if message.startswith("has a key that "):
        return message
    subject, should, rule = message.partition(" should ")
    if should and " " not in subject:
        return f"should {rule}"
    for prefix in _PREFIXES:
        message = message.removeprefix(prefix)
    message = cut(message, LINE)
    return message if message.startswith("should ") else f"is refused: {message}"
