"""What each code means: the texts in ``explanations/``, one a code.

A text says what is found, shows it in a program, says what to do, and when the finding may be wrong. One file serves
the command line, the reference and the tests, which run its programs; so this module knows nothing of any one code.
"""

from __future__ import annotations

import re
from importlib.resources import files

from .._text import did_you_mean, preview
from .codes import CODES, Code


class UnknownCodeError(ValueError):
    """Nobody knows the code that was asked for.

    Args:
        asked: what was asked for.
    """

    def __init__(self, asked: str) -> None:
        super().__init__(asked)
        self.asked: str = asked

    def __str__(self) -> str:
        return f"unknown code {preview(self.asked)}{_meant(self.asked)}"


def code_of(asked: str) -> Code:
    """Give the code that *asked* means: ``KR102`` or ``missing-on-path``, in capitals or not.

    Raises:
        UnknownCodeError: there is none; it says which one may be meant.
    """
    wanted, slug = asked.strip().upper(), _slug(asked)
    for code in CODES.values():
        if wanted == code.code or slug == code.slug:
            return code
    raise UnknownCodeError(asked)


def explain(code: str) -> str:
    """Say what a code means, in plain text: an example of it, what to do, and when it may be wrong.

    >>> from keyrack.check.explain import explain
    >>> print(explain("kr102"))
    KR102 missing-on-path (error, reads)
    <key> may be missing when <state> reads it: not written on <path>
    ...

    Args:
        code: ``KR102`` or ``missing-on-path``, in capitals or not.

    Raises:
        UnknownCodeError: there is no such code; it says which one may be meant.
    """
    found = code_of(code)
    head = f"{found.code} {found.slug} ({found.severity}, {found.family})\n{sentence_form(found)}\n"
    return f"{head}\n{_plain(explanation(found.code))}"


def explanation(code: str) -> str:
    """Give the text of a code, which is written as it stands, as Markdown."""
    return files("keyrack.check").joinpath("explanations", f"{code}.md").read_text(encoding="utf-8")


def sentence_form(code: Code) -> str:
    """Give the sentence of a code with a name where a fact will stand: ``<key> may be missing``."""
    return re.sub(r"\{(\w+)(?:!r)?\}", r"<\1>", code.sentence)


def _meant(asked: str) -> str:
    """Say which code may be meant, or else which there are."""
    wanted = asked.strip().upper().translate(_LOOK_ALIKES)
    if wanted in CODES:
        return f"; did you mean {wanted!r}?"
    if re.fullmatch(r"KR\d{3}", wanted) and (near := [code for code in CODES if code[:3] == wanted[:3]]):
        return f"; there are {', '.join(near)}"
    slugs = [one.slug for one in CODES.values()]
    known = f"; there are {min(CODES)} to {max(CODES)}, and their names, such as {slugs[0]!r}"
    return did_you_mean(_slug(asked), slugs) or known


_LOOK_ALIKES = str.maketrans("OIL", "011")


def _slug(asked: str) -> str:
    return asked.strip().lower().replace("_", "-").replace(" ", "-")


def _plain(markdown: str) -> str:
    """Set blocks of code in, instead of fences around them."""
    return re.sub(r"^```\w+\n(.*?)^```$\n?", _indented, markdown, flags=re.MULTILINE | re.DOTALL)


def _indented(block: re.Match[str]) -> str:
    return "".join(f"    {line}" if line.strip() else line for line in block[1].splitlines(keepends=True))
