"""When a process is asked to end: one event, set by SIGINT and SIGTERM.

A signal's handler runs between two steps of the main thread. Were it to set the event itself, and the main thread just
then inside that event's `wait`, it would wait for a lock that the very thread holds which it interrupted: the process
would never end. So the handler puts a word into a queue that may be interrupted anywhere (`queue.SimpleQueue.put` is
documented as reentrant), and a thread that waits there sets the event.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

ASKING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def until_asked(stop: threading.Event | None = None) -> Iterator[threading.Event]:
    """An event (`stop`, or a new one) that is set when the process is asked to end.

    Asked once, it stays deaf to further asking: what follows is the ending itself. Not asked, the signals do afterwards
    what they did before. Only the main thread can take signals: in another the event is left to whoever holds it.
    """
    stop = stop or threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    signals: SimpleQueue[bool] = SimpleQueue()
    waiting = threading.Thread(target=_set_when_asked, args=(signals, stop), name="stopping", daemon=True)
    waiting.start()
    before = {number: signal.signal(number, lambda *_: signals.put(True)) for number in ASKING}
    try:
        yield stop
    finally:
        signals.put(False)
        waiting.join()
        if not stop.is_set():
            for number, handler in before.items():
                signal.signal(number, handler)


def _set_when_asked(signals: SimpleQueue[bool], stop: threading.Event) -> None:
    if signals.get():
        stop.set()
