"""What a new version of a plan changes, and which forms need a new version for it. Pure.

Rounds that are open keep the version they opened with; a change counts for rounds opened after publishing.
How one form changed, and which version that asks for, is judged in `form_versions`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lienthong.errors import Message
from lienthong.forms.versions import Verdict, compatibility
from lienthong.programmes import Form, Plan

_KINDS = {
    "added": Message(vi="thêm", en="added"),
    "removed": Message(vi="bỏ", en="removed"),
    "changed": Message(vi="sửa", en="changed"),
}
_SECTIONS = {
    "plan": Message(vi="kế hoạch", en="plan"),
    "form": Message(vi="biểu mẫu", en="form"),
    "reporters": Message(vi="loại đơn vị", en="kind of unit"),
    "indicator": Message(vi="chỉ tiêu", en="indicator"),
    "obligation": Message(vi="nghĩa vụ báo cáo", en="obligation"),
    "schedule": Message(vi="kỳ số liệu", en="schedule"),
    "task": Message(vi="nhiệm vụ", en="task"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanChange:
    """One thing that was added, removed or changed. fields: what about it (`targets`, `deadlines`, …)."""

    section: str
    code: str
    kind: str
    fields: tuple[str, ...] = ()

    @property
    def message(self) -> Message:
        section, kind = _SECTIONS[self.section], _KINDS[self.kind]
        detail = f" ({', '.join(self.fields)})" if self.fields else ""
        return Message(
            vi=f"{kind.vi} {section.vi} {self.code}{detail}", en=f"{section.en} {self.code} {kind.en}{detail}"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class FormChange:
    """A form in both versions of the plan. accepted: its new version number says enough of the change."""

    form: str
    old_version: str
    new_version: str
    verdict: Verdict

    @property
    def accepted(self) -> bool:
        return self.verdict.accepts(self.new_version)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanDiff:
    """All changes from one version of a plan to the next."""

    changes: tuple[PlanChange, ...]
    forms: tuple[FormChange, ...]

    @property
    def empty(self) -> bool:
        return not self.changes


def changes(old: Plan, new: Plan) -> PlanDiff:
    """What `new` changes against `old`, two versions of one plan. Raises ValueError for two different plans."""
    if old.code != new.code:
        raise ValueError(f"{old.code} and {new.code} are two plans, not two versions of one")
    return PlanDiff(changes=tuple(_changes(old, new)), forms=tuple(_forms(old, new)))


def _changes(old: Plan, new: Plan) -> Iterator[PlanChange]:
    about = ("title", "programme", "programme_title", "issued_by", "document")
    fields = tuple(name for name in about if getattr(old, name) != getattr(new, name))
    if fields:
        yield PlanChange(section="plan", code=new.code, kind="changed", fields=fields)
    yield from _compared("reporters", _used(old), _used(new))
    yield from _compared("form", {f.code: f for f in old.forms}, {f.code: f for f in new.forms})
    yield from _compared("indicator", _by_code(old.indicators), _by_code(new.indicators))
    yield from _compared("obligation", _by_code(old.obligations), _by_code(new.obligations))
    yield from _compared("schedule", {s.frequency: s for s in old.schedules}, {s.frequency: s for s in new.schedules})
    yield from _compared("task", _by_code(old.tasks), _by_code(new.tasks))


def _compared(section: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[PlanChange]:
    for code in dict.fromkeys((*old, *new)):
        if code not in new:
            yield PlanChange(section=section, code=code, kind="removed")
        elif code not in old:
            yield PlanChange(section=section, code=code, kind="added")
        elif old[code] != new[code]:
            yield PlanChange(section=section, code=code, kind="changed", fields=_differing(old[code], new[code]))


def _differing(old: object, new: object) -> tuple[str, ...]:
    assert dataclasses.is_dataclass(old)
    return tuple(f.name for f in dataclasses.fields(old) if getattr(old, f.name) != getattr(new, f.name))


def _forms(old: Plan, new: Plan) -> Iterator[FormChange]:
    for form in new.forms:
        before: Form | None = old.form(form.code)
        if before is not None and before != form:
            yield FormChange(
                form=form.code,
                old_version=before.version,
                new_version=form.version,
                verdict=compatibility(before, form),
            )


def _used(plan: Plan) -> dict[str, object]:
    """The kinds of unit that the plan's forms and obligations name; a programme may define more."""
    names = {form.reporters for form in plan.forms} | {n for o in plan.obligations for n in o.reporters}
    return {name: kind for name, kind in plan.reporters.items() if name in names}


def _by_code(items: Iterable[object]) -> dict[str, object]:
    return {str(item.code): item for item in items}  # type: ignore[attr-defined]
