"""Sending: a letter through the mail server, or a signed body to the webhook of a unit's system."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.message import Message
from email.mime.text import MIMEText
from email.utils import format_datetime
from hashlib import sha256
from typing import Any, Literal

import orjson

from lienthong.errors import Rejected
from lienthong.pushes import addresses, signing
from lienthong.pushes.exchange import Question, Resolve, Unreachable, exchange, resolve
from services.ingest.reminders.contacts import Contact
from services.ingest.reminders.letters import Letter
from services.ingest.reminders.mail_server import Unanswered, conversation, hand_over
from services.ingest.reminders.settings import MailSettings

_SECONDS = 20.0  # for one webhook
_MOST = 16 * 1024  # bytes of an answer that are read
_NAMED = 200  # characters of somebody else's reason that are kept


Helps = Literal["again", "setting", "person"]
"""What helps a reminder that did not go out: trying again later, a setting that is wrong or missing, or only somebody
who looks at it."""

SETTINGS = ("mail_not_set", "mail_login", "mail_not_offered", "mail_not_trusted")
"""Codes of what only a setting helps."""


class NotSent(Exception):
    """It did not go out. code: stable name of why. unsure: nobody knows whether it did."""

    def __init__(self, code: str, detail: str = "", *, helps: Helps = "again", unsure: bool = False) -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = "".join(char if char.isprintable() else " " for char in detail)[:_NAMED]
        self.helps = helps
        self.unsure = unsure

    @property
    def reason(self) -> str:
        """The code, and what the other side said."""
        return f"{self.code}: {self.detail}" if self.detail else self.code


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """How letters and webhooks leave. context: certificates to trust at webhooks, by default the system's."""

    mail: MailSettings
    context: ssl.SSLContext
    resolve: Resolve = resolve

    def letter(self, to: Sequence[str], letter: Letter, *, key: str, at: datetime) -> None:
        """One mail to all addresses of a contact. key: makes its Message-ID, the same at each try. Raises NotSent."""
        if self.mail.host is None:
            raise NotSent("mail_not_set", helps="setting")
        message = _message(self.mail.sender, to, letter, key=key, at=at)
        try:
            with conversation(self.mail, self.mail.host) as server:
                hand_over(server, self.mail.sender, to, message)
        except Unanswered as error:
            raise NotSent("mail_unanswered", str(error), helps="person", unsure=True) from error
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise NotSent("mail_refused", _server_words(error), helps=_what_helps(min(codes))) from error
        except smtplib.SMTPAuthenticationError as error:
            raise NotSent("mail_login", _server_words(error), helps="setting") from error
        except smtplib.SMTPNotSupportedError as error:
            raise NotSent("mail_not_offered", str(error), helps="setting") from error
        except smtplib.SMTPResponseException as error:
            raise NotSent("mail_refused", _server_words(error), helps=_what_helps(error.smtp_code)) from error
        except ssl.SSLError as error:
            raise NotSent("mail_not_trusted", str(error), helps="setting") from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent("mail_away", type(error).__name__) from error

    def webhook(self, contact: Contact, body: dict[str, Any], *, at: datetime) -> None:
        """One signed request (Standard Webhooks), its id the reminder's. Raises NotSent unless a 2xx comes back."""
        assert contact.webhook is not None, "asked for a webhook that is set"
        assert contact.secret is not None, "asked for a webhook that is set"
        payload = orjson.dumps(body)
        signed = signing.headers(
            secrets=[contact.secret], sender="lienthong", message=_id_of(body["id"]), at=at, payload=payload
        )
        question = Question(
            method="POST", target="", headers={"content-type": "application/json"} | signed, body=payload
        )
        try:
            answer = exchange(
                addresses.read(contact.webhook, contact.reach),
                question,
                reach=contact.reach,
                seconds=_SECONDS,
                most=_MOST,
                context=self.context,
                resolve=self.resolve,
            )
        except Rejected as error:
            raise NotSent(error.problems[0].code, helps="person") from error
        except Unreachable as error:
            raise NotSent(error.code, str(error), helps="person" if error.permanent else "again") from error
        if not 200 <= answer.status < 300:
            raise NotSent(f"http_{answer.status}", helps="person" if answer.status in (404, 410) else "again")


def _message(sender: str, to: Sequence[str], letter: Letter, *, key: str, at: datetime) -> bytes:
    """As it goes out. By the older of Python's two ways: the newer loses blanks where it folds a Vietnamese subject.

    In base64: no server on the way has to take 8 bits.
    """
    message: Message[Any, Any] = MIMEText(letter.text.replace("\n", "\r\n"), "plain", "utf-8")
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Subject"] = Header(letter.subject, "utf-8")
    message["Date"] = format_datetime(at.astimezone(UTC))
    message["Message-ID"] = f"<{_id_of(key)}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # no out-of-office note comes back (RFC 3834)
    return message.as_bytes(policy=message.policy.clone(linesep="\r\n"))


def _id_of(key: str) -> str:
    """A name of the same key that any header takes."""
    return f"reminder-{sha256(key.encode()).hexdigest()[:32]}"


def _what_helps(code: int) -> Helps:
    """By the server's answer: 4xx is for now, 5xx for good."""
    return "person" if code >= 500 else "again"


def _server_words(error: smtplib.SMTPException) -> str:
    """The server's own words, without addresses of people."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return ", ".join(sorted({str(code) for code, _ in error.recipients.values()}))
    return type(error).__name__
