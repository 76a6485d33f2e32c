"""The command line as a process of its own, without the second in which Python reads libraries: forked, like the parts
of `up`, from one that has read them (services/hub/nursery.py).
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.hub import nursery

PATIENCE = 120.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What a command ended with and printed."""

    returncode: int
    stdout: str
    stderr: str


def lienthong(*words: str, **variables: str) -> Done:
    """`lienthong WORDS`, in this environment without what it sets for a hub."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIENTHONG_", "DATABASE_URL"))}
    with tempfile.TemporaryDirectory(prefix="lienthong-printed-") as folder:
        printed = [Path(folder) / name for name in ("stdout", "stderr")]
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(nursery.LIBRARIES))
        process = context.Process(target=_run, args=(words, kept | variables, printed))
        process.start()
        process.join(PATIENCE)
        code = process.exitcode
        process.kill()
        assert code is not None, f"{words} runs on after {PATIENCE:g} s"
        out, err = (path.read_text("utf-8") for path in printed)
    return Done(returncode=code, stdout=out, stderr=err)


def _run(words: tuple[str, ...], environment: Mapping[str, str], printed: list[Path]) -> None:
    for stream, path in enumerate(printed, 1):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(descriptor, stream)
        os.close(descriptor)
    nursery.become(words, environment)
