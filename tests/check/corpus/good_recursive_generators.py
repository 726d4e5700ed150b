"""Generators and functions that call themselves and have nothing to do with the store."""

from collections.abc import Iterator
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]


class Tree:
    def __init__(self, *children: "Tree") -> None:
        self.children = children

    def depth(self) -> int:
        return 1 + max((child.depth() for child in self.children), default=0)


def walk(tree: Tree) -> Iterator[Tree]:
    yield tree
    for child in tree.children:
        yield from walk(child)


async def write(store: MemoryStore) -> Stage:
    tree = Tree(Tree(), Tree(Tree()))
    store.put(Keys.a, sum(1 for _ in walk(tree)))
    names = list(walk(tree))
    store.put(Keys.b, len(names) + tree.depth())
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
