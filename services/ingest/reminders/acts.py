"""What people do about reminders: say how a unit is told, and have units reminded now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lienthong.access import edits
from lienthong.access.edits import UNSAID, Edited, Seen
from lienthong.calendar import day_of
from lienthong.contracts.collected import refuse
from lienthong.errors import Problem, Rejected
from lienthong.eventlog.installation import installation
from lienthong.postgres.answers import value
from lienthong.pushes.signing import new_secret
from lienthong.refusals import problem, refused
from lienthong.rounds.round import OpenRound
from services.ingest.definitions.loading import whole_round
from services.ingest.office.act import Act
from services.ingest.reminders import SQL, contacts
from services.ingest.reminders.contacts import Contact
from services.ingest.reminders.owing import earliest, owed_of
from services.ingest.reminders.writing import NOBODY, WantedReminder, put

CONTACT_SCOPE = "operate:units"
CONTACT_ACTS = ("contact.set", "contact.removed")
ASK_SCOPES = ("operate:rounds", "report:review")
"""Who runs a round may, and who reviews its reports: by the first of these that the actor holds."""


def contact(act: Act, unit: str) -> Contact:
    """How a unit is told, by nothing where nobody said. Raises Rejected: 404 for a unit that is not the actor's."""
    province = _own_province(act, unit)
    return contacts.contact_of(act.tx, unit) or Contact(unit=unit, province=province, mails=[])


def set_contact(act: Act, wanted: Contact, seen: Seen = UNSAID) -> tuple[Contact, bool]:
    """Tell the unit so from now on; and whether its secret is a new one. A webhook that stays keeps its secret.

    Raises Rejected: 404 for a unit that is not the actor's, 412 where another contact stands than was seen, 422 with
    every problem.
    """
    before = _hold_contact(act, wanted.unit, seen)
    province = before.province
    stays = (before.webhook, before.reach) == (wanted.webhook, wanted.reach)
    if act.actor.principal is not None and wanted.reach != "public" and not stays:
        raise refused("contact_reach_not_allowed", "/reach")
    checked = contacts.check_contact(wanted)
    same = before.webhook == checked.webhook
    secret = None if checked.webhook is None else before.secret if same else new_secret()
    kept = replace(checked, province=province, secret=secret)
    _put_contact(act, kept)
    counted = {"mails": len(kept.mails), "webhook": kept.webhook is not None}
    told = contacts.told(kept, installation(act.tx))
    act.record("contact.set", kept.unit, province=province, issuer=kept.unit, details={**counted, "marks": told})
    return kept, secret is not None and not same


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedMails:
    """Addresses by which a unit is to be told. seen: the contact that they are to replace."""

    unit: str
    mails: list[str]
    seen: Seen = UNSAID


def set_mails(act: Act, wanted: Sequence[WantedMails]) -> None:
    """Tell many units by these addresses from now on, all of them or none; a webhook stays as it is.

    Raises Rejected with every problem of every unit, at its place: 404 where some unit is not the actor's, 412 where
    another contact stands than was seen, and nothing else is wrong.
    """
    units: set[str] = set()
    problems: list[Problem] = []
    for place, contact_ in enumerate(wanted):
        twice = [problem("/unit", "contact_twice", unit=contact_.unit)] if contact_.unit in units else []
        faults = twice or _set_mails(act, contact_)
        problems += [replace(problem_, pointer=f"/contacts/{place}{problem_.pointer}") for problem_ in faults]
        units.add(contact_.unit)
    refuse(problems)


def _set_mails(act: Act, wanted: WantedMails) -> Sequence[Problem]:
    """What is wrong with it. Of a unit that is not the actor's nothing is read, and its addresses are judged alone."""
    try:
        province = _own_province(act, wanted.unit)
    except Rejected as error:
        return [*error.problems, *contacts.mail_faults(wanted.mails)]
    try:
        stands = contacts.hold_contact(act.tx, wanted.unit, province)  # so that its webhook is the one that stays
        set_contact(act, replace(stands, mails=wanted.mails), wanted.seen)
    except Rejected as error:
        return error.problems
    return ()


def remove_contact(act: Act, unit: str, seen: Seen = UNSAID) -> None:
    """Tell the unit no more. Raises Rejected (404, 412)."""
    province = _hold_contact(act, unit, seen).province
    contacts.get_contact(act.tx, unit)
    _put_contact(act, Contact(unit=unit, province=province, mails=[]))
    act.record("contact.removed", unit, province=province, issuer=unit)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReminderResult:
    """What became of a request to remind, by unit. without_contact: of those who owe, whom nobody can be told."""

    reminded: tuple[str, ...]
    already_reminded: tuple[str, ...]
    without_contact: tuple[str, ...]


def ask(act: Act, code: str, units: Sequence[str] | None) -> ReminderResult:
    """Have units reminded now of what they owe in a round; None: all who owe. Each at most once a day.

    What was asked for today and failed is sent again; what may have arrived only where its unit is named.
    Raises Rejected: 404 for a round that is not the actor's, 409 for a locked one, 422 for units that owe nothing.
    """
    act.round(code, _scope_of(act))
    round_ = whole_round(act.tx, code)
    assert round_ is not None, "it was found a moment ago"
    if round_.locked:
        raise refused("round_locked", round=code)
    owed = owed_of(act.tx, round_, act.now())
    wanted = sorted(set(owed) if units is None else set(units))
    if strangers := [unit for unit in wanted if unit not in owed]:
        raise refused("reminder_of_nothing", "/units", units=", ".join(strangers[:20]))
    named = units is not None
    became = [(unit, _put_asked(act, round_, unit, owed[unit], named=named)) for unit in wanted]
    by = {state: tuple(unit for unit, was in became if was == state) for state in ("reminded", "already", "no_contact")}
    counts = {"reminded": len(by["reminded"]), "already": len(by["already"]), "noContact": len(by["no_contact"])}
    act.record("reminders.asked", code, province=round_.province, issuer=round_.root, details=counts)
    return ReminderResult(reminded=by["reminded"], already_reminded=by["already"], without_contact=by["no_contact"])


def _scope_of(act: Act) -> str:
    who = act.actor.principal
    return next((each for each in ASK_SCOPES if who is None or each in who.scopes), ASK_SCOPES[-1])


def _put_asked(act: Act, round_: OpenRound, unit: str, forms: tuple[str, ...], *, named: bool) -> str:
    now = act.now()
    wanted = WantedReminder(
        key=f"{round_.code}/{unit}/asked/{day_of(now).isoformat()}",
        round_=round_,
        unit=unit,
        kind="asked",
        days=0,
        deadline=earliest(round_, unit, forms),
        forms=forms,
        by=act.actor.name,
        at=now,
    )
    contact = contacts.contact_of(act.tx, unit)
    if contact is None:
        put(act.tx, wanted, NOBODY)
        return "no_contact"
    fresh = [
        put(act.tx, wanted, channel) or _ask_again(act, wanted, channel, named=named) for channel in contact.channels
    ]
    return "reminded" if any(fresh) else "already"


def _ask_again(act: Act, wanted: WantedReminder, channel: str, *, named: bool) -> bool:
    parameters = {"key": wanted.key, "channel": channel, "at": wanted.at, "by": wanted.by, "unsure": named}
    return value(act.tx, int, SQL.ask_again, parameters) is not None


def _hold_contact(act: Act, unit: str, seen: Seen) -> Contact:
    """The contact of a unit that the actor may act for, as it was seen."""
    contact_ = contacts.hold_contact(act.tx, unit, _own_province(act, unit))
    edited = Edited(
        subject=unit, acts=CONTACT_ACTS, province=contact_.province, issuer=unit, standing=contact_.editable_values
    )
    edits.require_unchanged(act.tx, seen, edited)
    return contact_


def _own_province(act: Act, unit: str) -> str:
    """The province of a unit that the actor may act for."""
    unknown = refused("unit_unknown", "/unit", unit=unit)
    if not act.definitions.registry.exists(unit, on=day_of(act.now())):
        raise unknown
    province = act.province_of(unit)
    act.require(CONTACT_SCOPE, province=province, issuer=unit, otherwise=unknown)
    return province


def _put_contact(act: Act, kept: Contact) -> None:
    row = {
        "unit": kept.unit,
        "province": kept.province,
        "mails": kept.mails,
        "webhook": kept.webhook,
        "reach": kept.reach,
        "secret": kept.secret,
        "by": act.actor.name,
        "at": act.now(),
    }
    act.tx.execute(SQL.put_contact, row)
