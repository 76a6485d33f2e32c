"""Where a machine has its Chromium: Debian's package without windows, which costs a quarter less, or the whole one."""

from __future__ import annotations

import shutil

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")


def chromium_of_machine() -> str | None:
    """Path of the first of them that is installed."""
    return next((path for path in map(shutil.which, NAMES) if path is not None), None)
