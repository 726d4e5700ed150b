"""``[tool.keyrack.check]`` of a ``pyproject.toml``: what is to be checked, and how bad each code is.

Whatever is wrong there is a finding (KR002) with its line, and a check must not go on after one: a configuration that
is half read is none. It knows no command line; what is given there stands above what is read here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, cast

from .._text import cut, described, did_you_mean
from .codes import CODES, said
from .report import SEVERITIES, Diagnostic, Report, Severity, Spot

Level: TypeAlias = Severity | Literal["off"]
LEVELS: Final[tuple[Level, ...]] = (*SEVERITIES, "off")

FIXED: Final = frozenset({"KR001", "KR002"})
"""Whose severity cannot be set: after one of them, nothing is known of the code."""

PROOF: Final = frozenset({"KR106", "KR206", *(code for code in CODES if code.startswith("KR9"))})
"""What a check that has to be a proof makes an error of."""

Names: TypeAlias = tuple[str, ...]
"""A path through tables."""

_TABLE: Final[Names] = ("tool", "keyrack", "check")


@dataclass(frozen=True, slots=True)
class TargetConfig:
    """What is said of the workflows of one target; None where nothing is."""

    initial: str | None = None
    """The name of the state in which it starts."""
    inputs: tuple[str, ...] | None = None
    """The names of keys that are there when it starts."""
    outputs: tuple[str, ...] | None = None
    """The names of keys that it is run for."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a ``pyproject.toml`` says of the check; without one, nothing."""

    file: str = ""
    """The file; empty where there is none."""
    targets: tuple[str, ...] = ()
    initial: str | None = None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] | None = None
    fail_on: Severity | None = None
    strict: bool = False
    baseline: str | None = None
    """The path of the baseline, seen from the folder of the file: absolute."""
    severity: Mapping[str, Level] = field(default_factory=dict[str, Level])
    per_target: Mapping[str, TargetConfig] = field(default_factory=dict[str, TargetConfig])
    problems: tuple[Diagnostic, ...] = ()
    """What is wrong with it; nothing else of it counts, then."""

    def of(self, target: str) -> TargetConfig:
        """Give what holds for a target: what is said of it alone, else what is said of all."""
        own = self.per_target.get(target, TargetConfig())
        return TargetConfig(
            self.initial if own.initial is None else own.initial,
            self.inputs if own.inputs is None else own.inputs,
            self.outputs if own.outputs is None else own.outputs,
        )


def bad_configuration(where: str, reason: str, spot: Spot) -> Diagnostic:
    """Make the finding that says what cannot be used: an option, a file."""
    message = said("KR002", where=where, reason=reason)
    return Diagnostic("KR002", "error", message, spot, "", subject=f"{where}: {reason}")


def code_hint(asked: str) -> str:
    """Guess which code was meant, as ``"; did you mean 'KR102'?"``; its name for people will do as well."""
    from .explain import UnknownCodeError, code_of

    try:
        return f"; did you mean {code_of(asked).code!r}?"
    except UnknownCodeError:
        return did_you_mean(asked, CODES)


def load(folder: Path) -> Config:
    """Read the nearest ``pyproject.toml``, in *folder* or above it.

    Returns:
        What it says; an empty one where there is no such file, or it says nothing of the check.
    """
    start = folder.absolute()
    found = next((each for one in (start, *start.parents) if (each := one / "pyproject.toml").is_file()), None)
    return Config() if found is None else read(found)


def read(file: Path) -> Config:
    """Read a ``pyproject.toml``. Whatever is wrong with it is among the problems of what comes back."""
    try:
        source = file.read_bytes().decode()
        document = tomllib.loads(source)
    except OSError as error:
        return _refused(file, 1, f"it cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        return _refused(file, 1, f"it is not UTF-8: {error.reason} at byte {error.start}")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = re.search(r"line (\d+)", str(error))
        return _refused(file, int(place[1]) if place else 1, f"it is no TOML: {error}")
    return _Reader(file, source.splitlines()).config(document)


def _refused(file: Path, line: int, reason: str) -> Config:
    return Config(str(file), problems=(bad_configuration(file.name, reason, Spot(str(file), line)),))


def apply_severities(report: Report, severity: Mapping[str, Level], *, strict: bool = False) -> Report:
    """Give each finding the severity that is wanted of its code; those that are off are left out.

    Args:
        report: what was found.
        severity: by code.
        strict: whether the check has to be a proof: what cannot be proved is an error, whatever *severity* says.
    """
    levels: dict[str, Level] = dict(severity)
    if strict:
        levels.update(dict.fromkeys(PROOF, "error"))

    def kept(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        wanted = ((one, levels.get(one.code, one.severity)) for one in found)
        return tuple(replace(one, severity=level) for one, level in wanted if level != "off")

    workflows = tuple(replace(one, diagnostics=kept(one.diagnostics)) for one in report.workflows)
    return replace(report, workflows=workflows, problems=kept(report.problems))


@dataclass(frozen=True, slots=True)
class _Option:
    """An option: what it takes, in words and as a test."""

    wanted: str
    fits: Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: Any) -> bool:
    return value.__class__ is list and all(map(_is_text, value))


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _one_of(names: tuple[str, ...]) -> _Option:
    return _Option(f"one of {', '.join(map(repr, names))}", lambda value: value in names)


_TARGET_OPTIONS: Final = {
    "initial": _Option("the name of a state", _is_text),
    "inputs": _Option("a list of names of keys", _are_texts),
    "outputs": _Option("a list of names of keys", _are_texts),
}
_OPTIONS: Final = {
    "targets": _Option("a list of targets, such as 'app.pipeline:workflow',", _are_texts),
    **_TARGET_OPTIONS,
    "fail-on": _one_of(SEVERITIES),
    "strict": _Option("true or false", lambda value: isinstance(value, bool)),
    "baseline": _Option("the path of a file", _is_text),
    "severity": _Option("a table of codes", _is_table),
    "target": _Option("a table of targets", _is_table),
}
_LEVEL: Final = _one_of(LEVELS)


class _Reader:
    """Reads one file, and notes what is wrong."""

    def __init__(self, file: Path, lines: list[str]) -> None:
        self._file: Path = file
        self._lines: list[str] = lines
        self._problems: list[Diagnostic] = []

    def config(self, document: dict[str, Any]) -> Config:
        values = self._options(self._table(document), _OPTIONS, _TABLE)
        if "baseline" in values:
            values["baseline"] = str(self._file.parent / values["baseline"])
        values["severity"] = self._severity(values.get("severity", {}))
        values["per_target"] = self._per_target(values.pop("target", {}), values.get("targets", ()))
        return Config(str(self._file), **values, problems=tuple(self._problems))

    def _table(self, document: dict[str, Any]) -> dict[str, Any]:
        """Go down to the table; what is no table on the way is a problem, and so is a neighbour that looks like it."""
        table: Any = document
        for depth, name in enumerate(_TABLE, 1):
            if name == _TABLE[-1]:
                self._unknown(table, [name], _TABLE[:-1])
            table = table.get(name, {})
            if not _is_table(table):
                self._note(_TABLE[:depth], f"a table is needed, not {described(table)}")
                return {}
        return cast("dict[str, Any]", table)

    def _options(self, table: dict[str, Any], options: Mapping[str, _Option], where: Names) -> dict[str, Any]:
        """Give the values of the options that are right, by the names of fields."""
        self._unknown(table, options, where)
        values: dict[str, Any] = {}
        for name, value in table.items():
            if name in options and self._fits(options[name], value, (*where, name)):
                values[name.replace("-", "_")] = tuple(value) if value.__class__ is list else value
        return values

    def _unknown(self, table: Mapping[str, Any], known: Collection[str], where: Names) -> None:
        for name in (name for name in table if name not in known):
            hint = did_you_mean(name, known) or f"; there {'is' if len(known) == 1 else 'are'} {', '.join(known)}"
            self._note((*where, name), f"no such option{hint}")

    def _severity(self, table: dict[str, Any]) -> dict[str, Level]:
        where = (*_TABLE, "severity")
        levels: dict[str, Level] = {}
        for code, level in table.items():
            if code not in CODES:
                self._note((*where, code), said("KR004", code=code, hint=code_hint(code)))
            elif code in FIXED:
                self._note((*where, code), f"{code} is always an error")
            elif self._fits(_LEVEL, level, (*where, code)):
                levels[code] = level
        return levels

    def _per_target(self, table: dict[str, Any], targets: Collection[str]) -> dict[str, TargetConfig]:
        where = (*_TABLE, "target")
        found: dict[str, TargetConfig] = {}
        for target, content in table.items():
            if targets and target not in targets:
                self._note((*where, target), f"it is none of the targets{did_you_mean(target, targets)}")
            if self._fits(_Option("a table", _is_table), content, (*where, target)):
                found[target] = TargetConfig(**self._options(content, _TARGET_OPTIONS, (*where, target)))
        return found

    def _fits(self, option: _Option, value: Any, where: Names) -> bool:
        if option.fits(value):
            return True
        self._note(where, f"{option.wanted} is needed, not {described(value)}")
        return False

    def _note(self, where: Names, reason: str) -> None:
        spot = Spot(str(self._file), _line(self._lines, where))
        self._problems.append(bad_configuration(_dotted(where), reason, spot))


def _dotted(path: Names) -> str:
    """Write a path as TOML does: ``tool.keyrack.check.target."app.pipeline:workflow"``."""
    return ".".join(name if re.fullmatch(r"[\w-]+", name, re.ASCII) else f'"{cut(name)}"' for name in path)


def _line(lines: list[str], path: Names) -> int:
    """Find the line on which something stands, or what it stands in.

    tomllib gives no lines. So each line that alone is a header or begins with a key is read as one; a line within a
    long string may look like it, and then the number of a line is wrong, nothing else.
    """
    table: Names = ()
    best = (0, 1)
    for number, line in enumerate(lines, 1):
        header = re.match(r"\s*(\[.*\])", line)
        here = _written(header[1]) if header else ()
        if here:
            table = here
        else:
            key = re.match(r"\s*([^=#\[\]{}]+?)\s*=", line)
            here = (*table, *_written(f"{key[1]} = {{}}")) if key else ()
        if here == path[: len(here)] and len(here) > best[0]:
            best = (len(here), number)
    return best[1]


def _written(text: str) -> Names:
    """Read a line of TOML that names a table, as a path; nothing where it names none."""
    try:
        content: Any = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return ()
    path: list[str] = []
    while content:
        if content.__class__ is list:  # of a table in a list of tables
            content = content[0]
            continue
        ((name, content),) = content.items()
        path.append(name)
    return tuple(path)
