"""Versions of forms as numbers: `major.minor.patch`, compared and counted on. Pure."""

from __future__ import annotations


def order(version: str) -> tuple[int, int, int]:
    """`1.10.2` → (1, 10, 2), for comparing. Raises ValueError for anything else."""
    major, minor, patch = version.split(".")
    return int(major), int(minor), int(patch)


def next_version(version: str, bump: str) -> str | None:
    """The lowest one that tells of such a change; None where none may."""
    major, minor, patch = order(version)
    return {
        "none": version,
        "patch": f"{major}.{minor}.{patch + 1}",
        "minor": f"{major}.{minor + 1}.0",
        "major": f"{major + 1}.0.0",
    }.get(bump)
