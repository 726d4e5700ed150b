"""What a target names: a module or a file, and what to take from it; nothing is imported to tell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SUFFIX = ".py"


@dataclass(frozen=True)
class Target:
    """``module``, ``module:workflow`` or ``module:factory``; the path of a file stands for its module.

    >>> from keyrack.check.target import Target
    >>> target = Target("app.pipeline:workflow")
    >>> target.place, target.attribute
    ('app.pipeline', 'workflow')
    >>> Target("app/pipeline.py").module
    'pipeline'
    """

    text: str
    """As it was written."""

    @cached_property
    def _parts(self) -> tuple[str, str, str]:
        if self.text.endswith(SUFFIX):  # the colon of a drive of Windows parts nothing
            return self.text, "", ""
        place, colon, attribute = self.text.rpartition(":")
        return (place, colon, attribute) if colon else (self.text, "", "")

    @property
    def place(self) -> str:
        """The module or the file, as it was written."""
        return self._parts[0]

    @property
    def attribute(self) -> str:
        """What to take from the module, dots and all; empty where every workflow is meant."""
        return self._parts[2]

    @property
    def is_whole(self) -> bool:
        """Whether it has a name on each side of its colon, if it has one."""
        place, colon, attribute = self._parts
        return bool(place) and bool(attribute) == bool(colon)

    @property
    def file(self) -> Path | None:
        """The file that was named instead of a module."""
        return Path(self.place) if self.place.endswith(SUFFIX) else None

    @property
    def folder(self) -> Path | None:
        """The folder from which the module of a file is imported: the nearest one that is no package."""
        return None if self.file is None else self._packages[0]

    @property
    def module(self) -> str:
        """The name under which the module is imported."""
        if self.file is None:
            return self.place
        names = [*self._packages[1], self.file.stem]
        return ".".join(names[:-1] if names[-1] == "__init__" else names)

    @cached_property
    def _packages(self) -> tuple[Path, list[str]]:
        try:
            folder = Path(self.place).resolve().parent
        except (OSError, RuntimeError, ValueError):  # links in a circle, a zero byte: it is no file anyway
            folder = Path(self.place).absolute().parent
        names: list[str] = []
        while is_file(folder / "__init__.py"):
            names.insert(0, folder.name)
            folder = folder.parent
        return folder, names

    def spot_file(self) -> str:
        """Give the file to name where nothing better is known of what went wrong; else the target's own words."""
        path = Path(self.place if self.file else self.place.replace(".", "/") + SUFFIX)
        package = path.with_suffix("") / "__init__.py"
        found = next((one for one in (path, package) if is_file(one)), None)
        return self.place if found is None else str(found.absolute())


def is_file(path: Path) -> bool:
    """Say whether there is such a file; there is none whose name is too long."""
    try:
        return path.is_file()
    except OSError:
        return False
