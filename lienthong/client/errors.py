"""What a caller of the client has to know when something did not succeed.

ClientError
├── Refused        the hub said no, and why; nothing was changed. Sending the same again gets the same answer
├── NotAnswered    no answer that counts, after every try; whether it was done is not known: send the same again
└── NotUnderstood  an answer that is none of a hub's; the address or something in between is wrong
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lienthong.client.answers import Fault
from lienthong.client.exchange import Response

_SHOWN = 600  # characters of an answer that is not a hub's


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A problem document (RFC 9457). status: of the answer. faults: everything that is wrong, at once."""

    status: int
    code: str
    title: str
    detail: str
    faults: tuple[Fault, ...] = ()
    left_out: int = 0

    @property
    def codes(self) -> tuple[str, ...]:
        """The stable codes, in order; the document's own where it lists no faults."""
        return tuple(fault.code for fault in self.faults) or (self.code,)

    def __str__(self) -> str:
        lines = [f"{self.status} {self.title}: {self.detail}".rstrip(": ")]
        lines += [str(fault) for fault in self.faults]
        return "\n".join(lines)


class ClientError(Exception):
    """Root of what the client raises."""


class Refused(ClientError):
    """The hub said no. problem: why, in the words of its catalogue, with what to do next."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem

    @property
    def status(self) -> int:
        return self.problem.status

    @property
    def codes(self) -> tuple[str, ...]:
        return self.problem.codes

    @property
    def faults(self) -> tuple[Fault, ...]:
        return self.problem.faults


class NotAnswered(ClientError):
    """No answer, or only "later". problem: of the last answer, if there was one. retry_after: seconds that it asked
    for."""

    def __init__(
        self, request_line: str, why: str, *, problem: Problem | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{request_line}: {why}")
        self.problem, self.retry_after = problem, retry_after


class NotUnderstood(ClientError):
    """The answer is none that a hub gives."""

    def __init__(self, request_line: str, response: Response) -> None:
        text = response.content[:_SHOWN].decode("utf-8", "replace")
        super().__init__(f"{request_line}: {response.status} {response.media}: {text}")
        self.response = response


def problem_of(response: Response) -> Problem | None:
    """What a refusal says: a problem document, or an error of OAuth (RFC 6749 §5.2). None: it is neither."""
    try:
        body = json.loads(response.content)
    except ValueError:
        return None
    if not isinstance(body, Mapping):
        return None
    if isinstance(body.get("error"), str):
        description = str(body.get("error_description", ""))
        return Problem(status=response.status, code=body["error"], title=body["error"], detail=description)
    return _document(response.status, body) if isinstance(body.get("code"), str) else None


def _document(status: int, body: Mapping[str, Any]) -> Problem:
    listed = body.get("errors")
    return Problem(
        status=status,
        code=body["code"],
        title=str(body.get("title", "")),
        detail=str(body.get("detail", "")),
        faults=tuple(map(Fault.of, listed)) if isinstance(listed, list) else (),
        left_out=int(body.get("errorsLeftOut", 0)),
    )
