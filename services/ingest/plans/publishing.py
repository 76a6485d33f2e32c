"""What publishing a plan does to its forms: how each differs from the newest, and whether its version says so. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lienthong.errors import Message, Rejected
from lienthong.forms.versions import Verdict, compatibility, order, refusals
from lienthong.programmes import Form, Plan
from services.ingest.definitions.snapshot import Definitions


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """What publishing a plan did, or would do. version 0: the same plan was published before; nothing changed.

    changes: against the version before, in words; only when asked beforehand.
    """

    plan: str
    version: int
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    changes: tuple[Message, ...] = ()


def form_verdicts(definitions: Definitions, new: Plan) -> dict[str, Verdict]:
    """How each form differs from the newest one published under its code, also by a plan that has dropped it since.

    Raises Rejected for every change that its version hides.
    """
    newest: dict[str, Form] = {}
    for form in definitions.forms.values():
        if form.code not in newest or order(form.version) > order(newest[form.code].version):
            newest[form.code] = form
    verdicts = {form.code: compatibility(newest[form.code], form) for form in new.forms if form.code in newest}
    refused = [
        wrong
        for place, form in enumerate(new.forms)
        if form.code in verdicts and not verdicts[form.code].accepts(form.version)
        for wrong in refusals(verdicts[form.code], form, pointer=f"/plan/forms/{place}/version")
    ]
    if refused:
        raise Rejected(refused)
    return verdicts
