"""Arguments that a call takes from something whose items are not known: ``f(a, *unknown, b)``.

Among the keyword arguments of a call ``"*"`` stands for them, and says how many positional arguments come after them:
those before have their place, those after may be anywhere. ``"**"`` stands for keywords that are not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as Many

from .values import Known, Opaque, Sequence, Value


def starred(after: int, *, taint: bool) -> Value:
    """Give what stands for items that are not known, with *after* positional arguments behind them."""
    return Sequence((Known(after), Opaque(taint=taint)))


def told_apart(args: Many[Value], kwargs: Mapping[str, Value]) -> tuple[Many[Value], Many[Value]]:
    """Give the positional arguments whose place is known, and those whose place is not."""
    star = kwargs.get("*")
    if star is None:
        return args, ()
    at = len(args) - count_of(star)
    return args[:at], args[at:]


def joined(options: Mapping[str, Value], kwargs: Mapping[str, Value], more: int) -> Mapping[str, Value]:
    """Give the keyword arguments of a call through a partial one, with *more* positional arguments behind its own."""
    together = {**options, **kwargs}
    if (star := options.get("*")) is not None:
        both = star, kwargs.get("*")
        taint = any(isinstance(one, Sequence) and _is_tainted(one.items[1]) for one in both)
        together["*"] = starred(count_of(star) + more, taint=taint)
    return together


def count_of(star: Value) -> int:
    """Give the number that was given to `starred`."""
    count: int = star.items[0].value if isinstance(star, Sequence) and isinstance(star.items[0], Known) else 0
    return count


def _is_tainted(value: Value) -> bool:
    return isinstance(value, Opaque) and value.taint
