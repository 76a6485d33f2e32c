"""`python -m lienthong.lint` writes docs/lint-report.md: what the lint says of the shipped plans."""

from __future__ import annotations

import sys

from lienthong import units
from lienthong.lint import lint
from lienthong.lint.rendering import exit_code, render, summary
from lienthong.programmes import files


def main() -> int:
    """Write the page; 1 when there is an error in a shipped plan."""
    root = files.SCHEMAS.parent.parent
    findings = lint(files.load(files.SCHEMAS), units.load(root / "schemas" / "units"))
    page = root / "docs" / "lint-report.md"
    page.write_text(render(findings, "markdown", root=str(root)), encoding="utf-8")
    sys.stdout.write(f"{page.name}: {summary(findings)}\n")
    return exit_code(findings)


if __name__ == "__main__":
    raise SystemExit(main())
