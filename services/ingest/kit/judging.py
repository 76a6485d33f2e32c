"""Judging submissions in memory, by what the accepting transaction judges by. Pure.

A file is judged as a hub would take it, event by event: a revision that stands in it twice, or an id that has other
content the second time, is found. What needs the hub's own memory is named in NOT_JUDGED.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from lienthong.access.principals import SCOPES, Principal
from lienthong.access.roles import ALL_UNITS
from lienthong.calendar import day_of
from lienthong.errors import Message, Problem, Rejected
from lienthong.events import REPORT_SUBMITTED
from lienthong.forms.values import unpack
from lienthong.web.bodies import too_large
from services.ingest.claims import acceptance
from services.ingest.claims import claim as submission
from services.ingest.claims.claim import Claim
from services.ingest.claims.kind import Kind
from services.ingest.claims.results import ClaimOrProblems
from services.ingest.claims.verdicts import Checked, Key, Slot
from services.ingest.definitions.snapshot import Definitions
from services.ingest.kinds import KINDS

NOT_JUDGED: Mapping[str, Message] = {
    "rights": Message(
        vi="ứng dụng có được gửi thay đơn vị, dùng nguồn (source) này không",
        en="whether the client may report for the unit and use this source",
    ),
    "rounds": Message(
        vi="kỳ đã mở hay đã khóa, đơn vị có được tạm miễn không",
        en="whether the round is open or locked, the unit dormant",
    ),
    "revisions": Message(
        vi="lần báo cáo có cao hơn lần đã gửi trước, mã sự kiện đã dùng chưa",
        en="whether the revision is above what was sent before, the event's id used already",
    ),
    "lateness": Message(vi="đúng hạn hay quá hạn", en="whether it is on time"),
}
"""What a hub asks besides."""

_ENVELOPE = frozenset({"specversion", "type", "source", "data"})
_BARE_SOURCE = "/kiem-tra"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What became of one text. verdict: `would_accept`, `repeated` or `refused`. bare: it was data without envelope."""

    line: int
    claim: Claim | None
    verdict: str
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    bare: bool = False

    @property
    def data(self) -> Mapping[str, Any]:
        """What the event says, where it could be read."""
        data = None if self.claim is None else self.claim.data
        return data if isinstance(data, dict) else {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """One text of a file: read, or why it can't be."""

    line: int
    read: ClaimOrProblems
    bare: bool = False


def text_of(line: int, raw: bytes, largest: int) -> Text:
    """An event, or the data of a report alone. largest: bytes of one that a hub takes."""
    if len(raw) > largest:
        return Text(line=line, read=too_large(largest).problems)
    try:
        document = submission.read_json(raw)
        if isinstance(document, dict) and document and not _ENVELOPE & document.keys():
            return Text(line=line, read=_claim_of_bare(line, document), bare=True)
        return Text(line=line, read=submission.from_document(document, KINDS))
    except Rejected as refusal:
        return Text(line=line, read=refusal.problems)


def rounds_of(texts: Iterable[Text]) -> set[str]:
    """The rounds that the texts name."""
    named = (text.read.data.get("round") for text in texts if isinstance(text.read, Claim) and _is_object(text.read))
    return {code for code in named if isinstance(code, str)}


def verdicts_of(texts: Iterable[Text], definitions: Definitions, now: datetime) -> Iterator[Verdict]:
    """One verdict a text, in order."""
    bench = _Bench(definitions=definitions, now=now)
    for text in texts:
        if not isinstance(text.read, Claim):
            yield Verdict(line=text.line, claim=None, verdict="refused", problems=text.read)
            continue
        verdict = bench.verdict(text.line, text.read)
        yield _without_envelope(verdict) if text.bare else verdict


@dataclass(kw_only=True, slots=True)
class _Bench:
    """What the file itself has said so far. figures: of accepted reports, for checks against the round before."""

    definitions: Definitions
    now: datetime
    ids: dict[tuple[str, str], tuple[str, bytes]] = field(default_factory=dict)
    slots: dict[Key, Slot] = field(default_factory=dict)
    figures: dict[Key, Mapping[str, Any]] = field(default_factory=dict)

    def verdict(self, line: int, claim: Claim) -> Verdict:
        kind = KINDS[claim.type]
        who = _principal(claim, self.definitions, self.now)
        checked = acceptance.check(kind.check, claim, who, self.definitions, self.now, self.figures)
        slot = None if checked.key is None else self.slots.get(checked.key)
        order = None if slot is None else kind.order  # a hub may know of earlier ones
        verdict, problems = acceptance.decide(checked, self._repeats(claim), slot, order)
        if verdict == "accepted":
            self._keep(claim, checked, kind)
            verdict = "would_accept"
        warnings = checked.warnings if verdict != "repeated" else ()
        return Verdict(line=line, claim=claim, verdict=verdict, problems=problems, warnings=warnings)

    def _repeats(self, claim: Claim) -> bool | None:
        earlier = self.ids.get((claim.source, claim.id))
        return None if earlier is None else earlier == (claim.type, claim.body)

    def _keep(self, claim: Claim, checked: Checked, kind: Kind) -> None:
        self.ids[claim.source, claim.id] = (claim.type, claim.body)
        if checked.key is None or checked.revision is None or not kind.moves:
            return
        self.slots[checked.key] = Slot(
            revision=checked.revision, withdrawn=kind.withdraws, first_received_at=self.now, nil=checked.nil
        )
        form = self.definitions.forms.get((checked.key[1], str(checked.more_facts.get("formVersion"))))
        self.figures.pop(checked.key, None)
        if form is not None and "values" in checked.more_facts and not kind.withdraws:
            self.figures[checked.key] = unpack(form, checked.more_facts["values"])


def _principal(claim: Claim, definitions: Definitions, now: datetime) -> Principal:
    """Somebody who may report for every unit of the province that the claim is about."""
    data = claim.data if isinstance(claim.data, dict) else {}
    round_ = definitions.rounds.get(str(data.get("round")))
    unit = data.get("unit")
    province = round_.province if round_ is not None else None
    if province is None and isinstance(unit, str):
        province = definitions.province_of(unit, day_of(now))
    return Principal(
        client_id="check",
        name="check",
        province=province or "",
        units=frozenset({ALL_UNITS}),
        sources=frozenset({claim.source}),
        scopes=frozenset(SCOPES),
        role="unit",
    )


def _claim_of_bare(line: int, data: dict[str, Any]) -> Claim:
    return Claim(
        source=_BARE_SOURCE, id=str(line), type=REPORT_SUBMITTED, data=data, body=submission.canonical_body(data)
    )


def _without_envelope(verdict: Verdict) -> Verdict:
    """Places as they are in the data that were given."""
    return replace(verdict, problems=_inside_data(verdict.problems), warnings=_inside_data(verdict.warnings), bare=True)


def _inside_data(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(replace(problem, pointer=problem.pointer.removeprefix("/data")) for problem in problems)


def _is_object(claim: Claim) -> bool:
    return isinstance(claim.data, dict)
