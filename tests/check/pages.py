"""Pages of HTML: written from samples, read as a browser reads them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser

from tests.check.pictures import SAMPLES, report

from keyrack.check.render import html

VOID = {"meta", "link", "input", "br"}


class Element:
    """An element with its attributes and its text."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None) -> None:
        self.tag: str = tag
        self.attributes: dict[str, str] = attributes
        self.parent: Element | None = parent
        self.children: list[Element] = []
        self.words: list[str] = []

    def all(self) -> Iterator[Element]:
        yield self
        for child in self.children:
            yield from child.all()

    def text(self) -> str:
        return " ".join("".join(one.words) for one in self.all())

    def classes(self) -> set[str]:
        return {*self.attributes.get("class", "").split()}


class Reader(HTMLParser):
    """Reads a page, and refuses one whose elements do not close."""

    def __init__(self) -> None:
        super().__init__()
        self.root: Element = Element("", {}, None)
        self.at: Element = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs)
        one = Element(tag, {name: value or "" for name, value in attrs}, self.at)
        self.at.children.append(one)
        if tag not in VOID:
            self.at = one

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.at.tag == tag, (self.at.tag, tag)
        assert self.at.parent is not None
        self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        self.at.words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def read(page: str) -> Element:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.at is reader.root
    return reader.root


def of(root: Element, tag: str, *classes: str) -> list[Element]:
    return [one for one in root.all() if one.tag == tag and {*classes} <= one.classes()]


def page_of(name: str) -> str:
    return html.render(report(SAMPLES[name]()))


def digest(content: str) -> str:
    """Name a style or a script as a policy does."""
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode()}"
