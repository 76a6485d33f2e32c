"""What a new version of a form does to reports on older ones. Pure.

Versions are `major.minor.patch`. What a change asks for:

    patch    wording of labels and messages, order of figures, a check that became milder
    minor    a new figure (not reported in older reports), a declared rename, a status value added at the end,
             a new warning
    major    a figure taken out, another measure or other people counted, a new or stricter refusing check
    never    another kind, other decimals, another start of a cumulative figure, status values taken out or in
             another order: that is another figure and needs its own code

An older version keeps being accepted: its reports are brought up to the version their round opened with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lienthong.errors import Message, Problem, Rejected
from lienthong.programmes import Check, Figure, Form, Rename
from lienthong.refusals import joined, phrase, problem

V = TypeVar("V")

# The mark of the tone may stand on either vowel: both are in use, neither changes the word.
_SPELLINGS = (
    *(
        (f"o{old}", f"{new}{last}")
        for last in "ae"
        for old, new in zip({"a": "áàảãạ", "e": "éèẻẽẹ"}[last], "óòỏõọ", strict=True)
    ),
    *((f"u{old}", f"{new}y") for old, new in zip("ýỳỷỹỵ", "úùủũụ", strict=True)),
    ("«", "“"),
    ("»", "”"),
)

BUMPS = ("none", "patch", "minor", "major", "never")


@dataclass(frozen=True, kw_only=True, slots=True)
class FormChange:
    """One difference between two versions. bump: what it asks for. subject: figure or check code."""

    bump: str
    kind: str
    subject: str
    message: Message


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionVerdict:
    """All differences, and the lowest version that the new form may bear.

    next_version is None when some change is never allowed under the same code.
    """

    old_version: str
    bump: str
    next_version: str | None
    changes: tuple[FormChange, ...]

    def accepts(self, version: str) -> bool:
        """Whether the new form may be published under this version."""
        if self.bump == "none":
            return order(version) >= order(self.old_version)
        return self.next_version is not None and order(version) >= order(self.next_version)


def order(version: str) -> tuple[int, int, int]:
    """`1.10.2` → (1, 10, 2), for comparing. Raises ValueError for anything else."""
    major, minor, patch = version.split(".")
    return int(major), int(minor), int(patch)


def compatibility(old: Form, new: Form) -> VersionVerdict:
    """What changed from old to new, and which version that asks for; the version of `new` is not judged."""
    changes = (*_figure_changes(old, new), *_check_changes(old, new))
    bump = max((change.bump for change in changes), key=BUMPS.index, default="none")
    return VersionVerdict(
        old_version=old.version, bump=bump, next_version=_next_version(old.version, bump), changes=changes
    )


def refuse_silent_break(old: Form, new: Form) -> VersionVerdict:
    """The verdict. Raises Rejected when the new form's version hides what it does to old reports."""
    verdict = compatibility(old, new)
    if verdict.accepts(new.version):
        return verdict
    raise Rejected(refusals(verdict, new))


def refusals(verdict: VersionVerdict, new: Form, *, pointer: str = "") -> list[Problem]:
    """What is wrong with a form whose version hides what changed: the changes that no version allows, or else the
    version that it needs. A form that is the same, but whose schema is made in another way, needs the next patch.
    """
    if verdict.next_version is None:
        return [
            problem(
                pointer,
                "form_change_needs_new_code",
                form=new.code,
                change=change.message,
                kind=change.kind,
                figure=change.subject,
            )
            for change in verdict.changes
            if change.bump == "never"
        ]
    lower = order(new.version) < order(verdict.old_version)
    nothing = phrase("version_is_lower" if lower else "schema_made_otherwise")
    messages = [change.message for change in verdict.changes] or [nothing]
    again = verdict.bump == "none" and not lower
    return [
        problem(
            pointer,
            "form_changed_without_version",
            form=new.code,
            given=new.version,
            changes=joined(messages, "; "),
            version=_next_version(new.version, "patch") if again else verdict.next_version,
            bump=verdict.bump,
        )
    ]


def bring_up(
    figures: Mapping[str, V | None],
    *,
    from_version: str,
    to_version: str,
    renames: Iterable[Rename],
    codes: Sequence[str],
) -> dict[str, V | None]:
    """The figures of an older report under the codes of a later version, in the order of `codes`.

    Declared renames between the two versions are followed in order; a figure that the later version has anew
    is None (not reported); one that it no longer has is left out. The original report is not touched.
    Raises Rejected (`form_version_too_new`) when the report is the later one.
    """
    if order(from_version) > order(to_version):
        raise Rejected(
            [
                problem(
                    "/formVersion",
                    "form_version_too_new",
                    version=to_version,
                    given=from_version,
                )
            ]
        )
    steps = _steps(renames, from_version, to_version)
    current = {_latest_code(code, steps): value for code, value in figures.items()}
    return {code: current.get(code) for code in codes}


Steps = list[dict[str, str]]
"""Renames old → new, version by version; those of one version happen at once (two codes may swap)."""


def _steps(renames: Iterable[Rename], low: str, high: str) -> Steps:
    steps: dict[tuple[int, int, int], dict[str, str]] = {}
    for rename in renames:
        if order(low) < order(rename.since) <= order(high):
            steps.setdefault(order(rename.since), {})[rename.old] = rename.new
    return [steps[version] for version in sorted(steps)]


def _latest_code(code: str, steps: Steps) -> str:
    for step in steps:
        code = step.get(code, code)
    return code


def _next_version(version: str, bump: str) -> str | None:
    major, minor, patch = order(version)
    return {
        "none": version,
        "patch": f"{major}.{minor}.{patch + 1}",
        "minor": f"{major}.{minor + 1}.0",
        "major": f"{major + 1}.0.0",
    }.get(bump)


def _figure_changes(old: Form, new: Form) -> Iterator[FormChange]:
    steps = _steps(new.renames, old.version, new.version)
    followed = {code: _latest_code(code, steps) for code in old.codes}
    after = {figure.code: figure for figure in new.figures}
    for figure in old.figures:
        target = after.get(followed[figure.code])
        if target is None:
            yield _change("major", "figure_removed", figure.code, "bị bỏ", "is taken out")
            continue
        if target.code != figure.code:
            yield _change(
                "minor",
                "figure_renamed",
                figure.code,
                f"đổi mã thành “{target.code}”",
                f"is renamed to {target.code!r}",
            )
        yield from _meaning_changes(figure, target)
    kept = [code for code in followed.values() if code in after]
    for code in new.codes:
        if code not in kept:
            yield _change(
                "minor",
                "figure_added",
                code,
                "được thêm; báo cáo cũ coi là chưa có số liệu",
                "is added; older reports count as not reported",
            )
    if kept != [code for code in new.codes if code in kept]:
        yield _change("patch", "figures_reordered", new.code, "đổi thứ tự số liệu", "orders its figures anew")


def _meaning_changes(old: Figure, new: Figure) -> Iterator[FormChange]:
    for name, vi, en in (
        ("kind", "loại", "kind"),
        ("decimals", "số chữ số thập phân", "decimals"),
        ("since", "mốc lũy kế", "start"),
        ("reported_by", "đơn vị báo cáo", "reporters"),
    ):
        if getattr(old, name) != getattr(new, name):
            step = f"{getattr(old, name)} → {getattr(new, name)}"
            yield _change(
                "never",
                f"{name}_changed",
                new.code,
                f"đổi {vi} ({step}); cần mã số liệu mới",
                f"changes its {en} ({step}); it needs a new code",
            )
    yield from _status_changes(old, new)
    for name, vi, en in (("measure", "đơn vị tính", "measure"), ("counts", "đối tượng tính", "what it counts")):
        if not _says_the_same(getattr(old, name), getattr(new, name)):
            yield _change("major", f"{name}_changed", new.code, f"đổi {vi}", f"changes {en}")
    if _wording(old) != _wording(new):
        yield _change("patch", "wording_changed", new.code, "đổi cách ghi", "is worded anew")


def _wording(figure: Figure) -> tuple[object, ...]:
    """What may be worded anew without another meaning; `counts` and `measure` only in their spelling."""
    return (
        figure.label,
        figure.quote,
        figure.restored,
        figure.assumption,
        figure.official,
        figure.counts,
        figure.measure,
    )


def _says_the_same(old: Message, new: Message) -> bool:
    """Equal but for spelling: “luỹ kế” and “lũy kế” are one word, « and “ one mark."""
    return _one_spelling(old.vi) == _one_spelling(new.vi) and old.en == new.en


def _one_spelling(text: str) -> str:
    for old, new in _SPELLINGS:
        text = text.replace(old, new)
    return text


def _status_changes(old: Figure, new: Figure) -> Iterator[FormChange]:
    before, after = [v.code for v in old.values], [v.code for v in new.values]
    if after[: len(before)] != before:
        # Values are kept as places in the list: another order would give old reports another meaning.
        yield _change(
            "never",
            "status_values_changed",
            new.code,
            "bỏ hoặc đổi thứ tự giá trị; cần mã số liệu mới",
            "takes out or reorders values; it needs a new code",
        )
    elif len(after) > len(before):
        yield _change(
            "minor", "status_values_added", new.code, "thêm giá trị ở cuối danh sách", "has new values at the end"
        )
    elif old.values != new.values:
        yield _change("patch", "wording_changed", new.code, "đổi tên giá trị", "words its values anew")


def _check_changes(old: Form, new: Form) -> Iterator[FormChange]:
    before = {check.code: check for check in old.checks}
    after = {check.code: check for check in new.checks}
    steps = _steps(new.renames, old.version, new.version)
    for code in (code for code in before if code not in after):
        yield _change("patch", "check_removed", code, "bị bỏ", "is taken out")
    for code, check in after.items():
        old_check = before.get(code)
        if old_check is None:
            bump = "major" if "error" in _severity(check) else "minor"
            yield _change(bump, "check_added", code, f"được thêm ({check.severity})", f"is added ({check.severity})")
        elif _rule(old_check, steps) != _rule(check, []) or _severity(old_check) != _severity(check):
            bump = "major" if "error" in _severity(check) else "minor"
            yield _change(bump, "check_changed", code, "thay đổi", "changed")
        elif old_check.message != check.message:
            yield _change("patch", "wording_changed", code, "đổi cách ghi", "is worded anew")


def _severity(check: Check) -> tuple[object, ...]:
    """What a check does, now and from a day on."""
    return (check.severity,) if check.error_from is None else (check.severity, "error", check.error_from)


def _rule(check: Check, steps: Steps) -> tuple[object, ...]:
    """What a check demands, under the codes after the renames."""
    right = tuple(_latest_code(code, steps) for code in check.right)
    return check.kind, _latest_code(check.left, steps), right, check.percent


def _change(bump: str, kind: str, subject: str, vi: str, en: str) -> FormChange:
    return FormChange(
        bump=bump, kind=kind, subject=subject, message=Message(vi=f"“{subject}” {vi}", en=f"{subject!r} {en}")
    )
