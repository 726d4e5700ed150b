"""The command line: reads arguments, and turns what happens into exit codes.

typer and rich come with the extra ``cli``; they are imported when the command runs. What a command does stands in a
module of its own.
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

from keyrack import KeyrackError, MissingExtraError, __version__

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import typer

    from keyrack.check.process import Standby

FAILED = 1
NOT_CHECKED = 2
"""How a check ends that could not be done."""
INTERRUPTED = 128 + 2
"""What shells say of a program that SIGINT ended."""
NOBODY_READS = 128 + 13
"""What shells say of a program that SIGPIPE ended."""

Job = Callable[[], int]
"""A command with its arguments: gives the exit code."""


def main() -> NoReturn:
    """Run the command that the arguments of the process name, and exit."""
    # Of a check, 1 says that something was found.
    code = guarded(_run, failed=NOT_CHECKED if _checks() else FAILED)
    if code == INTERRUPTED:
        os._exit(code)  # an interrupt that passed an exec() on its way, as in imports, lets sys.exit() end by SIGINT
    sys.exit(code)


def _run() -> int:
    with _standby() as standby:
        _check_extra()
        jobs: list[Job] = []
        try:
            _app(jobs.append, standby)(prog_name="keyrack")
        except SystemExit as end:
            if end.code == INTERRUPTED:
                raise KeyboardInterrupt from None
            if not jobs:
                raise
        return jobs[0]()


def _checks() -> bool:
    """Say whether the arguments ask for a check, as far as can be seen before they are read."""
    return sys.argv[1:2] in (["check"], ["graph"])


def _standby() -> "AbstractContextManager[Standby | None]":
    """Start the process of a check, so that it gets ready while the arguments are read."""
    if not _checks() or {"-h", "--help", "--explain"} & {argument.partition("=")[0] for argument in sys.argv}:
        return nullcontext()
    from keyrack.check.process import Standby

    return Standby()


def _check_extra() -> None:
    try:
        for package in ("typer", "rich"):
            import_module(package)
    except ModuleNotFoundError as error:
        if error.name not in {"rich", "typer"}:
            raise
        command = " ".join(["keyrack", *filter(str.isidentifier, sys.argv[1:2])])
        raise MissingExtraError(feature=command, package=error.name, extra="cli") from None


def _app(choose: Callable[[Job], None], standby: "Standby | None") -> "typer.Typer":
    """Make the parser of arguments; typer reads what commands take from their annotations.

    Args:
        choose: takes the command, to be run when typer has let go: typer has its own mind about interrupts.
        standby: the process of a check, where it was started already.
    """
    import typer

    app = typer.Typer(
        help="Typed keys for the shared state of pipelines.",
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    def show_version(wanted: bool) -> None:
        if wanted:
            typer.echo(f"keyrack {__version__}")
            raise typer.Exit

    @app.callback()
    def options(
        version: Annotated[
            bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version and exit.")
        ] = False,
    ) -> None:
        pass

    _add_programs(app, choose)
    _add_proofs(app, choose, standby)
    return app


def _add_programs(app: "typer.Typer", choose: Callable[[Job], None]) -> None:
    """Add the commands that run something, or look at what is left of it."""
    import typer

    @app.command()
    def demo(
        path: Annotated[
            Path | None,
            typer.Argument(help="A folder or a Python file; the standard library if not given.", show_default=False),
        ] = None,
        store: Annotated[
            str | None, typer.Option(metavar="URL", help="Keep the result there: sqlite:///survey.db.")
        ] = None,
    ) -> None:
        """Survey a tree of Python sources: a typed pipeline on real input.

        Prints what is worth reading about them, what then lies in the store under which type, and how long each
        state took. Files that cannot be parsed are listed and left out; links to folders are not followed.
        """
        choose(partial(_demo, path, store))

    @app.command()
    def run(
        target: Annotated[str, typer.Argument(help="module:workflow, module:factory or a module.")],
        store: Annotated[
            str | None, typer.Option(metavar="URL", help="Run on it, instead of the workflow's own: sqlite:///runs.db.")
        ] = None,
        set: Annotated[  # noqa: A002  # the name of the option
            list[str] | None,
            typer.Option("--set", metavar="KEY=VALUE", help="Put it first; the value is JSON, or a text."),
        ] = None,
        initial: Annotated[str | None, typer.Option(metavar="STATE", help="The state to start in.")] = None,
        trace: Annotated[
            Path | None, typer.Option(metavar="FILE", help="Write the run's timeline there, as a page.")
        ] = None,
        quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show nothing while it runs.")] = False,
    ) -> None:
        """Run a workflow, and print the state in which it ends and the keys that it is for.

        Exits with 1 if a task fails.
        """
        choose(partial(_run_workflow, target, store, tuple(set or ()), initial, trace, quiet=quiet))

    @app.command()
    def schedule(
        target: Annotated[str, typer.Argument(help="module:scheduler, module:factory or a module.")],
        stop_timeout: Annotated[
            float | None,
            typer.Option(metavar="SECONDS", min=0, help="How long running workflows may go on when it is to end."),
        ] = None,
    ) -> None:
        """Run a scheduler until SIGINT or SIGTERM, and show what its jobs do.

        When it is to end no run begins any more; those that are running may finish. A second signal cancels them.
        Exits with 1 if one had to be cancelled.
        """
        choose(partial(_schedule, target, stop_timeout))

    @app.command()
    def inspect(
        url: Annotated[str, typer.Argument(help="The store: sqlite:///runs.db.")],
        key: Annotated[
            str | None, typer.Argument(help="The key whose value is shown; namespace/key for one of a namespace.")
        ] = None,
        registry: Annotated[
            str | None, typer.Option(metavar="MODULE:CLASS", help="The registry that declares the keys.")
        ] = None,
    ) -> None:
        """List what lies in a store: keys, types, sizes and ages. Nothing is written.

        With a registry values are read and validated; secrets are not shown. Exits with 1 if one does not fit.
        """
        choose(partial(_inspect, url, key, registry))


def _add_proofs(app: "typer.Typer", choose: Callable[[Job], None], standby: "Standby | None") -> None:
    """Add the commands that look at workflows before anything runs."""
    import typer

    @app.command()
    def check(
        targets: Annotated[
            list[str] | None,
            typer.Argument(help="module:workflow, module:factory or a module; a file will do for a module."),
        ] = None,
        initial: Annotated[str | None, typer.Option(metavar="STATE", help="The state in which runs start.")] = None,
        input: Annotated[  # noqa: A002  # the name of the option
            list[str] | None, typer.Option(metavar="KEY", help="A key that has a value when a run starts.")
        ] = None,
        output: Annotated[list[str] | None, typer.Option(metavar="KEY", help="A key that is read after a run.")] = None,
        no_outputs: Annotated[bool, typer.Option("--no-outputs", help="Nothing is read after a run.")] = False,
        format: Annotated[  # noqa: A002  # the name of the option
            str, typer.Option(metavar="FORMAT", help="text, json, sarif, github, mermaid or html.")
        ] = "text",
        file: Annotated[
            Path | None, typer.Option("-o", "--output-file", metavar="FILE", help="Write to a file.")
        ] = None,
        fail_on: Annotated[
            str | None, typer.Option(metavar="SEVERITY", help="error, warning or note; error if not given.")
        ] = None,
        strict: Annotated[
            bool, typer.Option("--strict", help="It has to be a proof: what cannot be told is an error.")
        ] = False,
        baseline: Annotated[
            Path | None, typer.Option(metavar="FILE", help="Findings in this file are known, and do not fail.")
        ] = None,
        write_baseline: Annotated[
            bool, typer.Option("--write-baseline", help="Write the file of --baseline with what is found now.")
        ] = False,
        explain: Annotated[
            str | None, typer.Option(metavar="CODE", help="Say what a code means, with an example, and end.")
        ] = None,
        show_assumptions: Annotated[
            bool, typer.Option("--show-assumptions", help="List what the proofs rest on.")
        ] = False,
        no_cache: Annotated[
            bool, typer.Option("--no-cache", help="Neither keep reports nor take those of earlier checks.")
        ] = False,
        allow_import_effects: Annotated[
            bool,
            typer.Option("--allow-import-effects", help="Let modules connect, start programs and write files."),
        ] = False,
        timeout: Annotated[
            float, typer.Option(metavar="SECONDS", help="How long importing and checking may take.")
        ] = 300.0,
    ) -> None:
        """Prove that each key a state reads was written on every way there; nothing runs.

        Exits with 0 if nothing is found, 1 if something is, 2 if it could not be checked.
        """
        from keyrack.check import program

        if explain is not None:
            choose(partial(program.explain, explain))
            return
        outputs = () if no_outputs else None
        options = program.Options(
            targets=tuple(targets or ()),
            initial=initial,
            inputs=tuple(input or ()),
            outputs=tuple(output) if output else outputs,
            format=format,
            file=file,
            fail_on=fail_on,
            strict=strict,
            baseline=baseline,
            write_baseline=write_baseline,
            show_assumptions=show_assumptions,
            cache=not no_cache,
            allow_effects=allow_import_effects,
            timeout=timeout,
        )
        choose(partial(program.check, options, standby))

    @app.command()
    def graph(
        target: Annotated[str, typer.Argument(help="module:workflow, module:factory or a module.")],
        file: Annotated[
            Path | None,
            typer.Option("-o", "--output-file", metavar="FILE", help="x.svg, x.png, x.mmd, x.dot or x.html."),
        ] = None,
        allow_import_effects: Annotated[
            bool,
            typer.Option("--allow-import-effects", help="Let modules connect, start programs and write files."),
        ] = False,
    ) -> None:
        """Draw a workflow: states, ways, keys from writers to readers, and what a check finds in red.

        Prints a mermaid diagram if no file is given.
        """
        from keyrack.check import program

        choose(partial(program.graph, target, file, standby, allow_effects=allow_import_effects))


def _demo(path: Path | None, store: str | None) -> int:
    from keyrack.demo.program import demo

    return demo(path, store)


def _run_workflow(
    target: str,
    store: str | None,
    settings: tuple[str, ...],
    initial: str | None,
    trace: Path | None,
    *,
    quiet: bool,
) -> int:
    from keyrack import running

    return running.run(running.Options(target, store, settings, initial, trace, quiet))


def _schedule(target: str, stop_timeout: float | None) -> int:
    from keyrack.scheduling import schedule

    return schedule(target, stop_timeout)


def _inspect(url: str, key: str | None, registry: str | None) -> int:
    from keyrack.inspection import inspect

    return inspect(url, key, registry)


# --- how a program ends ---------------------------------------------------------------------------


def guarded(job: Job, *, failed: int = FAILED) -> int:
    """Run *job*, and give its exit code; what stops it from outside is said in a line, without a traceback.

    Args:
        job: what to run.
        failed: the exit code for what it cannot help.
    """
    try:
        return job()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # an impatient second one must not spoil the end
        _say("\ninterrupted" if _on_terminal() else "interrupted")  # the terminal's line begins with ^C
        return INTERRUPTED
    except BrokenPipeError:
        _forget_output()
        return NOBODY_READS
    except MissingExtraError as error:
        _say(str(error))
        return failed
    except (KeyrackError, OSError) as error:
        _say(f"keyrack: {error}")
        _forget_output()
        return failed


def _say(sentence: str) -> None:
    with suppress(OSError, AttributeError):  # there may be no stderr
        sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()


def _on_terminal() -> bool:
    with suppress(OSError, AttributeError, ValueError):  # there may be no stderr
        return sys.stderr.isatty()
    return False


def _forget_output() -> None:
    """Drop what could not be written, else Python tries it again at exit, and complains."""
    with suppress(OSError, AttributeError):  # there may be no stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
