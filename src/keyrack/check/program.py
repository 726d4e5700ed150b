"""What ``keyrack check`` and ``keyrack graph`` do; how their arguments are read stands in `keyrack.cli`."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import mkstemp
from typing import Literal, TextIO, TypeAlias, get_args

from .._text import counted, told
from ..errors import KeyrackError
from . import baseline, config
from . import suppress as comments
from .codes import CODES
from .process import Asked, Standby, Terms, check_elsewhere
from .report import SEVERITIES, Diagnostic, Report, Severity

Format: TypeAlias = Literal["text", "json", "sarif", "github", "mermaid", "html"]
FORMATS: tuple[str, ...] = get_args(Format)

CLEAN, FOUND, FAILED = 0, 1, 2
"""Exit codes: nothing at or above the wanted severity, something, it could not be checked."""

PICTURES = {".svg": "svg", ".png": "png", ".mmd": "mermaid", ".dot": "dot", ".html": "html"}
"""Formats of pictures, by the end of the name of the file."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    targets: tuple[str, ...] = ()
    initial: str | None = None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] | None = None
    format: str = "text"
    file: Path | None = None
    fail_on: str | None = None
    strict: bool = False
    baseline: Path | None = None
    write_baseline: bool = False
    show_assumptions: bool = False
    cache: bool = True
    allow_effects: bool = False
    timeout: float = 300.0


def check(options: Options, standby: Standby | None = None) -> int:
    """Check, and write what was found; give the exit code."""
    return _whole(partial(_check, options, standby))


def _whole(job: Callable[[], int]) -> int:
    """Run *job*; whatever stops it, nobody may take its end for that of a check that was done."""
    try:
        Path.cwd()
    except OSError as error:
        return _refuse(f"the working directory cannot be read: {error.strerror}; change into another one")
    try:
        return job()
    except (BrokenPipeError, KeyrackError):
        raise
    except OSError as error:
        return _refuse(str(error))
    except Exception as error:  # noqa: BLE001  # an error of ours; the exit code of Python would say that something was found
        _say(traceback.format_exc(), sys.stderr)
        return _refuse(f"the check failed, which is an error of keyrack: {told(error)}")


def _check(options: Options, standby: Standby | None) -> int:
    wrong = _wrong(options)
    if wrong:
        return _refuse(wrong)
    settings = config.load(Path.cwd())
    if settings.problems:
        return _written(Report(problems=settings.problems), options, FAILED)
    targets = options.targets or settings.targets
    if not targets:
        return _refuse("nothing to check; name a target, as in: keyrack check app.pipeline:workflow")
    known = options.baseline or (Path(settings.baseline) if settings.baseline else None)
    if options.write_baseline and known is None:
        return _refuse("--write-baseline needs a file; name it with --baseline FILE")
    asked = [_asked(target, options, settings) for target in dict.fromkeys(targets)]
    report = check_elsewhere(asked, _terms(options), standby)
    report = _weighed(report, settings, strict=options.strict)
    if options.write_baseline and known is not None:
        return _keep(report, known, options)
    if known is not None:
        report = baseline.apply(report, known)
    return _written(report, options, _code(report, options.fail_on or settings.fail_on or "error"))


def _weighed(report: Report, settings: config.Config, *, strict: bool = False) -> Report:
    """Give the findings that are wanted, as bad as they are wanted, with those marked that a comment lets be."""
    off = {code for code, level in settings.severity.items() if level == "off"}
    report = comments.apply_all(report, codes=CODES.keys() - off)
    return config.apply_severities(report, settings.severity, strict=strict or settings.strict)


def _wrong(options: Options) -> str:
    """Say what is wrong with options that are wrong whatever is checked."""
    if options.format not in FORMATS:
        return f"--format is {', '.join(FORMATS)}, got {options.format!r}"
    if options.fail_on is not None and options.fail_on not in SEVERITIES:
        return f"--fail-on is {', '.join(SEVERITIES)}, got {options.fail_on!r}"
    if not options.timeout > 0:
        return f"--timeout is a number of seconds above 0, got {options.timeout}"
    return ""


def _asked(target: str, options: Options, settings: config.Config) -> Asked:
    """Put together what is said of a target; the command line stands above the file."""
    own = settings.of(target)
    inputs = (*(own.inputs or ()), *options.inputs)
    outputs = own.outputs if options.outputs is None else (*(own.outputs or ()), *options.outputs)
    return Asked(target, options.initial or own.initial, inputs, outputs)


def _terms(options: Options) -> Terms:
    return Terms(allow_effects=options.allow_effects, cache=options.cache, timeout=options.timeout)


def _keep(report: Report, file: Path, options: Options) -> int:
    """Write a baseline; not of a check that could not be done, for it would not hold what is there."""
    if report.problems:
        return _written(report, options, FAILED)
    try:
        count = baseline.write(report, file)
    except OSError as error:
        return _refuse(f"cannot write {str(file)!r}: {error.strerror or error}; nothing was written")
    _print(f"{counted(count, 'finding')} known in {file}\n")
    return CLEAN


def _code(report: Report, fail_on: str) -> int:
    """Give the exit code: what could not be checked stands above what was found."""
    if any(one.code in config.FIXED for one in report):
        return FAILED
    bad = SEVERITIES[: SEVERITIES.index(_severity(fail_on)) + 1]
    return FOUND if any(one.severity in bad for one in report) else CLEAN


def _severity(text: str) -> Severity:
    return next(one for one in SEVERITIES if one == text)


# --- writing --------------------------------------------------------------------------------------


def _written(report: Report, options: Options, code: int) -> int:
    """Write a report in the wanted format, and give the exit code."""
    root = os.environ.get("GITHUB_WORKSPACE", "") if options.format == "github" else ""
    report = report.relative_to(root or str(Path.cwd()))
    text = rendered(report, options.format, show_assumptions=options.show_assumptions, color=_wants_color(options))
    if options.file is None:
        _print(text)
        return code
    problem = _save(options.file, text)
    if problem:
        return _refuse(problem)
    if code != CLEAN:
        from .render.text import summary_line

        _say(f"{options.file}: {summary_line(report)}", sys.stderr)
    return code


def rendered(report: Report, format: str, *, show_assumptions: bool = False, color: bool = False) -> str:  # noqa: A002  # the option
    """Write a report in a format."""
    match format:
        case "text":
            from .render import text

            return text.render(report, show_assumptions=show_assumptions, color=color)
        case "json":
            from .render import json

            return json.render(report)
        case "sarif":
            from .render import sarif

            return sarif.render(report)
        case "github":
            from .render import github

            return github.render(report, summary=os.environ.get("GITHUB_STEP_SUMMARY"))
        case "html":
            from .render import html

            return html.render(report)
        case "dot":
            from .render import dot

            return dot.render(report)
        case _:
            from .render import mermaid

            return mermaid.render(report)


def _wants_color(options: Options) -> bool:
    output: TextIO | None = sys.stdout
    return options.file is None and output is not None and output.isatty() and not os.environ.get("NO_COLOR")


def _print(text: str) -> None:
    """Write to where the output goes, if anywhere; what cannot be shown there is shown as an escape."""
    output: TextIO | None = sys.stdout
    if output is None:
        return
    if isinstance(output, io.TextIOWrapper):
        output.reconfigure(errors="backslashreplace")
    output.write(text if text.endswith("\n") else text + "\n")
    output.flush()


def _save(file: Path, content: str | bytes) -> str:
    """Write a file whole or not at all; give what is wrong, if so."""
    data = content if isinstance(content, bytes) else content.encode(errors="backslashreplace")
    try:
        if file.exists() and not file.is_file():  # a folder says so; a pipe or a device must not be replaced
            file.write_bytes(data)
        else:
            _replace(Path(os.path.realpath(file)), data)
    except OSError as error:
        return f"cannot write {str(file)!r}: {error.strerror or error}; nothing was written"
    return ""


def _replace(file: Path, data: bytes) -> None:
    handle, name = mkstemp(dir=file.parent, prefix=".keyrack-")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as output:
            output.write(data)
        mode = file.stat().st_mode if file.exists() else 0o666 & ~_umask()
        draft.chmod(mode & 0o777)
        draft.replace(file)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _say(sentence: str, stream: TextIO | None) -> None:
    if stream is None:
        return
    with suppress(OSError):  # there may be nobody to tell
        stream.write(f"{sentence}\n")
        stream.flush()


def _refuse(reason: str) -> int:
    _say(f"keyrack: {reason}", sys.stderr)
    return FAILED


# --- explanations and pictures --------------------------------------------------------------------


def explain(code: str) -> int:
    """Print what a code means."""
    from .explain import UnknownCodeError
    from .explain import explain as text_of

    try:
        _print(text_of(code).rstrip())
    except UnknownCodeError as error:
        return _refuse(str(error))
    return CLEAN


def graph(
    target: str,
    file: Path | None,
    standby: Standby | None = None,
    *,
    allow_effects: bool = False,
    timeout: float = 300.0,
) -> int:
    """Draw a workflow with what a check finds in it; give the exit code."""
    options = Options((target,), file=file, allow_effects=allow_effects, timeout=timeout)
    return _whole(partial(_graph, target, options, standby))


def _graph(target: str, options: Options, standby: Standby | None) -> int:
    file = options.file
    kind = "mermaid" if file is None else PICTURES.get(file.suffix.lower())
    if kind is None:
        return _refuse(f"a picture is {', '.join(PICTURES)}, got {str(file)!r}")
    settings = config.load(Path.cwd())
    if settings.problems:
        return _told(settings.problems)
    asked = _asked(target, options, settings)
    report = check_elsewhere([asked], _terms(options), standby)
    if report.problems:
        return _told(report.problems)
    report = _weighed(report, settings).relative_to(str(Path.cwd()))
    if file is None:
        _print(rendered(report, kind).rstrip())
        return CLEAN
    problem = _save(file, _drawn(report, kind))
    return _refuse(problem) if problem else CLEAN


def _drawn(report: Report, kind: str) -> str | bytes:
    if kind not in {"svg", "png"}:
        return rendered(report, kind)
    from .render.picture import render

    return render(report, "png" if kind == "png" else "svg")


def _told(problems: Sequence[Diagnostic]) -> int:
    from .render.text import render

    _say(render(Report(problems=tuple(problems)).relative_to(str(Path.cwd()))).rstrip(), sys.stderr)
    return FAILED
