"""What a new version of a plan changes, and which forms need a new version for it. Pure.

Rounds that are open keep the version they opened with; a change counts for rounds opened after publishing.
How one form changed, and which version that asks for, is judged in `form_versions`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lienthong.errors import Message
from lienthong.forms.versions import VersionVerdict, compatibility
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


MEMBERS = {
    "label": Message(vi="tên", en="name"),
    "title": Message(vi="tên", en="title"),
    "name": Message(vi="tên", en="name"),
    "programme": Message(vi="chương trình, đề án", en="programme"),
    "programme_title": Message(vi="tên chương trình, đề án", en="title of the programme"),
    "issued_by": Message(vi="cơ quan ban hành", en="issuing unit"),
    "document": Message(vi="văn bản ban hành", en="document that issued it"),
    "responsibilities": Message(vi="phân công trách nhiệm", en="responsibilities"),
    "systems": Message(vi="hệ thống cung cấp số liệu", en="systems that supply figures"),
    "outside": Message(vi="nội dung gửi theo kênh riêng", en="what goes through channels of its own"),
    "reminders": Message(vi="ngày, giờ đôn đốc", en="days and hour of reminders"),
    "computed": Message(vi="số liệu hệ thống tự tính", en="figures that the hub computes"),
    "reported_only": Message(vi="số liệu chỉ do đơn vị báo cáo", en="figures that only units report"),
    "unit_values_public": Message(
        vi="việc gửi số liệu từng đơn vị lên nền tảng", en="whether units' own figures go to the platform"
    ),
    "people_of": Message(vi="nguồn dân số", en="whose population counts"),
    "level": Message(vi="cấp", en="level"),
    "group": Message(vi="nhóm đơn vị", en="group of units"),
    "types": Message(vi="loại cơ quan", en="kinds of agency"),
    "except_types": Message(vi="loại cơ quan được trừ ra", en="kinds of agency left out"),
    "units": Message(vi="đơn vị", en="units"),
    "reporters": Message(vi="đơn vị phải báo cáo", en="units that report"),
    "version": Message(vi="phiên bản", en="version"),
    "figures": Message(vi="số liệu", en="figures"),
    "checks": Message(vi="quy tắc kiểm tra", en="checks"),
    "renames": Message(vi="số liệu đổi mã", en="figures with a new code"),
    "official": Message(vi="mã theo danh mục của Nhà nước", en="official code"),
    "measure": Message(vi="đơn vị tính", en="measure"),
    "decimals": Message(vi="số chữ số thập phân", en="decimals"),
    "levels": Message(vi="cấp được đánh giá", en="levels"),
    "computation": Message(vi="cách tính", en="computation"),
    "targets": Message(vi="mục tiêu", en="targets"),
    "baseline": Message(vi="số liệu gốc", en="baseline"),
    "minimum_coverage": Message(vi="tỷ lệ báo cáo tối thiểu", en="minimum coverage"),
    "quote": Message(vi="câu trích văn bản", en="quoted phrase"),
    "restored": Message(vi="câu trích đã khôi phục dấu", en="restored phrase"),
    "note": Message(vi="ghi chú", en="note"),
    "assumption": Message(vi="điều giả định", en="assumption"),
    "concept": Message(vi="khái niệm chung", en="concept"),
    "kind": Message(vi="loại nghĩa vụ", en="kind"),
    "to": Message(vi="nơi nhận báo cáo", en="recipient"),
    "via": Message(vi="đơn vị đầu mối", en="unit that it goes via"),
    "to_text": Message(vi="nơi nhận theo văn bản", en="recipient as written"),
    "via_text": Message(vi="đơn vị đầu mối theo văn bản", en="via as written"),
    "frequency": Message(vi="định kỳ", en="frequency"),
    "on_demand": Message(vi="báo cáo đột xuất", en="reports on demand"),
    "deadlines": Message(vi="hạn gửi", en="deadlines"),
    "amendments": Message(vi="đường gửi đề nghị điều chỉnh kế hoạch", en="road of what asks for a change of the plan"),
    "answer_within": Message(vi="thời hạn trả lời", en="days to answer"),
    "drafted_by": Message(vi="cơ quan dự thảo", en="who drafts"),
    "sent_by": Message(vi="cơ quan gửi", en="who sends"),
    "regime": Message(vi="chế độ báo cáo", en="reporting regime"),
    "first_year": Message(vi="năm đầu", en="first year"),
    "last_year": Message(vi="năm cuối", en="last year"),
    "spans": Message(vi="ngày đầu, ngày chốt số liệu", en="first day and close of data"),
    "lead": Message(vi="đơn vị chủ trì", en="lead unit"),
    "partners": Message(vi="đơn vị phối hợp", en="partners"),
    "result": Message(vi="kết quả phải có", en="result"),
    "due": Message(vi="thời hạn", en="due day"),
    "due_text": Message(vi="thời hạn theo văn bản", en="due as written"),
    "done_when": Message(vi="khi nào là hoàn thành", en="when it is done"),
    "no_lead": Message(vi="lý do chưa nêu đơn vị chủ trì", en="why no lead is named"),
}
"""What a member of a plan, or of a part of it, is called by who publishes the plan."""
COMPARED = frozenset({"code", "version", "reporters", "forms", "indicators", "obligations", "schedules", "tasks"})
"""Members of a plan that are compared part by part, or are no change of what it says."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanChange:
    """One thing that was added, removed or changed. name: what it is called, where it has a name beside its code.
    fields: what about it (`targets`, `deadlines`, …).
    """

    section: str
    code: str
    kind: str
    fields: tuple[str, ...] = ()
    name: Message | None = None

    @property
    def message(self) -> Message:
        """ "sửa chỉ tiêu I-119-01 (Tỷ lệ …): mục tiêu, đơn vị tính"."""
        section, kind = _SECTIONS[self.section], _KINDS[self.kind]
        members = [MEMBERS[field] for field in self.fields]
        name = self.name or Message(vi="", en="")
        return Message(
            vi=f"{kind.vi} {section.vi} {_part_words(self.code, name.vi, [member.vi for member in members])}",
            en=f"{kind.en} {section.en} {_part_words(self.code, name.en, [member.en for member in members])}",
        )


def _part_words(code: str, name: str, members: list[str]) -> str:
    return code + (f" ({name})" if name else "") + (f": {', '.join(members)}" if members else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class FormChange:
    """A form in both versions of the plan. accepted: its new version number says enough of the change."""

    form: str
    old_version: str
    new_version: str
    verdict: VersionVerdict

    @property
    def is_accepted(self) -> bool:
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
    fields = tuple(name for name in _differing_fields(old, new) if name not in COMPARED)
    if fields:
        yield PlanChange(section="plan", code=new.code, kind="changed", fields=fields, name=new.title)
    yield from _part_changes("reporters", _used_reporters(old), _used_reporters(new))
    yield from _part_changes("form", {f.code: f for f in old.forms}, {f.code: f for f in new.forms})
    yield from _part_changes("indicator", _by_code(old.indicators), _by_code(new.indicators))
    yield from _part_changes("obligation", _by_code(old.obligations), _by_code(new.obligations))
    yield from _part_changes(
        "schedule", {s.frequency: s for s in old.schedules}, {s.frequency: s for s in new.schedules}
    )
    yield from _part_changes("task", _by_code(old.tasks), _by_code(new.tasks))


def _part_changes(section: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[PlanChange]:
    for code in dict.fromkeys((*old, *new)):
        if code not in new:
            yield PlanChange(section=section, code=code, kind="removed", name=_name(old[code]))
        elif code not in old:
            yield PlanChange(section=section, code=code, kind="added", name=_name(new[code]))
        elif old[code] != new[code]:
            fields = _differing_fields(old[code], new[code])
            yield PlanChange(section=section, code=code, kind="changed", fields=fields, name=_name(new[code]))


def _name(part: object) -> Message | None:
    """What a part of a plan is called; None for one that has a code alone."""
    name: Message | None = getattr(part, "title", None) or getattr(part, "label", None)
    return name


def _differing_fields(old: object, new: object) -> tuple[str, ...]:
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


def _used_reporters(plan: Plan) -> dict[str, object]:
    """The kinds of unit that the plan's forms and obligations name; a programme may define more."""
    names = {form.reporters for form in plan.forms} | {n for o in plan.obligations for n in o.reporters}
    return {name: kind for name, kind in plan.reporters.items() if name in names}


def _by_code(items: Iterable[object]) -> dict[str, object]:
    return {str(item.code): item for item in items}  # type: ignore[attr-defined]
