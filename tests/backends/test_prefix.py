"""A namespace as a backend: the same entries under longer names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keyrack.backends.memory import MemoryBackend
from keyrack.backends.prefix import PrefixBackend
from keyrack.backends.spi import SEPARATOR, Backend, Entry

#: What keys and namespaces can be named: anything without control characters and lone surrogates.
names = st.one_of(
    st.lists(st.sampled_from(["a", "b", ":", "::", ".", "/", "*", " ", "ä"]), min_size=1, max_size=4).map("".join),
    st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=8),
)
paths = st.lists(names, max_size=3).map(tuple)


def entry(payload: object) -> Entry:
    return Entry(payload, object)


def at_path(root: Backend, path: tuple[str, ...]) -> Backend:
    for name in path:
        root = PrefixBackend(root, name)
    return root


def own_names(backend: Backend) -> list[str]:
    """The names that are in no namespace inside *backend*."""
    return [name for name in backend.names("") if SEPARATOR not in name]


@given(st.sets(st.tuples(paths, names), max_size=10))
def test_different_paths_never_lead_to_one_name(places: set[tuple[tuple[str, ...], str]]) -> None:
    root = MemoryBackend()
    for path, name in places:
        at_path(root, path).write(name, entry((path, name)))

    assert len(root.names("")) == len(places)
    for path, name in places:
        (found,) = at_path(root, path).read([name])
        assert found is not None
        assert found.payload == (path, name)
    for path in {path for path, _ in places}:
        assert own_names(at_path(root, path)) == sorted(name for where, name in places if where == path)


@given(st.sets(st.tuples(paths, names), max_size=10), paths)
def test_names_of_a_namespace_are_those_inside_it(
    places: set[tuple[tuple[str, ...], str]], path: tuple[str, ...]
) -> None:
    root = MemoryBackend()
    for where, name in places:
        at_path(root, where).write(name, entry(1))

    inside = [(where, name) for where, name in places if where[: len(path)] == path]

    assert len(at_path(root, path).names("")) == len(inside)


def test_what_a_namespace_writes_lies_below_under_its_prefix() -> None:
    root = MemoryBackend()
    backend = PrefixBackend(root, "a")
    one, two = entry(1), entry([2])

    backend.write("one", one)
    backend.append("two", two, [2])
    backend.commit({"one": one, "three": None}, {"three": one})

    assert root.names("") == ["a\x1fone", "a\x1fthree", "a\x1ftwo"]
    assert root.read(["a\x1fone", "a\x1ftwo", "a\x1fthree", "one"]) == [one, two, one, None]
    assert backend.names("t") == ["three", "two"]


def test_a_prefix_is_taken_off_once() -> None:
    backend = PrefixBackend(PrefixBackend(MemoryBackend(), "a"), "a")

    backend.write("a", entry(1))

    assert backend.names("") == ["a"]
    assert backend.names("a") == ["a"]


def test_closing_a_namespace_leaves_what_is_below_open() -> None:
    root = MemoryBackend()
    backend = PrefixBackend(root, "a")
    backend.write("one", entry(1))

    backend.close()

    assert backend.names("") == ["one"]
    assert root.names("") == ["a\x1fone"]


def test_a_namespace_says_what_it_is_a_part_of() -> None:
    assert PrefixBackend(PrefixBackend(MemoryBackend(), "a"), "b").label == (
        "NamespacedStore('b') of NamespacedStore('a') of MemoryStore"
    )
