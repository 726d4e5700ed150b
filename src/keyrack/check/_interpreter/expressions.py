"""Expressions: each kind of node gives an abstract value, and may part the path."""

from __future__ import annotations

import ast
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from . import known
from .comparing import put_in
from .core import ANY
from .follow import Stops
from .items import MOST_ITEMS
from .operators import Operators
from .scopes import EXPRESSION, generator_of, loaded_names, only_asks, scope_of_node
from .spread import count_of, starred
from .values import (
    ANYTHING_CLEAN,
    NOTHING,
    Cell,
    Code,
    Function,
    Known,
    Member,
    Opaque,
    Pending,
    Ref,
    Value,
    containers,
)

if TYPE_CHECKING:
    from .live import Shared


@cache
def _table(cls: Any, prefix: str) -> dict[type[ast.AST], Callable[..., Any]]:
    names = [name.removeprefix(prefix) for name in dir(cls) if name.startswith(prefix)]
    return {getattr(ast, name): getattr(cls, prefix + name) for name in names if hasattr(ast, name)}


class Expressions(Operators):
    """How expressions are evaluated."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self._codes: dict[ast.AST, Code] = {}
        self._kinds = self.table("_eval_")
        self._own_names: list[tuple[int, frozenset[str]]] = []
        """Variables of the comprehensions that are being evaluated, each with the activation."""

    def table(self, prefix: str) -> dict[type[ast.AST], Callable[..., Any]]:
        """Give the methods that are for one kind of node each, by that kind."""
        cls: Any = type(self)
        return _table(cls, prefix)

    def evaluate(self, node: ast.expr) -> Value:
        """Evaluate an expression on the current state."""
        self._spent += 1
        fixed = self.frames[-1].code.fixed.get(node)
        if fixed is not None:
            return fixed
        value: Value = self._kinds[type(node)](self, node)
        return value

    # --- calls ------------------------------------------------------------------------------------

    def _eval_Call(self, node: ast.Call) -> Value:
        self.callee = node.func
        function = self.evaluate(node.func)
        if (told := self._quantified(function, node)) is not None:
            return told
        pins = self.pins
        held = len(pins)
        pins.append(function)
        args, kwargs = self._arguments(function, node)
        value = self.call(function, args, kwargs, node)
        del pins[held:]
        return value

    def _arguments(self, function: Value, node: ast.Call) -> tuple[list[Value], dict[str, Value]]:
        """Evaluate the arguments of a call; under ``*`` stand those whose number is not known."""
        args: list[Value] = []
        kwargs: dict[str, Value] = {}
        whole = self._goes_through(function)
        pins = self.pins
        for arg in node.args:
            if isinstance(arg, ast.Starred):
                self._unpacked(arg.value, args, kwargs, node)
            elif whole and isinstance(arg, ast.GeneratorExp):
                args.append(self._comprehension("list", arg.generators, [arg.elt], arg))
            else:
                if whole:
                    self.whole.add(arg)
                args.append(self.evaluate(arg))
            pins += args[-1:]
        if kwargs:
            kwargs["*"] = starred(len(args) - count_of(kwargs["*"]), taint=self.tainted(kwargs["*"]))
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            pins.append(value)
            if keyword.arg is not None:
                kwargs[keyword.arg] = value
            else:
                self._spread(value, kwargs, node)
        if args[1:] or (args and kwargs):
            self.renew(node.args, args)
        return args, kwargs

    def _unpacked(self, inner: ast.expr, args: list[Value], kwargs: dict[str, Value], node: ast.Call) -> None:
        """Add ``*inner`` to the arguments of a call; where they are not known, count those before them."""
        if isinstance(inner, ast.GeneratorExp):
            value = self._comprehension("list", inner.generators, [inner.elt], inner)
        else:
            self.whole.add(inner)
            value = self.in_order(self.evaluate(inner))
        items = self.items_of(value, node)
        if items is None:
            self.exhaust(value, node)
            before = len(args) if "*" not in kwargs else count_of(kwargs["*"])
            kwargs["*"] = starred(before, taint=self.tainted(value) or any(map(self.tainted, kwargs.values())))
        else:
            args.extend(items)

    def _quantified(self, function: Value, node: ast.Call) -> Value | None:
        """Evaluate ``all(... for x in ...)`` and ``any(...)`` over items that are known, as far as Python does."""
        if type(function) is not Known or len(node.args) != 1 or not (function.value is all or function.value is any):
            return None
        inner = node.args[0]
        if not isinstance(inner, ast.GeneratorExp) or len(inner.generators) != 1:
            return None
        loop = inner.generators[0]
        source = self.evaluate(loop.iter)
        held = self.state.contents(containers(source))
        if not only_asks(inner):
            source = self.in_order(source)
        items = self.items_of(source, node)
        if items is None or len(items) > MOST_ITEMS or loop.is_async:
            lazy = Pending("generator", self.defined(generator_of(inner), EXPRESSION), (source,))
            return self.call(function, [lazy], {}, node)
        wanted = function.value is any
        with self._apart([loop]):
            for item in items:
                self.bind(loop.target, item)
                if all(self.holds(test) for test in loop.ifs) and self.holds(inner.elt) is wanted:
                    return Known(wanted)
                if held and self.state.has_changed(held):
                    unknown = Opaque(taint=self.tainted(source))
                    self._perhaps_each(loop, [], lambda: self.holds(inner.elt), unknown, node)
                    return ANYTHING_CLEAN
        return Known(not wanted)

    @contextmanager
    def _apart(self, generators: list[ast.comprehension]) -> Generator[None]:
        """Let the variables of a comprehension be its own."""
        names = _targets(generators)
        hidden = {name: self.state.env.get(name) for name in names}
        self._own_names.append((self.frame.number, frozenset(names)))
        try:
            yield
        finally:
            self._own_names.pop()
            env = self.state.env
            for name, value in hidden.items():
                if value is None:
                    env.pop(name, None)
                else:
                    env[name] = value

    def _goes_through(self, function: Value) -> bool:
        """Say whether a callable goes through a generator to its end, at once."""
        if isinstance(function, Member):
            return function.name in {"join", "extend"} and isinstance(function.owner, Known | Ref)
        return isinstance(function, Known) and known.belongs(function.value, known.WHOLE)

    def _spread(self, value: Value, kwargs: dict[str, Value], node: ast.AST) -> None:
        cell = self.state.heap.get(value.id) if isinstance(value, Ref) else None
        unknown = cell is None or cell.kind != "dict" or cell.items is None
        for key, item in () if cell is None or unknown else cell.items or ():
            if isinstance(key, Known) and isinstance(key.value, str):
                kwargs[key.value] = item
            else:
                unknown = True
        if unknown:
            self.lose_items(value, node)
            kwargs["**"] = Opaque(taint=self.tainted(value) or ("**" in kwargs and self.tainted(kwargs["**"])))

    # --- functions and comprehensions -------------------------------------------------------------

    def _eval_Lambda(self, node: ast.Lambda) -> Value:
        return self.defined(node, "<lambda>")

    def defined(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, name: str) -> Function:
        """Give a function that the interpreted code defines."""
        spec = node.args
        defaults = tuple(self.evaluate(default) for default in spec.defaults)
        keywords = tuple(
            (arg.arg, self.evaluate(default))
            for arg, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
            if default is not None
        )
        frame = self.frame
        code = self._codes.get(node)
        if code is None:
            code = self._codes[node] = Code(frame.code.module, node, frame.code.globals, name, scope_of_node(node))
        cells = self._captured(node) if self._own_names and isinstance(node, ast.Lambda) else ()
        return Function(code, frame.number, cells, defaults, keywords)

    def _captured(self, node: ast.Lambda) -> tuple[tuple[str, Value], ...]:
        """Give what a function has of the variables of comprehensions around it: what they are when it is called."""
        number, env = self.frame.number, self.state.env
        names = {name for frame, own in self._own_names if frame == number for name in own}
        return tuple(
            (name, Opaque(taint=self.tainted(env[name]))) for name in sorted(names & loaded_names(node)) if name in env
        )

    def _eval_ListComp(self, node: ast.ListComp) -> Value:
        return self._comprehension("list", node.generators, [node.elt], node)

    def _eval_SetComp(self, node: ast.SetComp) -> Value:
        return self._comprehension("set", node.generators, [node.elt], node)

    def _eval_DictComp(self, node: ast.DictComp) -> Value:
        return self._comprehension("dict", node.generators, [node.key, node.value], node)

    def _eval_GeneratorExp(self, node: ast.GeneratorExp) -> Value:
        first = self.evaluate(node.generators[0].iter)
        if self.items_of(first, node) is None and not isinstance(first, Pending):
            self.throw(ANY)
        return Pending("generator", self.defined(generator_of(node), EXPRESSION), (first,))

    def _comprehension(
        self, kind: str, generators: list[ast.comprehension], parts: list[ast.expr], node: ast.AST
    ) -> Value:
        items: list[Any] = []
        lost: list[Value] = []
        taint = [False]

        def one() -> None:
            values = [self.evaluate(part) for part in parts]
            taint[0] |= any(map(self.tainted, values))
            lost.extend(values)
            items.append(values[0] if len(values) == 1 else tuple(values))

        with self._apart(generators):
            exact = self._each(generators, one, node)
        if kind == "dict":
            pairs: list[tuple[Value, Value]] = []
            exact &= len(items) <= MOST_ITEMS and all(put_in(pairs, *pair) for pair in items)
            items = pairs if exact else items
        content = tuple(items) if exact and len(items) <= MOST_ITEMS else None
        if content is None:
            self.lose_all(lost, node)
        return self.made(Cell(kind, content, taint=content is None and taint[0]), node)

    def _each(self, generators: list[ast.comprehension], one: Callable[[], object], node: ast.AST) -> bool:
        """Go through the loops of a comprehension; say whether it is known how often."""
        if not generators:
            one()
            return True
        first, *others = generators
        self.whole.add(first.iter)
        source = self.taken(self.evaluate(first.iter), node)
        held = self.state.contents(containers(source))
        source = self.in_order(source)
        items = None if first.is_async else self.items_of(source, first)
        if items is not None and len(items) <= MOST_ITEMS:
            exact = True
            for item in items:
                self.bind(first.target, item)
                if all(self.holds(test) for test in first.ifs):
                    exact &= self._each(others, one, node)
                if held and self.state.has_changed(held):
                    break
            else:
                return exact
            source = Opaque(taint=self.tainted(source))  # it was changed meanwhile
        if first.is_async:
            self.note_await()
        self._perhaps_each(first, others, one, source, node)
        return False

    def _perhaps_each(
        self,
        first: ast.comprehension,
        others: list[ast.comprehension],
        one: Callable[[], object],
        source: Value,
        node: ast.AST,
    ) -> None:
        """Go through something in a comprehension of which it is not known what it gives."""
        self.go_through(source, node)
        self.throw(ANY)

        def step() -> None:
            self.bind(first.target, self.named(self.element_of(source), first.target))
            if all(self.holds(test) for test in first.ifs):
                self._each(others, one, node)
            self.throw(ANY)  # there may be no next one

        before = self.state
        with self.entering([before]):
            surely = self.aside(step)
            self.maybe(step, node)
            self.mark_skipped(before, surely)
        self.come_out([before])
        self.state = before

    # --- waiting and yielding ---------------------------------------------------------------------

    def _eval_Await(self, node: ast.Await) -> Value:
        return self.await_value(self.evaluate(node.value), node)

    def _eval_Yield(self, node: ast.Yield) -> Value:
        value = NOTHING if node.value is None else self.evaluate(node.value)
        return self.yielded(value, node)

    def yielded(self, value: Value, node: ast.AST) -> Value:
        """Hand a value to who goes through the generator, and go on when he comes back."""
        consumer = self.frame.on_yield
        if consumer is None:
            return ANYTHING_CLEAN
        if isinstance(consumer, Stops):
            self.lose(value, node)
        here = self.state
        self.choice(lambda: [(state, None) for state in consumer(here.copy(), value)])
        return ANYTHING_CLEAN

    def _eval_YieldFrom(self, node: ast.YieldFrom) -> Value:
        source = self.evaluate(node.value)
        consumer = self.frame.on_yield
        if (
            isinstance(source, Pending)
            and source.kind == "generator"
            and isinstance(source.call, Function)
            and consumer
            and not source.begun
        ):
            self.begin(source)
            return self.enter(source.call, source.args, dict(source.kwargs), node, on_yield=consumer)
        held = self.state.contents(containers(source))
        source = self.in_order(source)
        items = self.items_of(source, node)
        if items is not None:
            for item in items:
                self.yielded(item, node)
                if held and self.state.has_changed(held):
                    self.throw(ANY)
                    self.maybe(partial(self.yielded, Opaque(taint=self.tainted(source)), node), node)
                    break
            return ANYTHING_CLEAN
        self.go_through(source, node)
        self.maybe(lambda: self.yielded(self.element_of(source), node), node)
        return ANYTHING_CLEAN


def _targets(generators: list[ast.comprehension]) -> list[str]:
    nodes = (node for generator in generators for node in ast.walk(generator.target))
    return list(dict.fromkeys(node.id for node in nodes if isinstance(node, ast.Name)))
