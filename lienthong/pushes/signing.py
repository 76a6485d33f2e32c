"""Standard Webhooks signatures of what goes to a destination, and of what the receiver is asked. Pure.

A message is signed over its body. A request without body (reconciliation) is signed over its request line
without the protocol, `GET /v1/digest/release`, so that a signature can't be carried to another question.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook, WebhookVerificationError

from lienthong.errors import Rejected
from lienthong.refusals import refused

SENDER = "lienthong-sender"
_PREFIX = "whsec_"


def new_secret() -> str:
    """A fresh shared secret: `whsec_` and 32 random bytes in base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def check_secret(secret: str) -> None:
    """Raises Rejected unless the secret is of the shape Standard Webhooks asks for (24 to 64 bytes)."""
    try:
        size = len(base64.b64decode(secret.removeprefix(_PREFIX), validate=True))
    except ValueError:
        size = 0
    if not secret.startswith(_PREFIX) or not 24 <= size <= 64:
        raise refused("secret_malformed", "/secret")


def headers(*, secrets: Sequence[str], sender: str, message: str, at: datetime, payload: bytes) -> dict[str, str]:
    """The four headers of one attempt. at: real time of sending, aware; message: the webhook-id.

    secrets: each signs, so that a receiver may have any of them while one is being replaced by another.
    """
    moment = at.astimezone(UTC)
    text = payload.decode()
    signatures = [Webhook(secret).sign(msg_id=message, timestamp=moment, data=text) for secret in secrets]
    return {
        SENDER: sender,
        "webhook-id": message,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def question(method: str, target: str) -> bytes:
    """What is signed of a request without a body. target: path with query, as sent."""
    return f"{method} {target}".encode()


def verify(secret: str, given: Mapping[str, str], payload: bytes) -> str:
    """The webhook-id, when the signature holds and its timestamp is within five minutes of this clock.

    Raises Rejected (401) otherwise; the reason told is the same for a wrong secret and a changed body.
    """
    try:
        Webhook(secret).verify(payload, dict(given), json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        raise unsigned(str(error)) from error
    return next(value for name, value in given.items() if name.lower() == "webhook-id")


def unsigned(why: str) -> Rejected:
    """The refusal of a request whose signature does not hold."""
    return refused("signature_refused", why=why)
