"""When Python's collector does not look for what nobody holds any more.

It looks each time that so many objects more were made than went. Who makes a million at once, that of one document, has
it look through them fifty times in vain: 8 MB of JSON took 1.4 seconds of the interpreter for a decoding of 0.3.
"""

from __future__ import annotations

import gc
import threading


class Deferring:
    """A context in which nothing is collected, of any number of threads: the collector goes on when the last has left
    it. For single steps that make much and end soon; what others leave in cycles meanwhile waits as long.
    """

    def __init__(self) -> None:
        self._lock, self._within, self._was_on = threading.Lock(), 0, False

    def __enter__(self) -> None:
        with self._lock:
            if not self._within:
                self._was_on = gc.isenabled()
                gc.disable()
            self._within += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._within -= 1
            if not self._within and self._was_on:
                gc.enable()


deferring = Deferring()
