"""What the models of HTTP answers are made of, in every service: names on the wire, a text in both languages."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    """Names on the wire are camelCase; a reader leaves alone what it does not know."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class ClosedWire(Wire):
    """The same, where members that are not described are a mistake of ours."""

    model_config = ConfigDict(extra="forbid")


class Text(ClosedWire):
    """Một lời bằng hai thứ tiếng. / A text in both languages."""

    vi: str
    en: str
