"""The numbers that keyrack has to reach, measured: ``python -m tests.benchmarks``.

A table of times and sizes as ratios to a floor that is measured in the same process, beside what one would pick
instead. Run it from the root of the repository, with keyrack installed (``pip install -e '.[dev,bench]'``).

``--json`` prints one object instead:

* ``keyrack``, ``python``, ``machine``: what was measured, in words;
* ``rounds``: the number of rounds;
* ``rows``: a list of objects, each with

  * ``what``: what was measured;
  * ``unit``: ``ns`` (processor time) or ``B`` (memory), of every amount in the row;
  * ``value``: the amount;
  * ``floor``: an object of ``name`` and ``value``;
  * ``ratio``: the median of value / floor over the rounds, ``excess``: that of value - floor;
  * ``goal``: null, or an object of ``limit`` and ``of``, which names what has to stay at or below the limit:
    ``ratio``, ``value`` or ``excess``;
  * ``reached``: whether it does; null where there is no goal;
  * ``alternatives``: the amount by the name of the alternative; null where it is not installed or cannot do it.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence

from tests.benchmarks import check, imports, memory, sqlite, workflow
from tests.benchmarks.harness import Case, measure
from tests.benchmarks.report import as_json, show

ROUNDS = 200


def all_cases() -> list[Case]:
    """Give every row of the table."""
    return [*memory.cases(), *sqlite.cases(), *imports.cases(), *workflow.cases(), *check.cases()]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description="Measure what keyrack has to reach."
    )
    parser.add_argument("--rounds", type=_positive, default=ROUNDS, help=f"rounds to measure; {ROUNDS} by default")
    parser.add_argument("--only", metavar="PATTERN", default="", help="rows whose name holds this regular expression")
    parser.add_argument("--big", action="store_true", help="rows of a gigabyte, too")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    options = parser.parse_args(arguments)
    try:
        wanted = re.compile(options.only, re.IGNORECASE)
    except re.error as error:
        parser.error(f"--only: {error}")
    cases = [case for case in all_cases() if wanted.search(case.what) and (options.big or not case.big)]
    if not cases:
        parser.error(f"no row has a name that holds {options.only!r}")
    rows = measure(cases, options.rounds, _progress(options.rounds))
    if options.json:
        print(as_json(rows, options.rounds))
    else:
        show(rows)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _progress(rounds: int) -> Callable[[int], object]:
    """Say on the terminal how far it is; say nothing where there is none."""
    if not sys.stderr.isatty():
        return lambda done: None
    return lambda done: print(
        f"\r{done} of {rounds} rounds", end="\n" if done == rounds else "", file=sys.stderr, flush=True
    )


if __name__ == "__main__":
    main()
