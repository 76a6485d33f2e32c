"""What a new version of a form does to reports on older ones. Pure.

Versions are `major.minor.patch`. What a change asks for:

    patch    wording of labels and messages, order of figures, a check that became milder
    minor    a new figure (not reported in older reports), a declared rename, a status value added at the end,
             a new warning
    major    a figure taken out, another measure or other people counted, a new or stricter refusing check
    never    another kind, other decimals, another start of a cumulative figure, status values taken out or in
             another order: that is another figure and needs its own code

An older version keeps being accepted: its reports are brought up to the version their round opened with (`renames`).
"""

from __future__ import annotations

from dataclasses import dataclass

from lienthong.errors import Problem, Rejected
from lienthong.forms.differences import FormChange, check_changes, figure_changes
from lienthong.forms.version_numbers import next_version, order
from lienthong.programmes import Form
from lienthong.refusals import joined, phrase, problem

BUMPS = ("none", "patch", "minor", "major", "never")


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


def compatibility(old: Form, new: Form) -> VersionVerdict:
    """What changed from old to new, and which version that asks for; the version of `new` is not judged."""
    changes = (*figure_changes(old, new), *check_changes(old, new))
    bump = max((change.bump for change in changes), key=BUMPS.index, default="none")
    return VersionVerdict(
        old_version=old.version, bump=bump, next_version=next_version(old.version, bump), changes=changes
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
            version=next_version(new.version, "patch") if again else verdict.next_version,
            bump=verdict.bump,
        )
    ]
