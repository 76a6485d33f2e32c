"""The one error tree of the hub, by what to do about it.

    HubError
    ├── Rejected        tell the sender; nothing was changed
    ├── Unprocessable   put aside (dead letter); a person has to look
    ├── Transient       try again later, with backoff
    └── Misconfigured   the operator has to change a setting or a file

Anything else stops the process. Each error has a stable code and says what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A text in Vietnamese (first) and English."""

    vi: str
    en: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that is wrong with a document, in the sender's terms.

    pointer: RFC 6901 JSON Pointer into the submitted document ("" = the whole document).
    code: stable, snake_case; listed in docs/errors.md.
    params: values named in the message, for machines.
    """

    pointer: str
    code: str
    message: Message
    params: Mapping[str, Any] = field(default_factory=dict)


class HubError(Exception):
    """Root of all errors that the hub raises on purpose."""

    code = "hub_error"

    def __init__(self, message: str, *, code: str | None = None, problems: Iterable[Problem] = ()) -> None:
        """problems: the same in both languages, from the catalogue (lienthong.refusals)."""
        super().__init__(message)
        self.problems = tuple(problems)
        if code is not None:
            self.code = code


class Rejected(HubError):
    """The sender has to change something. Carries every problem found, not the first.

    status: the HTTP status that says the same; None leaves it to the catalogue (lienthong.refusals).
    """

    code = "rejected"

    def __init__(self, problems: Iterable[Problem], *, status: int | None = None, code: str | None = None) -> None:
        faults = tuple(problems)
        self.status = status
        first = faults[0] if faults else None
        words, first_code = (first.message.en, first.code) if first else ("rejected", None)
        super().__init__(words, code=code or first_code, problems=faults)


class Unprocessable(HubError):
    """This one message can't be processed by anybody; put it aside and go on."""

    code = "unprocessable"


class Transient(HubError):
    """Something needed is away for now. Trying again later may succeed."""

    code = "transient"


class Misconfigured(HubError):
    """A setting, file or folder is wrong. The message says which and what to do."""

    code = "misconfigured"
