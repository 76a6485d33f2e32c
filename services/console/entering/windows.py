"""One report that is typed in several windows, or sent from elsewhere meanwhile: what a page was made from, what it
sends back, what two drafts say differently. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from lienthong.errors import Message
from lienthong.refusals import refused
from services.console.entering import offering
from services.console.entering.drafts import ANY, Basis, Draft, DraftKey
from services.console.entering.form import Texts, names, taken_field, typed_of
from services.console.entering.owed_report import OwedReport
from services.console.page import Visit


def draft_key(visit: Visit, report: OwedReport) -> DraftKey:
    """Whose draft of what."""
    return DraftKey(person=visit.person.login, unit=report.unit, round=report.round, form=report.form)


def texts_in(form: Mapping[str, object], report: OwedReport) -> Mapping[str, str]:
    """The form's own fields of what was sent, none longer than it can hold."""
    texts = {name: str(form.get(name, ""))[:most] for name, most in names(report.schema).items()}
    return {name: text for name, text in texts.items() if text}


def revision_in(form: Mapping[str, object], report: OwedReport) -> int:
    """The revision that the page was shown for: pressed twice it is one report, and a correction that came from
    elsewhere in the meantime is not overwritten unseen."""
    text = str(form.get("revision", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else report.revision


def basis_in(form: Mapping[str, object]) -> Basis:
    """The draft that the page was made from; a page that does not say overwrites, as it always did."""
    if "kept" not in form:
        return ANY
    try:
        return Basis(saved_at=datetime.fromisoformat(str(form["kept"])) if form["kept"] else None)
    except ValueError:
        raise refused("form_unreadable") from None


def is_basis(draft: Draft, basis: Basis) -> bool:
    """Whether the page was made from this draft, or means to overwrite whichever there is."""
    return basis.any or draft.saved_at == basis.saved_at


def differences(report: OwedReport, others: Texts, typed: Texts) -> list[tuple[str, Message | None, str, str]]:
    """What two drafts say differently: the field's id, a figure's label (None for another field), both texts."""
    labels = {name: field.label for field in report.fields for name in (field.id, field.none)}
    marks = {taken_field(field.code) for field in report.fields}
    changed = [name for name in names(report.schema) if others.get(name, "") != typed.get(name, "")]
    return [
        (name, labels.get(name), others.get(name, ""), typed.get(name, "")) for name in changed if name not in marks
    ]


def beginning(report: OwedReport, visit: Visit) -> Texts:
    """What a form begins with that nobody typed into: the report as it was accepted, nothing without one."""
    if not report.accepted:
        return {}
    typed = typed_of(report.accepted, report.schema, visit.words.lang)
    return typed | offering.taken_marks(report.accepted, report.offers)
