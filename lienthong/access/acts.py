"""Every act that the audit log knows, by its name: `noun.verb`. What is not among these is recorded nowhere; so a list
that is asked for by another name can say that there is none.
"""

from __future__ import annotations

from typing import Final

ACTS: Final = frozenset(
    {
        "client.added",
        "client.key_added",
        "client.key_removed",
        "client.revoked",
        "client.rotated",
        "client.topic_opened",
        "clock.set",
        "contact.removed",
        "contact.set",
        "content.approved",
        "delivery.retried",
        "destination.added",
        "destination.changed",
        "destination.paused",
        "destination.reconciled",
        "destination.removed",
        "destination.resumed",
        "destination.rotated",
        "difficulty.answered",
        "difficulty.closed",
        "difficulty.forwarded",
        "fact.set_aside",
        "hub.backed_up",
        "hub.epoch_begun",
        "hub.moved",
        "hub.reopened",
        "hub.restored",
        "inbound.replayed",
        "person.added",
        "person.disabled",
        "person.enabled",
        "person.linked",
        "person.password_changed",
        "person.password_reset",
        "person.recovery_code_used",
        "person.recovery_codes_made",
        "person.roles_changed",
        "person.second_factor_given",
        "person.second_factor_reset",
        "person.second_factor_set",
        "person.sessions_ended",
        "plan.published",
        "plan.retired",
        "portal.added",
        "portal.paused",
        "portal.removed",
        "portal.resumed",
        "release.drafted",
        "release.signed",
        "release.single_person_allowed",
        "release.withdrawn",
        "reminders.asked",
        "report.passed_on",
        "report.returned",
        "round.dormant",
        "round.extended",
        "round.locked",
        "round.opened",
        "session.begun",
        "session.ended",
        "session.refused",
        "signing_key.made",
        "task.recorded",
        "text.redacted",
        "token.issued",
        "token.refused",
        "units.boundaries_imported",
        "units.changed",
        "year.archived",
    }
)
NOUNS: Final = tuple(sorted({name.partition(".")[0] for name in ACTS}))
ACTORS: Final = ("client", "person", "cli", "hub")
"""What an actor's name begins with, before a colon; `hub` is the calendar."""


def is_known(act: str) -> bool:
    """Whether an act, or all acts on a noun, are so called."""
    return act in ACTS or act in NOUNS


def names_somebody(actor: str) -> bool:
    """Whether an actor's name is of a kind that there is."""
    return actor.partition(":")[0] in ACTORS
