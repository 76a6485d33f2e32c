"""One attempt: sign, send, and say what came back."""

from __future__ import annotations

import json
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from lienthong.errors import Rejected
from lienthong.pushes import addresses, signing
from lienthong.pushes.addresses import Address
from lienthong.pushes.exchange import Answer, Question, Resolve, Unreachable, exchange, resolve
from services.export.deliveries.destinations import Destination
from services.export.deliveries.retry import AttemptOutcome
from services.export.mappings import Parcel

MOST_OF_AN_ANSWER = 64 * 1024  # bytes of an answer that are read; the contract's answers have a few hundred
MOST_OF_A_LIST = 4 * 1024 * 1024  # a page of 1,000 items with long ids
_NAMED = 300  # characters of a receiver's reason that are kept


class Wire:
    """Sends to destinations. Threads may share one: each exchange has a connection of its own."""

    def __init__(self, *, context: ssl.SSLContext | None = None, resolve: Resolve = resolve) -> None:
        """context: certificates to trust, by default the system's."""
        self._context = context or ssl.create_default_context()
        self._resolve = resolve

    def post(self, destination: Destination, parcel: Parcel, *, message: str, at: datetime) -> AttemptOutcome:
        """Send one message under its id; never raises for what a receiver can do. at: real time, for the signature."""
        signed = signing.headers(
            secrets=destination.signing_secrets(at),
            sender=destination.sender,
            message=message,
            at=at,
            payload=parcel.body,
        )
        question = Question(
            method="POST", target=parcel.target, headers={"content-type": parcel.media_type} | signed, body=parcel.body
        )
        try:
            answer = self._exchange(_address(destination), destination, question, MOST_OF_AN_ANSWER)
        except Unreachable as error:
            return AttemptOutcome(
                status=None, code=error.code, detail=_cut_short(str(error)), permanent=error.permanent
            )
        return _outcome(answer, parcel, at)

    def ask(self, destination: Destination, target: str, *, at: datetime) -> Answer:
        """The answer to a signed question. Raises Unreachable."""
        address = _address(destination)
        signed = signing.headers(
            secrets=destination.signing_secrets(at),
            sender=destination.sender,
            message="question",
            at=at,
            payload=signing.question("GET", address.path + target),
        )
        question = Question(method="GET", target=target, headers=signed)
        return self._exchange(address, destination, question, MOST_OF_A_LIST)

    def _exchange(self, address: Address, destination: Destination, question: Question, most: int) -> Answer:
        return exchange(
            address,
            question,
            reach=destination.reach,
            seconds=destination.timeout_seconds,
            most=most,
            context=self._context,
            resolve=self._resolve,
        )


def _address(destination: Destination) -> Address:
    """Checked when it was added; one from before that check is refused here. Raises Unreachable."""
    try:
        return addresses.read(destination.url, destination.reach)
    except Rejected as error:
        raise Unreachable("address_invalid", str(error), permanent=True) from error


def _outcome(answer: Answer, parcel: Parcel, at: datetime) -> AttemptOutcome:
    status = answer.status
    reply = _object(answer.body)
    if 200 <= status < 300 and (refusal := parcel.objection_in(answer.body)) is not None:
        return AttemptOutcome(
            status=status, code=refusal.code, detail=_cut_short(refusal.detail), permanent=True, confirmed=False
        )
    if 200 <= status < 300 and parcel.digest is not None and reply.get("digest") != parcel.digest:
        # A portal or proxy that answers 200 to everything has stored nothing.
        return AttemptOutcome(
            status=status, code="answer_not_of_contract", detail="2xx without our digest", confirmed=False
        )
    detail = _reason(reply) if status >= 400 else ""
    wait = retry_after(answer.headers.get("retry-after", ""), at)
    return AttemptOutcome(status=status, code=f"http_{status}", detail=detail, retry_after=wait)


def retry_after(given: str, now: datetime) -> int | None:
    """Seconds that a Retry-After asks for, as a number or as a date (RFC 9110 §10.2.3); None where it says none."""
    text = given.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)  # "-0000" says no zone
    return max(0, round((aware - now).total_seconds()))


def _reason(answer: dict[str, object]) -> str:
    """What a problem document says, with the first places it names."""
    errors = answer.get("errors")
    places = [
        f"{error.get('pointer')} {error.get('code')}"
        for error in (errors if isinstance(errors, list) else [])[:5]
        if isinstance(error, dict)
    ]
    parts = [str(answer[name]) for name in ("code", "detail") if answer.get(name)]
    return _cut_short(": ".join([*parts, "; ".join(places)] if places else parts))


def _object(text: bytes) -> dict[str, object]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _cut_short(text: str) -> str:
    clean = "".join(char if char.isprintable() else " " for char in text[: 4 * _NAMED])
    return clean.encode("utf-8", "replace").decode()[:_NAMED]
