"""Declarations in registries that can never work: refused when the class is made, with file and line."""

from pathlib import Path

import pytest
from tests.modules import FUTURE, HEAD, MARK, marked_line, modules_in

from keyrack import KeyDefinitionError

CASES: dict[str, tuple[str, str]] = {
    "no key": (
        """
        class Keys(KeyRegistry):
            fine: StoreKey[int]
            count: int  # here
        """,
        "Keys.count is no key; write count: StoreKey[int]",
    ),
    "no key with a value": (
        """
        class Keys(KeyRegistry):
            count: int = 3  # here
        """,
        "Keys.count is no key; write count: StoreKey[int]",
    ),
    "no type": (
        """
        class Keys(KeyRegistry):
            fine: StoreKey[int]
            count: StoreKey  # here
        """,
        "Keys.count has no types; write StoreKey[T]",
    ),
    "no types": (
        """
        class Keys(KeyRegistry):
            count: KeyFamily  # here
        """,
        "Keys.count has no types; write KeyFamily[P, T]",
    ),
    "no annotation": (
        """
        class Keys(KeyRegistry):
            fine: StoreKey[int]
            count = StoreKey(default=3)  # here
        """,
        "Keys.count has no type; annotate it: count: StoreKey[...]",
    ),
    "no annotation, but a name": (
        """
        class Keys(KeyRegistry):
            count = StoreKey("count")  # here
        """,
        "Keys.count has no type; annotate it: count: StoreKey[...]",
    ),
    "a value for a key": (
        """
        class Keys(KeyRegistry):
            count: StoreKey[int] = 3  # here
        """,
        "Keys.count is 3 (int) and no key; write count: StoreKey[...] = StoreKey(default=...)",
    ),
    "a family for a key": (
        """
        class Keys(KeyRegistry):
            count: StoreKey[int] = KeyFamily()  # here
        """,
        "Keys.count is KeyFamily(None, ?, ?) (KeyFamily) and no key; write count: StoreKey[...] = StoreKey(",
    ),
    "a default that does not fit": (
        """
        class Keys(KeyRegistry):
            fine: StoreKey[int]

            count: StoreKey[int] = StoreKey(default="x")  # here
        """,
        "the default of key 'count' (int) does not fit: it should be a valid integer, got 'x' (str)",
    ),
    "a default in the middle of a statement": (
        """
        class Keys(KeyRegistry, prefix="p"):
            count: StoreKey[list[int]] = StoreKey(  # here
                doc="A count.",
                default=["x"],
            )
        """,
        "the default of key 'p.count' (list[int]) does not fit: it[0] should be a valid integer, got 'x' (str)",
    ),
    "a factory that does not fit": (
        """
        class Keys(KeyRegistry):
            count: StoreKey[int] = StoreKey(default_factory=list)  # here
        """,
        "the default of key 'count' (int) does not fit: it should be a valid integer, got [] (list)",
    ),
    "a default of a family": (
        """
        class Keys(KeyRegistry):
            count: KeyFamily[int, int] = KeyFamily(default="x")  # here
        """,
        "the default of key 'count' (int) does not fit: it should be a valid integer, got 'x' (str)",
    ),
    "another type than that of the key": (
        """
        KEY = StoreKey("count", str)
        class Keys(KeyRegistry):
            count: StoreKey[int] = KEY  # here
        """,
        "Keys.count is annotated StoreKey[int], and is StoreKey('count', str)",
    ),
    "a bad name": (
        """
        class Keys(KeyRegistry):
            count: StoreKey[int] = StoreKey("a\\nb")  # here
        """,
        r"the name 'a\nb' holds a control character",
    ),
    "too long a name with its prefix": (
        """
        class Keys(KeyRegistry, prefix="p" * 505):
            short: StoreKey[int]
            longer: StoreKey[int]  # here
        """,
        f"the name '{'p' * 38}… has 512 bytes of UTF-8; the most is 511",
    ),
    "too long a name of a nested registry": (
        """
        class Keys(KeyRegistry, prefix="p" * 400):
            class Inner(KeyRegistry, prefix="q" * 108):
                c: StoreKey[int]
                ab: StoreKey[int]  # here
        """,
        f"the name '{'p' * 38}… has 512 bytes of UTF-8; the most is 511",
    ),
    "a bad prefix": (
        """
        class Keys(KeyRegistry, prefix="a\\tb"):  # here
            count: StoreKey[int]
        """,
        r"registry Keys: the name 'a\tb' holds a control character",
    ),
    "no prefix at all": (
        """
        class Keys(KeyRegistry, prefix=3):  # here
            count: StoreKey[int]
        """,
        "registry Keys: a name is a str, got 3 (int)",
    ),
    "two types of one name": (
        """
        class Keys(KeyRegistry):
            one: StoreKey[int] = StoreKey("name")
            two: StoreKey[str] = StoreKey("name")  # here
        """,
        "registry Keys has two keys named 'name', of types int and str",
    ),
    "two rules of one name": (
        """
        from annotated_types import Gt
        class Keys(KeyRegistry):
            one: StoreKey[Annotated[int, Gt(0)]] = StoreKey("name")
            two: StoreKey[Annotated[int, Gt(5)]] = StoreKey("name")  # here
        """,
        "registry Keys has two keys named 'name', of types int and int",
    ),
    "a key and a family of one name": (
        """
        class Keys(KeyRegistry):
            one: StoreKey[int] = StoreKey("name")
            two: KeyFamily[int, int] = KeyFamily("name")  # here
        """,
        "registry Keys has two keys named 'name', of types int and int",
    ),
    "another type than in the base": (
        """
        class Base(KeyRegistry):
            count: StoreKey[int]
        class Keys(Base):
            other: StoreKey[int]
            count: StoreKey[str]  # here
        """,
        "registry Keys has two keys named 'count', of types int and str",
    ),
    "another type in a second base": (
        """
        class One(KeyRegistry):
            count: StoreKey[int]
        class Two(KeyRegistry):
            count: StoreKey[str]
        class Keys(One, Two):  # here
            other: StoreKey[int]
        """,
        "registry Keys has two keys named 'count', of types str and int",
    ),
    "a name of the registry itself": (
        """
        class Keys(KeyRegistry):
            fine: StoreKey[int]
            _keys: StoreKey[int]  # here
        """,
        "Keys._keys: registries use that name themselves; take another",
    ),
    "the name of the store": (
        """
        class Keys(KeyRegistry):
            _store: StoreKey[int]  # here
        """,
        "Keys._store: registries use that name themselves; take another",
    ),
    "two defaults": (
        """
        class Keys(KeyRegistry):
            count: StoreKey[int] = StoreKey(default=1, default_factory=int)  # here
        """,
        "a key has a default or a default_factory, not both",
    ),
    "a registry in a function": (
        """
        def declare():
            class Keys(KeyRegistry):
                fine: StoreKey[int]
                count: int  # here
        declare()
        """,
        "Keys.count is no key; write count: StoreKey[int]",
    ),
    "a registry behind a decorator": (
        """
        def same(cls):
            return cls

        @same
        @same
        class Keys(KeyRegistry):
            fine: StoreKey[int]
            count: int  # here
        """,
        "Keys.count is no key; write count: StoreKey[int]",
    ),
    "one of two registries of one name": (
        """
        def first():
            class Keys(KeyRegistry):
                count: StoreKey[int]
        def second():
            class Keys(KeyRegistry):
                count: int  # here
        first()
        second()
        """,
        "Keys.count is no key; write count: StoreKey[int]",
    ),
}


@pytest.mark.parametrize("future", ["", FUTURE], ids=["now", "future annotations"])
@pytest.mark.parametrize("case", CASES)
def test_a_declaration_that_can_never_work_names_its_line(case: str, future: str, tmp_path: Path) -> None:
    body, said = CASES[case]
    source = future + HEAD + body.replace("\n        ", "\n")

    with modules_in(tmp_path) as load, pytest.raises(KeyDefinitionError) as caught:
        load(source)

    assert caught.value.reason.startswith(said)
    assert (caught.value.file, caught.value.line) == (str(tmp_path / "module_of_a_test_0.py"), marked_line(source))
    assert str(caught.value) == f"{caught.value.reason} ({caught.value.file}:{caught.value.line})"


@pytest.mark.parametrize("future", ["", FUTURE], ids=["now", "future annotations"])
@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        ("StoreKey[int, str]", "type"),
        ("StoreKey[()]", "type"),
        ("KeyFamily[int]", "two types"),
        ("KeyFamily[int, str, str]", "two types"),
        ("StoreKey[3]", "3 is no type"),
        ("list[StoreKey[int]]", "is no key"),
        ("StoreKey[int] | None", "is no key: a key stands alone, not inside of StoreKey[int] | None; write count: "),
        ("Optional[StoreKey[int]]", "; write count: StoreKey[...], which may be without a value"),
        ("'StoreKey[list['", "count has an annotation that is no Python: StoreKey[list[ ('[' was never closed)"),
    ],
)
def test_an_annotation_with_the_wrong_types_names_its_line(
    annotation: str, said: str, future: str, tmp_path: Path
) -> None:
    source = f"{future}{HEAD}class Keys(KeyRegistry):\n    fine: StoreKey[int]\n    count: {annotation}  {MARK}\n"

    with modules_in(tmp_path) as load, pytest.raises(KeyDefinitionError) as caught:
        load(source)

    assert said in caught.value.reason
    assert (caught.value.file, caught.value.line) == (str(tmp_path / "module_of_a_test_0.py"), marked_line(source))


def test_a_registry_without_source_names_the_line_of_the_class() -> None:
    source = "\n\nclass Keys(KeyRegistry):\n    fine: StoreKey[int]\n    count: int\n"

    with pytest.raises(KeyDefinitionError) as caught:
        exec(compile(HEAD + source, "<nowhere>", "exec"), {"__name__": "nowhere"})  # noqa: S102

    assert str(caught.value) == "Keys.count is no key; write count: StoreKey[int] (<nowhere>:5)"


def test_an_option_that_a_registry_does_not_know_is_a_plain_type_error(tmp_path: Path) -> None:
    source = HEAD + "class Keys(KeyRegistry, prefx='p'):\n    count: StoreKey[int]\n"

    with modules_in(tmp_path) as load, pytest.raises(TypeError, match="no option 'prefx'; did you mean 'prefix'"):
        load(source)


ALLOWED = """
from dataclasses import dataclass

class Keys(KeyRegistry, prefix="p"):
    version: ClassVar[int] = 3
    final: Final = StoreKey("final", int)
    final_too: Final[StoreKey[int]] = StoreKey("final too", int)
    noted: Annotated[StoreKey[list[int]], "note"]
    helper = 3
    table = {"a": 1}

    @property
    def both(self):
        return (self.noted.get([]), self.final.get(None))

    @staticmethod
    def twice(value):
        return 2 * value

    @classmethod
    def names(cls):
        return [key.name for key in cls]

class Alias(KeyRegistry):
    one: StoreKey[int]
    same = one = StoreKey[int]("one")
"""


@pytest.mark.parametrize("future", ["", FUTURE], ids=["now", "future annotations"])
def test_what_else_may_stand_in_a_registry(future: str, tmp_path: Path) -> None:
    with modules_in(tmp_path) as load:
        module = load(future + HEAD + ALLOWED)
        keys = module.Keys

        assert sorted(keys.names()) == ["final", "final too", "p.noted"]
        assert keys(module.MemoryStore()).both == ([], None)
        assert keys.twice(4) == 8
        assert keys.noted.form == list[int]
        assert keys.helper == 3
        assert keys.table == {"a": 1}
