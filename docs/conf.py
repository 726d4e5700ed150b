"""Sphinx, offline: what the docs say about keyrack must resolve, and every warning is an error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import keyrack

if TYPE_CHECKING:
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx

project = "keyrack"
version = release = keyrack.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
default_role = "py:obj"  # a name in single backticks is a link where the reference has an entry for it
html_theme = "furo"
html_title = f"keyrack {version}"
html_show_copyright = False
html_static_path = ["_static"]
html_css_files = ["keyrack.css"]

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"

nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(?!keyrack\.).*"),  # the inventories of other projects are a network away
    ("py:.*", r"keyrack\.(.+\.)?_\w+"),  # private names stand in some signatures
]


def is_no_class(_app: Sphinx, _domain: object, node: pending_xref) -> bool | None:
    """Let a type variable or a type alias stand in a signature without an entry of its own."""
    module, _, name = node["reftarget"].rpartition(".")
    found = getattr(sys.modules.get(module), name, None)
    return (found is not None and not isinstance(found, type)) or None


def keep_colons(_app: Sphinx, what: str, _name: str, _obj: object, _options: object, lines: list[str]) -> None:
    """Begin with an empty comment: napoleon takes what stands before a colon in the first line for the type."""
    if what in {"attribute", "data", "property"}:
        lines[:0] = ["..", ""]


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-docstring", keep_colons, priority=400)  # napoleon comes at 500
    app.connect("warn-missing-reference", is_no_class)
