"""The screen: a console and tables as all commands have them. Knows rich, which comes with the extra ``cli``."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table


class Screen(Console):
    """A console that prints what it is given: names of files are no markup, and a closed pipe is an error."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False)
        reconfigure = getattr(self.file, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")  # who lacks a character shall see all the others

    @property
    def can_draw(self) -> bool:
        """Whether it is a terminal on which a line can be drawn again; colors can be wanted elsewhere too."""
        return self.is_interactive and self.file.isatty()

    def say(self, sentence: str) -> None:
        """Print a sentence as it is, however long."""
        self.print(sentence, soft_wrap=True)

    def on_broken_pipe(self) -> None:
        """Let the program decide how it ends."""
        raise  # noqa: PLE0704  # rich calls this where it handles a BrokenPipeError


def table_of(*columns: str) -> Table:
    """Make an empty table with these columns."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), header_style="dim", border_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
