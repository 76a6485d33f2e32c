"""What becomes of a claim: accepted, repeated or refused, with every reason. Pure: no HTTP, SQL or clock.

Two steps, because some reasons hold only under the lock of the accepting transaction:
`check` looks at a claim and the definitions; `decide` looks at what the ledger holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from lienthong import events
from lienthong.access.tokens import Principal
from lienthong.calendar import day_of
from lienthong.contracts.explaining import CLASSIFIED
from lienthong.contracts.schemas import event_id
from lienthong.errors import Problem, Rejected
from lienthong.forms.schema import form_id
from lienthong.forms.values import checks, number_problems, values
from lienthong.forms.versions import bring_up
from lienthong.programmes import Form
from lienthong.refusals import problem
from lienthong.rounds.opening import OpenRound
from services.ingest.claims.claim import Claim
from services.ingest.definitions.snapshot import Definitions

ERASED_SALT = bytes(16)
"""What stands in place of the salt once a text was redacted: the content can no longer be compared."""

Key = tuple[str, str, str]
"""A report: (round, form, unit)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """A claim that nothing but the ledger can refuse any more (problems is empty), or can't be accepted.

    key: the report it is about, None for other claims. values: scaled integers in the order of the round's
    form. item: unit and item id of a content item. late_from: the deadline.
    """

    claim: Claim
    client: str
    province: str
    problems: tuple[Problem, ...] = ()
    key: Key | None = None
    revision: int | None = None
    form_version: str | None = None
    values: tuple[int | None, ...] = ()
    warnings: tuple[Problem, ...] = ()
    late_from: datetime | None = None
    item: tuple[str, str] | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def unit(self) -> str | None:
        if self.key is not None:
            return self.key[2]
        unit = self.data.get("unit")
        return unit if isinstance(unit, str) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """The latest of a report in the ledger: highest accepted revision, and whether it was withdrawn."""

    revision: int
    withdrawn: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What the ledger remembers of an event id."""

    type: str
    content_hash: bytes
    salt: bytes
    receipt: Mapping[str, Any]


def key_of(claim: Claim) -> Key | None:
    """The report that a claim speaks of, by its own words; None for other claims and where the words are missing."""
    data = claim.data if claim.type in (events.REPORT_SUBMITTED, events.REPORT_WITHDRAWAL) else None
    if not isinstance(data, dict):
        return None
    round_, form, unit = data.get("round"), data.get("form"), data.get("unit")
    if not (isinstance(round_, str) and isinstance(form, str) and isinstance(unit, str)):
        return None
    return round_, form, unit


def before(claim: Claim, definitions: Definitions) -> Key | None:
    """The unit's report of the round before, when the form has a check against it."""
    data = claim.data if claim.type == events.REPORT_SUBMITTED and isinstance(claim.data, dict) else {}
    round_, unit = definitions.rounds.get(str(data.get("round"))), data.get("unit")
    form = None if round_ is None else definitions.form_of(round_, str(data.get("form")))
    if round_ is None or form is None or not isinstance(unit, str):
        return None
    if not any(check.kind == "change" for check in form.checks):
        return None
    earlier = definitions.round_before(round_)
    return None if earlier is None else (earlier.code, form.code, unit)


def check(
    claim: Claim,
    principal: Principal,
    definitions: Definitions,
    now: datetime,
    previous: Mapping[str, Any] | None = None,
) -> Checked:
    """Everything about a claim that needs no look at the ledger. Never raises for what a sender can send.

    previous: figures of the report that `before` names, for checks of change.

    A client that may not use the source is told only that: its event's id is not looked up (raises Rejected).
    """
    if not principal.may_use_source(claim.source):
        raise Rejected(
            [
                problem(
                    "/source",
                    "source_not_allowed",
                    source=claim.source,
                )
            ],
            status=403,
        )
    if claim.type == events.REPORT_SUBMITTED:
        return _check_report(claim, principal, definitions, now, previous)
    if claim.type == events.REPORT_WITHDRAWAL:
        return _check_withdrawal(claim, principal, definitions, now)
    return _check_other(claim, principal, definitions, now)


def decide(checked: Checked, known: Entry | None, slot: Slot | None, same: bool) -> tuple[str, tuple[Problem, ...]]:
    """`accepted`, `repeated` or `refused` (with problems).

    known: what the ledger holds under this id. same: whether its content is this content. slot: the latest
    revision of the report, read under its lock.
    """
    if known is not None:
        if same and known.type == checked.claim.type:
            return "repeated", ()
        return "refused", (
            problem(
                "/id",
                "id_used_for_other_content",
                id=checked.claim.id,
            ),
        )
    if any(p.code == CLASSIFIED for p in checked.problems):  # nothing else is said of a classified submission
        return "refused", tuple(p for p in checked.problems if p.code == CLASSIFIED)
    found = (*checked.problems, *_order_problems(checked, slot))
    return ("refused", found) if found else ("accepted", ())


def _order_problems(checked: Checked, slot: Slot | None) -> tuple[Problem, ...]:
    if checked.key is None or checked.revision is None:
        return ()
    if checked.claim.type == events.REPORT_WITHDRAWAL:
        return _withdrawal_order(checked.revision, slot)
    if slot is not None and checked.revision <= slot.revision:
        return (
            problem(
                "/data/revision",
                "revision_not_higher",
                highest=slot.revision,
            ),
        )
    return ()


def _withdrawal_order(revision: int, slot: Slot | None) -> tuple[Problem, ...]:
    if slot is None:
        return (problem("/data", "nothing_to_withdraw"),)
    if slot.withdrawn:
        return (
            problem(
                "/data/revision",
                "already_withdrawn",
                highest=slot.revision,
            ),
        )
    if revision != slot.revision:
        return (
            problem(
                "/data/revision",
                "revision_not_highest",
                highest=slot.revision,
            ),
        )
    return ()


def _check_report(
    claim: Claim, principal: Principal, definitions: Definitions, now: datetime, previous: Mapping[str, Any] | None
) -> Checked:
    data = claim.data if isinstance(claim.data, dict) else {}
    problems = _schema_problems(claim, data, definitions)
    valid = not problems
    problems = [*_scope(principal, "report:submit"), *problems]
    round_, form = _place(data, principal, definitions, now, problems)
    if round_ is None or form is None:
        return _refusable(claim, principal, data, problems)
    unit = data.get("unit")
    problems.extend(_obliged_problems(round_, form.code, unit))
    given = definitions.forms.get((form.code, str(data.get("formVersion"))))
    packed: tuple[int | None, ...] = ()
    warnings: list[Problem] = []
    figures = data.get("figures")
    if given is not None and isinstance(figures, dict):
        fit = definitions.fit_of(given)
        plain = fit.pack(figures) if valid else None
        if plain is None or not fit.passes(plain):
            problems.extend(number_problems(given, figures, at="/data/figures"))
            errors, warnings = checks(given, figures, previous, at="/data/figures")
            problems.extend(errors)
        if plain is not None and given.version == form.version:
            packed = tuple(plain)
        elif not problems:
            packed = _packed(given, form, figures)
    return Checked(
        claim=claim,
        client=principal.client_id,
        province=round_.province,
        problems=tuple(problems),
        data=data,
        key=(round_.code, form.code, str(unit)),
        revision=_revision(data),
        form_version=form.version,
        values=packed,
        warnings=tuple(warnings),
        late_from=round_.deadline_of(form.code, str(unit)),
    )


def _check_withdrawal(claim: Claim, principal: Principal, definitions: Definitions, now: datetime) -> Checked:
    data = claim.data if isinstance(claim.data, dict) else {}
    problems = [
        *_scope(principal, "report:submit"),
        *definitions.contracts.problems(event_id(claim.type), claim.data, at="/data"),
    ]
    round_, form = _place(data, principal, definitions, now, problems)
    if round_ is None or form is None:
        return _refusable(claim, principal, data, problems)
    unit = str(data.get("unit"))
    return Checked(
        claim=claim,
        client=principal.client_id,
        province=round_.province,
        problems=tuple(problems),
        data=data,
        key=(round_.code, form.code, unit),
        revision=_revision(data),
        form_version=form.version,
        late_from=round_.deadline_of(form.code, unit),
    )


def _check_other(claim: Claim, principal: Principal, definitions: Definitions, now: datetime) -> Checked:
    """Difficulties raised, content items and their withdrawal."""
    data = claim.data if isinstance(claim.data, dict) else {}
    content = claim.type in (events.CONTENT_SUBMITTED, events.CONTENT_WITHDRAWAL)
    problems = [
        *_scope(principal, "content:submit" if content else "report:submit"),
        *definitions.contracts.problems(event_id(claim.type), claim.data, at="/data"),
    ]
    unit, own = data.get("unit"), None
    if isinstance(unit, str):
        own = definitions.province_of(unit, day_of(now))
        problems.extend(_right_problems(unit, own or "", principal, definitions, now))
        if not definitions.registry.exists(unit, on=day_of(now)):
            problems.append(
                problem(
                    "/data/unit",
                    "unit_unknown",
                    unit=unit,
                )
            )
    plan = data.get("plan")
    if isinstance(plan, str) and plan not in definitions.plans:
        problems.append(problem("/data/plan", "plan_unknown", plan=plan))
    item = data.get("item")
    return Checked(
        claim=claim,
        client=principal.client_id,
        province=own or principal.province,
        problems=tuple(problems),
        data=data,
        revision=_revision(data),
        item=(str(unit), str(item)) if content else None,
    )


def _refusable(claim: Claim, principal: Principal, data: Mapping[str, Any], problems: list[Problem]) -> Checked:
    assert problems, "a claim without a place has a reason"
    return Checked(
        claim=claim, client=principal.client_id, province=principal.province, problems=tuple(problems), data=data
    )


def _scope(principal: Principal, scope: str) -> list[Problem]:
    if scope in principal.scopes:
        return []
    return [
        problem(
            "",
            "scope_missing",
            scope=scope,
        )
    ]


def _schema_problems(claim: Claim, data: Mapping[str, Any], definitions: Definitions) -> list[Problem]:
    """Faults under the form's own schema when the form is known, else under the generic shape of a report."""
    form, version = data.get("form"), data.get("formVersion")
    if isinstance(form, str) and isinstance(version, str) and (form, version) in definitions.forms:
        return definitions.contracts.problems(form_id(form, version), claim.data, at="/data")
    return definitions.contracts.problems(event_id(claim.type), claim.data, at="/data")


def _place(
    data: Mapping[str, Any], principal: Principal, definitions: Definitions, now: datetime, problems: list[Problem]
) -> tuple[OpenRound | None, Form | None]:
    """The open round and its form that the data name; what is wrong about them and the client's right to report for
    the unit there is added to `problems`."""
    round_, form = _round_and_form(data, definitions, problems)
    unit = data.get("unit")
    if isinstance(unit, str):
        province = round_.province if round_ is not None else principal.province
        problems.extend(_right_problems(unit, province, principal, definitions, now))
    return round_, form


def _round_and_form(
    data: Mapping[str, Any], definitions: Definitions, problems: list[Problem]
) -> tuple[OpenRound | None, Form | None]:
    code, form_code = data.get("round"), data.get("form")
    if not isinstance(code, str) or not isinstance(form_code, str):
        return None, None  # the schema said so
    round_ = definitions.rounds.get(code)
    if round_ is None:
        problems.append(_round_problem(code, definitions))
        return None, None
    if round_.locked:
        problems.append(problem("/data/round", "round_locked", round=code))
    form = definitions.form_of(round_, form_code)
    if form is None:
        problems.append(
            problem(
                "/data/form",
                "form_not_in_round",
                round=code,
                form=form_code,
                forms=sorted(round_.form_versions),
            )
        )
        return round_, None
    problems.extend(_version_problems(data.get("formVersion"), form, definitions))
    return round_, form


def _version_problems(version: object, form: Form, definitions: Definitions) -> list[Problem]:
    if version == form.version or not isinstance(version, str):
        return []
    if (form.code, version) not in definitions.forms:
        return [
            problem(
                "/data/formVersion",
                "form_version_unknown",
                form=form.code,
                unknown=version,
                version=form.version,
            )
        ]
    if _order(version) > _order(form.version):
        return [
            problem(
                "/data/formVersion",
                "form_version_too_new",
                version=form.version,
                given=version,
            )
        ]
    return []


def _round_problem(code: str, definitions: Definitions) -> Problem:
    opens = definitions.planned_round(code)
    if opens is not None:
        return problem(
            "/data/round",
            "round_not_open",
            round=code,
            day=opens,
            opens=opens.isoformat(),
        )
    return problem("/data/round", "round_unknown", round=code)


def _right_problems(
    unit: str, province: str, principal: Principal, definitions: Definitions, now: datetime
) -> list[Problem]:
    if principal.may_act_for(unit, province=province, successors=lambda u: definitions.successors(u, day_of(now))):
        return []
    return [
        problem(
            "/data/unit",
            "unit_not_allowed",
            unit=unit,
        )
    ]


def _obliged_problems(round_: OpenRound, form: str, unit: object) -> list[Problem]:
    if not isinstance(unit, str) or round_.locked or unit in round_.obliged.get(form, ()):
        return []
    owed = round_.owes(unit)
    return [
        problem(
            "/data/unit",
            "unit_not_obliged",
            unit=unit,
            form=form,
            round=round_.code,
            owes=owed,
        )
    ]


def _packed(given: Form, form: Form, figures: Mapping[str, Any]) -> tuple[int | None, ...]:
    """Scaled integers in the order of the round's form, older figures brought up by declared renames."""
    if given.version != form.version:
        figures = bring_up(
            figures, from_version=given.version, to_version=form.version, renames=form.renames, codes=form.codes
        )
    return tuple(values(form, figures, at="/data/figures"))


def _revision(data: Mapping[str, Any]) -> int | None:
    """The revision; JSON Schema takes 1.0 for a whole number too."""
    found = data.get("revision")
    if isinstance(found, Decimal) and found == found.to_integral_value():
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
