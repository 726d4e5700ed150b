"""From a target to live workflows or schedulers: imports its module and calls its factory, in this process.

Both are a stranger's code, so that anything may come of it. What does goes into one sentence for people, with the line
of the program that failed, and not a traceback.
"""

from __future__ import annotations

import inspect
import pkgutil
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, TypeAlias, TypeGuard, TypeVar

from .._text import described, did_you_mean, told
from ..workflow.engine import Workflow
from ._interpreter.source import is_library
from .report import Spot
from .target import SUFFIX, Target, is_file

AnyWorkflow: TypeAlias = Workflow[Any, Any]
T = TypeVar("T")

_LONGEST = 500
"""The most characters that are quoted of what a program raised."""


class LoadError(Exception):
    """A target does not lead to what was looked for."""

    def __init__(self, reason: str, spot: Spot | None = None, cause: BaseException | None = None) -> None:
        super().__init__(reason)
        self.reason: str = reason
        self.spot: Spot | None = spot
        """The line of the program that failed, where there is one."""
        self.cause: BaseException | None = cause
        """What the program raised, if it did."""


def found(target: Target) -> Any:
    """Give the object that a target names, whatever it is.

    Raises:
        LoadError: there is none, or the program failed on the way.
    """
    if not target.is_whole:
        raise LoadError("write module:name")
    module = _module(target)
    return _found(module, target) if target.attribute else module


def load(target: Target) -> list[tuple[str, AnyWorkflow]]:
    """Give the workflows that a target names, each with a target that names it alone.

    Raises:
        LoadError: it names none, or the program failed on the way.
    """
    return load_all(target, Workflow)


def load_all(target: Target, kind: type[T]) -> list[tuple[str, T]]:
    """Give the objects of a kind that a target names, each with a target that names it alone.

    Raises:
        LoadError: it names none, or the program failed on the way.
    """
    noun = kind.__name__.lower()
    if not target.is_whole:
        raise LoadError(f"a target is module:{noun}, module:factory or a module")
    module = _module(target)
    if target.attribute:
        return [(target.text, _made(_found(module, target), kind, noun))]
    found: dict[int, tuple[str, T]] = {}
    for name, value in [*getattr(module, "__dict__", {}).items()]:
        if _is_a(value, kind):
            found.setdefault(id(value), (f"{target.place}:{name}", value))
    if not found:
        raise LoadError(f"it holds no {noun}; if a function makes one, name the function: {target.place}:make")
    return [*found.values()]


def _is_a(value: object, kind: type[T]) -> TypeGuard[T]:
    # The type alone: a proxy among the globals may do anything when it is asked for its class.
    return issubclass(type(value), kind)


# --- modules --------------------------------------------------------------------------------------


def _module(target: Target) -> ModuleType:
    if target.file is None:
        if not _is_name(target.module):
            raise LoadError(f"{target.module!r} is no name of a module{_path_hint(target.module)}")
        return _imported(target.module)
    if not is_file(target.file):
        raise LoadError(f"there is no file {str(target.file)!r}")
    if not _is_name(target.module):
        raise LoadError(f"a module cannot be called {target.module!r}; rename the file")
    file, folder = target.file.absolute(), str(target.folder)  # before the program may go elsewhere
    if folder not in sys.path:
        sys.path.insert(0, folder)
    module = _imported(target.module)
    _compare(module, file)
    return module


def _compare(module: ModuleType, file: Path) -> None:
    """See to it that a module comes from the file that was named, and not from one of the same name."""
    origin: object = getattr(module, "__file__", None)
    with suppress(OSError):
        if isinstance(origin, str) and file.samefile(origin):
            return
    other = origin if isinstance(origin, str) else "one of Python itself"
    raise LoadError(f"the name {module.__name__!r} is taken by another module, {other}; rename the file")


def _is_name(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


def _imported(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if name == missing or name.startswith(f"{missing}."):
            raise LoadError(f"there is no module {missing!r}{_module_hint(name, missing)}") from None
        _fail(error)
    except BaseException as error:  # noqa: BLE001  # a stranger's code: even SystemExit, and what testers raise
        _fail(error)


def _path_hint(name: str) -> str:
    """Guess the target that was meant by a path."""
    path = Path(name)
    if is_file(path.with_name(path.name + SUFFIX)):
        return f"; did you mean {name + SUFFIX!r}?"
    if is_file(path):
        return "; the name of a file of Python ends in .py"
    return f"; did you mean {'.'.join(path.parts)!r}?" if path.is_dir() and not path.is_absolute() else ""


def _module_hint(name: str, missing: str) -> str:
    """Guess the target that was meant by the name of a module that is not there."""
    package, _, last = missing.rpartition(".")
    parent: Any = sys.modules.get(package)
    if missing == name and parent is not None and last in vars(parent):
        return f"; did you mean '{package}:{last}'?"
    source = Path("src", *missing.split("."))
    if not package and (source.is_dir() or source.with_suffix(SUFFIX).is_file()):
        return "; there is one in src: install the project, or add src to PYTHONPATH"
    places: list[str] = [str(Path.cwd())] if parent is None else [*getattr(parent, "__path__", ())]
    near = did_you_mean(last, (one.name for one in pkgutil.iter_modules(places)))
    return near or (f" below {Path.cwd()}" if parent is None else "")


# --- attributes and factories ---------------------------------------------------------------------


def _found(module: ModuleType, target: Target) -> Any:
    value: Any = module
    holder = f"module {module.__name__!r}"
    for name in target.attribute.split("."):
        known: list[str] = []
        try:
            known += getattr(value, "__dict__", ())
            value = getattr(value, name)
        except AttributeError:
            raise LoadError(f"{holder} has no {name!r}{did_you_mean(name, known)}") from None
        except BaseException as error:  # noqa: BLE001  # a module's own __getattr__ is a stranger's code
            _fail(error)
        holder = repr(name)
    return value


def _made(value: Any, kind: type[T], noun: str) -> T:
    if _is_a(value, kind):
        return value
    if not callable(value):
        hint = f"; did you mean {value.__name__!r}?" if isinstance(value, ModuleType) else ""
        raise LoadError(f"it is no {noun}, and no function that makes one: {described(value)}{hint}")
    _refuse_arguments(value, noun)
    try:
        made: object = value()
    except BaseException as error:  # noqa: BLE001  # a stranger's code
        _fail(error)
    if _is_a(made, kind):
        return made
    if inspect.iscoroutine(made):
        made.close()
        raise LoadError(f"it is an async function; a function that makes a {noun} is a plain one")
    raise LoadError(f"it is a function that gives no {noun}, but {described(made)}")


def _refuse_arguments(factory: Any, noun: str) -> None:
    try:
        signature = inspect.signature(factory)
    except Exception:  # noqa: BLE001  # some have none, and some say so in their own way
        return
    try:
        signature.bind()
    except TypeError:
        raise LoadError(
            f"it needs arguments, {signature}; name a function that needs none, and gives the {noun}"
        ) from None


# --- what a program raised ------------------------------------------------------------------------


def _fail(error: BaseException) -> NoReturn:
    """Say in a line what the program raised, and where."""
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).is_file():
        spot = Spot(error.filename, error.lineno or 1, max(error.offset or 1, 1))
        raise LoadError(f"{type(error).__name__}: {error.msg}", spot, error) from None
    raise LoadError(told(error, _LONGEST), _spot(error), error) from None


def _spot(error: BaseException) -> Spot | None:
    """Give the last line of the program itself on the way to an error, else the last one in a library."""
    frames = [one for one in _frames(error) if not one.filename.startswith("<") and not _is_importing(one.filename)]
    own = [one for one in frames if not is_library(one.filename)]
    last = next(reversed(own or frames), None)
    return None if last is None else Spot(last.filename, last.lineno or 1)


def _frames(error: BaseException) -> Iterator[traceback.FrameSummary]:
    for frame, line in traceback.walk_tb(error.__traceback__):
        yield traceback.FrameSummary(frame.f_code.co_filename, line, frame.f_code.co_name, lookup_line=False)


def _is_importing(file: str) -> bool:
    """Say whether a frame is of this module, or of the one of Python that imports."""
    return file in {__file__, import_module.__code__.co_filename}
