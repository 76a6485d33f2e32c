"""What a person submits in the name of a unit, beside reports: an event that any system would send, and its refusals at
the fields of the form that it was typed in.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lienthong.contracts import canonical
from lienthong.errors import Rejected
from lienthong.units.names import fold
from services.console.asking import Answer
from services.console.page import Visit

_OUT_OF_CODES = re.compile(r"[^A-Za-z0-9._:-]+")
_LONGEST_CODE = 120  # as the schemas of claims have it


async def submit(visit: Visit, kind: str, data: Mapping[str, Any], *, field: Callable[[str], str]) -> Answer:
    """Send it. Its id is of its content: pressed twice it is one event. field: the form's field of a pointer into the
    data. Raises Rejected, each problem at its field.
    """
    body = canonical.write(data)
    digest = hashlib.sha256(body).hexdigest()[:24]
    event = {"specversion": "1.0", "type": kind, "source": visit.person.source, "id": f"{data['unit']}.{digest}"}
    try:
        return await visit.hub.submit(canonical.write({**event, "data": dict(data)}), dry_run=False)
    except Rejected as error:
        problems = [replace(problem, pointer=f"/{field(problem.pointer)}") for problem in error.problems]
        raise Rejected(problems, status=error.status) from error


def code_of(*parts: str) -> str:
    """A code made of what somebody typed: "2026", "12/CT-UBND" → "2026.12-ct-ubnd". Empty where nothing is left."""
    plain = (_OUT_OF_CODES.sub("-", fold(part)).strip("-._:") for part in parts)
    return ".".join(filter(None, plain))[:_LONGEST_CODE]
