"""The Java of the tests: started some forty times in a run, each time for seconds, so that its start is what it costs.

Its second compiler is left out, and the classes of a broker come from an archive (CDS): half of the CPU time of a
start. The archive is made once for a Java and a list of jars, beside the jars in the cache; without it (a Java that
can't, a cache that may not be written) every start is as slow as it is elsewhere.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

from lienthong.embedded.kafka import Cluster
from lienthong.embedded.kafka.jars import LOCK_FILE, cache_folder, fetched_jars
from lienthong.embedded.kafka.java import find_java
from lienthong.embedded.kafka.node import SHORT_LIVED

_CLEAN_STOP = 25.0  # seconds; a broker that takes longer to stop may have been killed while it wrote


@cache
def quicken() -> None:
    """From here on every Java that this process starts is a quick one, unless JDK_JAVA_OPTIONS says what it shall be.

    (tests/conftest.py leaves the second compiler out for all; the archive is for those who start a broker.)
    Raises as Cluster does.
    """
    if os.environ.setdefault("JDK_JAVA_OPTIONS", SHORT_LIVED) != SHORT_LIVED:
        return
    fetched_jars()
    archive = cache_folder() / f"classes-{_of_what()}.jsa"
    with (cache_folder() / ".classes").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of several processes one makes it, the others wait
        if not archive.exists():
            _make(archive)
    if archive.exists():
        os.environ["JDK_JAVA_OPTIONS"] = f"{SHORT_LIVED} -XX:SharedArchiveFile={archive}"


def _of_what() -> str:
    said = subprocess.run([str(find_java()), "-version"], capture_output=True, check=True).stderr
    return hashlib.sha256(said + LOCK_FILE.read_bytes()).hexdigest()[:16]


def _make(archive: Path) -> None:
    """A broker starts, and writes at its end which classes it had."""
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".classes-") as folder:
        fresh = Path(folder) / archive.name
        os.environ["JDK_JAVA_OPTIONS"] = f"{SHORT_LIVED} -XX:ArchiveClassesAtExit={fresh}"
        try:
            cluster = Cluster(Path(folder) / "kafka")
            cluster.start()
            began = time.monotonic()
            cluster.stop()
            if fresh.exists() and time.monotonic() - began < _CLEAN_STOP:
                fresh.rename(archive)
        finally:
            os.environ["JDK_JAVA_OPTIONS"] = SHORT_LIVED
