"""The machine-readable descriptions of the hub, generated: OpenAPI of its HTTP, AsyncAPI of its events, the lint's
report on the shipped plans.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from lienthong import units
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.lint import lint
from lienthong.lint.rendering import render
from lienthong.programmes import files as planfiles
from lienthong.settings import Settings
from lienthong.web import errors_page
from services.hub import asyncapi, base, roster
from services.hub import http as serving
from services.hub import openapi as openapi_document

OPENAPI = "docs/openapi.json"
ASYNCAPI = "docs/asyncapi.json"
LINT_REPORT = "docs/lint-report.md"
ERRORS = "docs/errors.md"


def files(root: Path) -> dict[str, str]:
    """Text by path, relative to the checkout."""
    return {
        OPENAPI: _as_json(openapi()),
        ASYNCAPI: _as_json(asyncapi.document()),
        LINT_REPORT: lint_report(root),
        ERRORS: errors_page.text(),
    }


def openapi() -> dict[str, Any]:
    """OpenAPI 3.1 of all services, read off the running apps (over an empty database that is thrown away)."""
    with tempfile.TemporaryDirectory(prefix="lienthong-openapi-") as folder, ExitStack() as stack:
        Path(folder).chmod(0o755)  # the server may run as another user, who has to pass through
        conninfo = stack.enter_context(EmbeddedServer(Path(folder) / "data"))
        settings = Settings(public_url="https://lienthong.example.vn")
        base.prepare(settings, conninfo)
        front = serving.http(
            base.Base(settings=settings, conninfo=conninfo), tuple(service.name for service in roster.serving()), stack
        )
        return openapi_document.document(front.apps)


def lint_report(root: Path) -> str:
    """What the lint says of the shipped plans."""
    findings = lint(planfiles.load(root / "schemas" / "programmes"), units.load(root / "schemas" / "units"))
    return render(findings, "markdown", root=str(root))


def _as_json(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
