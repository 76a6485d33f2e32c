"""What the platform was told to do wrong: so that senders can be tried against a bad day."""

from __future__ import annotations

import threading
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lienthong.web.parameters import Number, Whole

Mode = Literal["none", "slow", "refuse", "fail", "close", "lose"]


class Instruction(BaseModel):
    """One instruction.

    slow: wait `seconds`, then go on as usual. refuse, fail: answer `status` (422 or 503 unless given) without
    storing. close: break the connection without storing. lose: store, then break the connection, so that the
    sender never sees the answer. times: for so many messages; null until told otherwise.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Mode = "none"
    times: Whole | None = Field(default=None, ge=1)
    seconds: Number = Field(default=0, ge=0, le=600)
    status: Whole | None = Field(default=None, ge=400, le=599)
    retry_after: Whole | None = Field(default=None, ge=0, le=86_400)


class Faults:
    """The instruction in force. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fault = Instruction()

    def tell(self, fault: Instruction) -> None:
        with self._lock:
            self._fault = fault

    def look(self) -> Instruction:
        """The instruction in force, without using it up."""
        with self._lock:
            return self._fault

    def take(self) -> Instruction:
        """The instruction for the message at hand; one with `times` is used up by as many messages."""
        with self._lock:
            now = self._fault
            if now.times is not None:
                left = now.times - 1
                self._fault = now.model_copy(update={"times": left}) if left else Instruction()
            return now


class Broken(Response):
    """An answer that breaks off: the head promises a body that never comes, and the server closes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
