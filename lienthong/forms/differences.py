"""How one version of a form differs from another, change by change. Pure. What that asks of its version: `versions`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lienthong.errors import Message
from lienthong.forms.renames import Steps, latest_code, steps_between
from lienthong.programmes import Check, Figure, Form

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


@dataclass(frozen=True, kw_only=True, slots=True)
class FormChange:
    """One difference between two versions. bump: what it asks for. subject: figure or check code."""

    bump: str
    kind: str
    subject: str
    message: Message


def figure_changes(old: Form, new: Form) -> Iterator[FormChange]:
    """What became of the figures, and of what they mean."""
    steps = steps_between(new.renames, old.version, new.version)
    followed = {code: latest_code(code, steps) for code in old.codes}
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


def check_changes(old: Form, new: Form) -> Iterator[FormChange]:
    """What became of the checks."""
    before = {check.code: check for check in old.checks}
    after = {check.code: check for check in new.checks}
    steps = steps_between(new.renames, old.version, new.version)
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
    right = tuple(latest_code(code, steps) for code in check.right)
    return check.kind, latest_code(check.left, steps), right, check.percent


def _change(bump: str, kind: str, subject: str, vi: str, en: str) -> FormChange:
    return FormChange(
        bump=bump, kind=kind, subject=subject, message=Message(vi=f"“{subject}” {vi}", en=f"{subject!r} {en}")
    )
