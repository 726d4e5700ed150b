"""``[tool.keyrack.check]`` of a ``pyproject.toml``: what is to be checked, and how bad each code is.

Whatever is wrong there is a finding (KR002) with its line, and a check must not go on after one: a configuration that is
half read is none. It knows no command line; what is given there stands above what is read here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, cast, get_args

from keyrack._text import described, did_you_mean
from keyrack.check.codes import CODES, said
from keyrack.check.report import SEVERITIES, Diagnostic, Report, Severity, Spot

Level: TypeAlias = Severity | Literal["off"]
LEVELS: Final[tuple[Level, ...]] = (*SEVERITIES, "off")

FIXED: Final = frozenset({"KR001", "KR002"})
"""Whose severity cannot be set: after one of them, nothing is known of the code."""

PROOF: Final = frozenset({"KR106", "KR206", *(code for code in CODES if code.startswith("KR9"))})
"""What a check that has to be a proof makes an error of."""

_TABLE: Final = "tool.keyrack.check"


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
    levels: dict[str, Level] = {**severity, **dict.fromkeys(PROOF, "error" if strict else None)}  # type: ignore[dict-item]
    return report


class _Reader:
    """Reads one file, and notes what is wrong."""

    def __init__(self, file: Path, lines: list[str]) -> None:
        self._file: Path = file
        self._lines: list[str] = lines
        self._problems: list[Diagnostic] = []

    def config(self, document: dict[str, Any]) -> Config:
        table = self._table(document)
        values = self._options(table, _OPTIONS, _TABLE)
        if "baseline" in values:
            values["baseline"] = str(self._file.parent / values["baseline"])
        severity, per_target = values.pop("severity", {}), values.pop("target", {})
        config = Config(
            str(self._file), **values, severity=self._severity(severity), per_target=self._per_target(per_target)
        )
        self._check_targets(config)
        return replace(config, problems=tuple(self._problems))

    def _table(self, document: dict[str, Any]) -> dict[str, Any]:
        """Go down to the table; what is no table on the way is a problem, and so is a neighbour that looks like it."""
        table: Any = document
        for depth, name in enumerate(("tool", "keyrack", "check"), 1):
            content = cast("dict[str, Any]", table)
            if name == "check":
                self._unknown(content, ["check"], "tool.keyrack")
            table = content.get(name, {})
            if not isinstance(table, dict):
                path = ".".join(("tool", "keyrack", "check")[:depth])
                self._note(path, "", name, f"a table is needed, not {described(table)}")
                return {}
        return cast("dict[str, Any]", table)

    def _options(self, table: dict[str, Any], options: Mapping[str, _Option], where: str) -> dict[str, Any]:
        """Give the values of the options that are right, by the names of fields."""
        self._unknown(table, options, where)
        values: dict[str, Any] = {}
        for name, option in options.items():
            if name not in table:
                continue
            if option.fits(table[name]):
                value = table[name]
                values[name.replace("-", "_")] = tuple(value) if isinstance(value, list) else value
            else:
                self._note(f"{where}.{name}", where, name, f"{option.wanted} is needed, not {described(table[name])}")
        return values

    def _unknown(self, table: Mapping[str, Any], known: Any, where: str) -> None:
        for name in table:
            if name not in known:
                hint = did_you_mean(name, known) or f"; known are {', '.join(known)}"
                self._note(where, where, name, f"unknown option {name!r}{hint}")

    def _severity(self, table: dict[str, Any]) -> dict[str, Level]:
        levels: dict[str, Level] = {}
        where = f"{_TABLE}.severity"
        for code, level in table.items():
            if code not in CODES:
                self._note(where, where, code, said("KR004", code=code, hint=did_you_mean(code, CODES)))
            elif code in FIXED:
                self._note(where, where, code, f"{code} is always an error")
            elif level not in LEVELS:
                wanted = ", ".join(map(repr, LEVELS))
                self._note(f"{where}.{code}", where, code, f"one of {wanted} is needed, not {described(level)}")
            else:
                levels[code] = level
        return levels

    def _per_target(self, table: dict[str, Any]) -> dict[str, TargetConfig]:
        found: dict[str, TargetConfig] = {}
        for target, content in table.items():
            where = f"{_TABLE}.target.{target}"
            if not isinstance(content, dict):
                self._note(where, f"{_TABLE}.target", target, f"a table is needed, not {described(content)}")
                continue
            options = self._options(cast("dict[str, Any]", content), _TARGET_OPTIONS, where)
            found[target] = TargetConfig(**options)
        return found

    def _check_targets(self, config: Config) -> None:
        for target in config.per_target:
            if config.targets and target not in config.targets:
                hint = did_you_mean(target, config.targets)
                self._note(f"{_TABLE}.target", f"{_TABLE}.target", target, f"{target!r} is none of the targets{hint}")

    def _note(self, where: str, table: str, name: str, reason: str) -> None:
        spot = Spot(str(self._file), _line(self._lines, table, name))
        self._problems.append(bad_configuration(f"[{where}]", reason, spot))
