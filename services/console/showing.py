"""Templates: Jinja2 with everything escaped, and what each of them may use beside its page's data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

HERE = Path(__file__).parent


def environment() -> Environment:
    """Autoescaping on; a name that is not there is an error, never an empty text."""
    jinja = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    jinja.filters["segment"] = segment
    jinja.globals["address"] = address
    return jinja


def segment(text: object) -> str:
    """A code as one part of an address."""
    return quote(str(text), safe="")


def address(path: str, query: Mapping[str, Any] | None = None, **changed: Any) -> str:
    """A path with a query: the given one with some values changed; None takes a value out."""
    body = {**(query or {}), **changed}
    parameters = {name: value for name, value in body.items() if value not in (None, "")}
    return f"{path}?{urlencode(parameters)}" if parameters else path


class Pictures:
    """SVG written by templates: `pictures("milestones", chart)` for templates/pictures/milestones.svg."""

    def __init__(self, templates: Environment) -> None:
        self._templates = templates

    def __call__(self, name: str, drawing: object, **more: Any) -> Markup:
        text = self._templates.get_template(f"pictures/{name}.svg").render(drawing=drawing, **more)
        return Markup(text)


def static_files() -> dict[str, bytes]:
    """What is served under /static, by name: the style sheet of our own, htmx from its installed package."""
    htmx = files("js_lib_htmx") / "static" / "htmx" / "htmx.min.js"
    own = {path.name: path.read_bytes() for path in sorted((HERE / "static").iterdir())}
    return own | {"htmx.min.js": htmx.read_bytes()}


def static_addresses(files: Mapping[str, bytes]) -> dict[str, str]:
    """Addresses that change with the content, so that browsers may keep the files for ever."""
    return {name: f"/static/{name}?v={hashlib.sha256(body).hexdigest()[:12]}" for name, body in files.items()}
