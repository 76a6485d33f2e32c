"""A question to what may never answer (a database server that is stopped, a disk that hangs), asked for a probe."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Look(Generic[Answer]):
    """Asks in a thread, one at a time: who asks meanwhile waits for the same answer, so that probes that come every
    second do not heap up. The thread is nobody's: a process ends without it. Used on one event loop.
    """

    def __init__(self, ask: Callable[[], Answer]) -> None:
        self._ask = ask
        self._under_way: asyncio.Future[Answer] | None = None

    async def answer_within(self, seconds: float) -> Answer | None:
        """The answer; None when there is none by then."""
        try:
            return await asyncio.wait_for(self.answer(), seconds)
        except TimeoutError:
            return None

    async def answer(self) -> Answer:
        """The answer, however long it takes."""
        if self._under_way is None or self._under_way.done():
            self._under_way = self._begin()
        return await asyncio.shield(self._under_way)

    def _begin(self) -> asyncio.Future[Answer]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()

        def asking() -> None:
            try:
                looked = self._ask()
            except BaseException as error:  # noqa: BLE001  (whoever asked raises it)
                _tell(loop, answer.set_exception, error)
            else:
                _tell(loop, answer.set_result, looked)

        threading.Thread(target=asking, name="probe", daemon=True).start()
        return answer


def _tell(loop: asyncio.AbstractEventLoop, tell: Callable[..., None], what: object) -> None:
    with suppress(RuntimeError):  # the loop has ended: nobody waits any more
        loop.call_soon_threadsafe(tell, what)
