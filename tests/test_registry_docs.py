"""The string below an attribute is the documentation of its key."""

import linecache
import pickle
from pathlib import Path

from tests.modules import FUTURE, HEAD, modules_in

SOURCE = '''
class Keys(KeyRegistry, prefix="p"):
    """The registry itself."""

    plain: StoreKey[int]
    """What it counts."""
    long: StoreKey[list[int]] = StoreKey(default_factory=list)
    """The first line.

    More, indented:
        code
    """
    explicit: StoreKey[int] = StoreKey(doc="The option wins.")
    """Not this."""
    without: StoreKey[int]
    family: KeyFamily[int, str]
    """Of every member."""
    assigned = StoreKey[int]()
    """Below an assignment."""
    raw: StoreKey[int]
    r"""With a \\backslash."""
    number: StoreKey[int]
    3
    formatted: StoreKey[int]
    f"""Not {1} constant."""
    apart: StoreKey[int]

    # a comment between

    """Below a comment."""

    class Inner(KeyRegistry, prefix="q"):
        """Inner itself."""
        plain: StoreKey[int]
        """Of the inner one."""


class More(Keys):
    own: StoreKey[int]
    """Of the subclass."""
    plain: StoreKey[int]
    """Told again."""


class Silent(Keys):
    plain: StoreKey[int]


def declare():
    class Keys(KeyRegistry):
        plain: StoreKey[int]
        """In a function."""
    return Keys
'''


def test_the_string_below_an_attribute_is_its_doc(tmp_path: Path) -> None:
    with modules_in(tmp_path) as load:
        for future in ("", FUTURE):
            keys = load(future + HEAD + SOURCE).Keys

            assert keys.plain.doc == "What it counts."
            assert keys.long.doc == "The first line.\n\nMore, indented:\n    code"
            assert keys.explicit.doc == "The option wins."
            assert keys.without.doc == ""
            assert keys.family.doc == keys.family[3].doc == "Of every member."
            assert keys.assigned.doc == "Below an assignment."
            assert keys.raw.doc == "With a \\backslash."
            assert keys.number.doc == ""
            assert keys.formatted.doc == ""
            assert keys.apart.doc == "Below a comment."
            assert keys.__doc__ == "The registry itself."


def test_each_class_has_its_own_docs(tmp_path: Path) -> None:
    with modules_in(tmp_path) as load:
        module = load(HEAD + SOURCE)

        assert module.Keys.Inner.plain.doc == "Of the inner one."
        assert module.More.own.doc == "Of the subclass."
        assert module.More.plain.doc == "Told again."
        assert module.More.long is module.Keys.long
        assert module.declare().plain.doc == "In a function."


def test_a_key_that_is_declared_again_in_silence_has_no_doc(tmp_path: Path) -> None:
    with modules_in(tmp_path) as load:
        assert load(HEAD + SOURCE).Silent.plain.doc == ""


def test_docs_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    with modules_in(tmp_path) as load:
        keys = load(HEAD + SOURCE).Keys
        file = keys.plain.declaration.file

        assert file not in linecache.cache
        assert keys.plain.doc == "What it counts."


def test_without_source_there_is_no_doc() -> None:
    space: dict[str, object] = {"__name__": "nowhere"}
    exec(compile(HEAD + SOURCE, "<nowhere>", "exec"), space)  # noqa: S102
    keys = space["Keys"]

    assert getattr(keys, "plain").doc == ""  # noqa: B009
    assert getattr(keys, "explicit").doc == "The option wins."  # noqa: B009


def test_source_that_is_gone_or_another_one_gives_no_doc(tmp_path: Path) -> None:
    with modules_in(tmp_path) as load:
        gone = load(HEAD + SOURCE).Keys
        (tmp_path / "module_of_a_test_0.py").unlink()
        other = load(HEAD + SOURCE).Keys
        (tmp_path / "module_of_a_test_1.py").write_text("this is no python (")

        assert gone.plain.doc == ""
        assert other.plain.doc == ""


def test_a_doc_goes_into_a_pickle(tmp_path: Path) -> None:
    with modules_in(tmp_path) as load:
        keys = load(HEAD + SOURCE).declare()

        assert pickle.loads(pickle.dumps(keys.plain)).doc == "In a function."


def test_an_explicit_doc_of_a_standalone_key_is_its_doc(tmp_path: Path) -> None:
    with modules_in(tmp_path) as load:
        module = load(HEAD + 'KEY = StoreKey("k", int, doc="Told.")\nOTHER = StoreKey("o", int)\n"""Not read."""\n')

        assert module.KEY.doc == "Told."
        assert module.OTHER.doc == ""
