"""A page for a browser that needs nothing but itself: it holds its style and its script, and may load nothing else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256


def page(title: str, style: str, script: str, body: Iterable[str]) -> str:
    """Give a page of HTML, to be written as UTF-8.

    Args:
        title: its title, as HTML.
        style: its style sheet; the only one that may have a say.
        script: its script; the only one that may run.
        body: the lines of its body.
    """
    return "".join(f"{line}\n" for line in _lines(title, style, script, body))


def _lines(title: str, style: str, script: str, body: Iterable[str]) -> Iterator[str]:
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    # Without an icon of its own a page that comes from a server asks it for one.
    yield '<link rel="icon" href="data:,">'
    yield f"<title>{title}</title>"
    yield f"<style>{style}</style>"
    yield "</head>"
    yield "<body>"
    yield from body
    yield f"<script>{script}</script>"
    yield "</body>"
    yield "</html>"


def _hash(content: str) -> str:
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode()}"
