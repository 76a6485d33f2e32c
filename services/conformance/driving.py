"""How an integrator's system is driven: a small HTTP adapter of theirs, or a command that is run for each task."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Mapping
from typing import Any, Protocol

import httpx
from pydantic import ValidationError

from services.conformance.tasks import Said

PATIENCE = 180.0
"""Seconds for one task: a client that waits 60 s for an answer, three times."""
_SHOWN = 500  # characters of what an adapter wrote that is none of ours


class NotDriven(Exception):
    """The adapter itself does not answer as docs/conformance.md says: nothing can be told of the system."""


class Adapter(Protocol):
    """Does one task and says what became of it. Raises NotDriven."""

    def do(self, task: Mapping[str, Any]) -> Said: ...


class HttpAdapter:
    """An adapter that listens: POST of the task, 200 with what the system says."""

    def __init__(self, url: str, *, patience: float = PATIENCE) -> None:
        self._url, self._patience = url, patience

    def do(self, task: Mapping[str, Any]) -> Said:
        try:
            answer = httpx.post(self._url, json=task, timeout=self._patience, trust_env=False)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise NotDriven(f"POST {self._url}: {type(error).__name__} {error}".rstrip()) from error
        if answer.status_code != httpx.codes.OK:
            raise NotDriven(f"POST {self._url}: {answer.status_code} {answer.text[:_SHOWN]}")
        return read_answer(answer.content, f"POST {self._url}")


class CommandAdapter:
    """A program: the task on its standard input, what the system says on its standard output, exit code 0."""

    def __init__(self, line: str, *, patience: float = PATIENCE) -> None:
        try:
            self._words = shlex.split(line)
        except ValueError as error:
            raise NotDriven(f"{line}: {error}") from error
        self._line, self._patience = line, patience

    def do(self, task: Mapping[str, Any]) -> Said:
        given = json.dumps(task, ensure_ascii=False).encode()
        try:
            done = subprocess.run(self._words, input=given, capture_output=True, timeout=self._patience, check=False)
        except (OSError, subprocess.TimeoutExpired, IndexError) as error:
            raise NotDriven(f"{self._line}: {type(error).__name__} {error}") from error
        if done.returncode:
            text = done.stderr.decode("utf-8", "replace")[-_SHOWN:]
            raise NotDriven(f"{self._line}: exit {done.returncode} {text}".rstrip())
        return read_answer(done.stdout, self._line)


def read_answer(text: bytes, whence: str) -> Said:
    """What an adapter's document says. Raises NotDriven for one of another shape."""
    try:
        return Said.model_validate_json(text)
    except ValidationError as error:
        faults = "; ".join(f"{'/'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        shown = text[:_SHOWN].decode("utf-8", "replace")
        raise NotDriven(f"{whence}: {faults}: {shown}") from error
