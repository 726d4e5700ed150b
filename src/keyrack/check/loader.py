"""From a target to live workflows: ``module:workflow``, ``module:factory``, ``module``; a file stands for one."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from .._text import described, did_you_mean, text_of
from ..workflow.engine import Workflow
from .report import Spot

AnyWorkflow = Workflow[Any, Any]


class LoadError(Exception):
    """A target does not lead to a workflow."""

    def __init__(self, reason: str, spot: Spot | None = None) -> None:
        super().__init__(reason)
        self.reason: str = reason
        self.spot: Spot | None = spot
        """The line of the program that failed, where there is one."""


def load(target: str) -> list[tuple[str, AnyWorkflow]]:
    """Give the workflows that *target* names, each with what names it alone.

    Raises:
        LoadError: it names none, or the program failed on the way.
    """
    place, _, attribute = _parts(target)
    module = _imported(place)
    if attribute:
        return [(target, _workflow(_found(module, attribute), target))]
    found: dict[int, tuple[str, AnyWorkflow]] = {}
    for name, value in vars(module).items():
        if isinstance(value, Workflow):
            found.setdefault(id(value), (f"{place}:{name}", value))
    if not found:
        raise LoadError(f"module {module.__name__} has no workflow; name a function that makes one: {place}:make")
    return [*found.values()]


def _parts(target: str) -> tuple[str, str, str]:
    """Part a target at its colon; that of a drive of Windows is none."""
    if target.endswith(".py"):
        return target, "", ""
    place, colon, attribute = target.rpartition(":")
    if not colon:
        return target, "", ""
    if not place or not attribute:
        raise LoadError("a target is module:workflow, module:factory or a module")
    return place, colon, attribute


def _imported(place: str) -> ModuleType:
    name = _module_of(Path(place)) if place.endswith(".py") else place
    if not all(part.isidentifier() for part in name.split(".")):
        raise LoadError(f"{name!r} is no name of a module")
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            near = did_you_mean(error.name.rpartition(".")[2], _near(error.name))
            raise LoadError(f"there is no module {error.name!r} below {Path.cwd()}{near}") from None
        raise _failed(error) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001  # the program is a stranger's code
        raise _failed(error) from None


def _module_of(file: Path) -> str:
    """Give the name under which a file is imported, and make it importable."""
    if not file.is_file():
        raise LoadError(f"there is no file {str(file)!r}")
    file = file.resolve()
    parts, folder = [file.stem], file.parent
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    if parts[-1] == "__init__":
        parts.pop()
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return ".".join(parts)


def _near(name: str) -> Iterator[str]:
    """Give the names of the modules that stand where one was looked for."""
    folder = Path(*name.split(".")[:-1])
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.suffix == ".py" or (path / "__init__.py").is_file():
            yield path.stem


def _found(module: ModuleType, attribute: str) -> Any:
    value: Any = module
    for name in attribute.split("."):
        known = [one for one in vars(value) if not one.startswith("_")] if hasattr(value, "__dict__") else []
        try:
            value = getattr(value, name)
        except AttributeError:
            raise LoadError(f"{module.__name__} has no {attribute!r}{did_you_mean(name, known)}") from None
        except Exception as error:  # noqa: BLE001  # a module's own __getattr__ is a stranger's code
            raise _failed(error) from None
    return value


def _workflow(value: Any, target: str) -> AnyWorkflow:
    if isinstance(value, Workflow):
        return value
    if not callable(value):
        raise LoadError(f"{target} is no workflow and makes none: {described(value)}")
    try:
        made = value()
    except (Exception, SystemExit) as error:  # noqa: BLE001  # so is the function
        raise _failed(error) from None
    if not isinstance(made, Workflow):
        raise LoadError(f"{target}() gives no workflow but {described(made)}")
    return made


def _failed(error: BaseException) -> LoadError:
    """Say in a line what the program raised, and where."""
    reason = f"{type(error).__name__}: {text_of(error)}"
    if isinstance(error, SyntaxError) and error.filename:
        return LoadError(f"SyntaxError: {error.msg}", Spot(error.filename, error.lineno or 1, error.offset or 1))
    frames = [one for one in traceback.extract_tb(error.__traceback__) if not _is_ours(one.filename)]
    return LoadError(reason, Spot(frames[-1].filename, frames[-1].lineno or 1) if frames else None)


def _is_ours(file: str) -> bool:
    return file.startswith("<frozen") or Path(file).parent == Path(__file__).parent or "importlib" in Path(file).parts
