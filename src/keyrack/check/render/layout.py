"""Where to draw the nodes and edges of a directed graph: layers from top to bottom, and nothing upon anything else.

It knows neither what the nodes are nor how they are drawn: sizes in, places out.

How it works: edges that close a cycle are turned round, and each node lies on a layer below all that lead to it; that
is here. An edge is then cut into pieces, layers are put in order, and what lies on them gets its place: `grid`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyrack.check.render.grid import Grid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from keyrack.check.render.shapes import Layout, Link, Size


def layout(sizes: Mapping[str, Size], links: Sequence[Link], roots: Sequence[str] = ()) -> Layout:
    """Lay out a graph.

    Args:
        sizes: the width and height of each node.
        links: the edges; both ends are in *sizes*.
        roots: the nodes from which to look for cycles, most important first.

    Returns:
        The same for the same arguments.

    Raises:
        TooLargeError: it would take more pieces than `grid.MOST_CELLS`.
    """
    ranks = _ranks(list(sizes), links, roots)
    grid = Grid(sizes, links, ranks)
    grid.order()
    grid.place()
    return grid.layout()


def _ranks(names: Sequence[str], links: Sequence[Link], roots: Sequence[str]) -> dict[str, int]:
    """Give each node its layer: below all that lead to it, and no higher above what it leads to than it has to be."""
    after: dict[str, list[str]] = {name: [] for name in names}
    for link in links:
        if not link.weak and link.source != link.target and link.target not in after[link.source]:
            after[link.source].append(link.target)
    order, closing = _walked([*roots, *names], after)
    ahead = {name: [one for one in after[name] if (name, one) not in closing] for name in names}
    ranks = dict.fromkeys(names, 0)
    for name in order:
        for one in ahead[name]:
            ranks[one] = max(ranks[one], ranks[name] + 1)
    rooted = set(_walked(roots, after)[0])
    for name in reversed(order):
        if name not in rooted and ahead[name]:
            ranks[name] = min(ranks[one] for one in ahead[name]) - 1
    return ranks


def _walked(starts: Sequence[str], after: Mapping[str, Sequence[str]]) -> tuple[list[str], set[tuple[str, str]]]:
    """Walk in depth: give the nodes so that edges lead onwards, and the edges that do not, for they close a cycle."""
    done: list[str] = []
    seen: set[str] = set()
    open_: dict[str, Iterator[str]] = {}
    closing: set[tuple[str, str]] = set()
    for start in starts:
        if start in seen:
            continue
        seen.add(start)
        open_[start] = iter(after[start])
        while open_:
            name = next(reversed(open_))
            for one in open_[name]:
                if one in open_:
                    closing.add((name, one))
                elif one not in seen:
                    seen.add(one)
                    open_[one] = iter(after[one])
                    break
            else:
                done.append(name)
                del open_[name]
    return done[::-1], closing
