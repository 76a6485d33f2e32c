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
from typing import Any

import orjson

from lienthong.errors import Rejected
from lienthong.pushes import addresses, signing
from lienthong.pushes.exchange import Question, Resolve, Unreachable, exchange, resolve
from services.ingest.reminders.contacts import Contact
from services.ingest.reminders.letters import Letter
from services.ingest.reminders.settings import MailSettings

_SECONDS = 20.0  # for one webhook
_MOST = 16 * 1024  # bytes of an answer that are read
_NAMED = 200  # characters of somebody else's reason that are kept


class NotSent(Exception):
    """It did not go out. code: stable name of why; permanent: trying again can't help."""

    def __init__(self, code: str, detail: str = "", *, permanent: bool = False) -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = "".join(char if char.isprintable() else " " for char in detail)[:_NAMED]
        self.permanent = permanent


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """How letters and webhooks leave. context: certificates to trust at webhooks, by default the system's."""

    mail: MailSettings
    context: ssl.SSLContext
    resolve: Resolve = resolve

    def letter(self, to: Sequence[str], letter: Letter, *, key: str, at: datetime) -> None:
        """One mail to all addresses of a contact. key: makes its Message-ID, the same at each try. Raises NotSent."""
        if self.mail.host is None:
            raise NotSent("mail_not_set")
        message = _message(self.mail.sender, to, letter, key=key, at=at)
        try:
            server = self._server(self.mail.host)
            try:
                server.send_message(message)  # where some of several addresses take it, it is sent
            finally:
                server.close()  # without a QUIT, whose refusal would say nothing of the letter
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise NotSent("mail_refused", _said(error), permanent=all(code >= 500 for code in codes)) from error
        except smtplib.SMTPResponseException as error:
            permanent = error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError)
            raise NotSent("mail_refused", _said(error), permanent=permanent) from error
        except ssl.SSLError as error:
            raise NotSent("mail_not_trusted", str(error)) from error
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
            raise NotSent(error.problems[0].code, permanent=True) from error
        except Unreachable as error:
            raise NotSent(error.code, str(error), permanent=error.permanent) from error
        if not 200 <= answer.status < 300:
            gone = answer.status in (404, 410)
            raise NotSent(f"http_{answer.status}", permanent=gone)

    def _server(self, host: str) -> smtplib.SMTP:
        """A conversation, encrypted and logged in as the settings say. Raises as smtplib."""
        trusted = ssl.create_default_context(cafile=self.mail.ca_file)
        if self.mail.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, self.mail.port, timeout=self.mail.timeout_seconds, context=trusted
            )
        else:
            server = smtplib.SMTP(host, self.mail.port, timeout=self.mail.timeout_seconds)
        try:
            if self.mail.security == "starttls":
                server.starttls(context=trusted)
            if self.mail.user is not None and self.mail.password is not None:
                server.login(self.mail.user, self.mail.password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server


def _message(sender: str, to: Sequence[str], letter: Letter, *, key: str, at: datetime) -> Message[Any, Any]:
    """As it goes out. By the older of Python's two ways: the newer loses blanks where it folds a Vietnamese subject.

    In base64: no server on the way has to take 8 bits.
    """
    found: Message[Any, Any] = MIMEText(letter.text.replace("\n", "\r\n"), "plain", "utf-8")
    found["From"] = sender
    found["To"] = ", ".join(to)
    found["Subject"] = Header(letter.subject, "utf-8")
    found["Date"] = format_datetime(at.astimezone(UTC))
    found["Message-ID"] = f"<{_id_of(key)}@{sender.rpartition('@')[2]}>"
    found["Auto-Submitted"] = "auto-generated"  # no out-of-office note comes back (RFC 3834)
    return found


def _id_of(key: str) -> str:
    """A name of the same key that any header takes."""
    return f"reminder-{sha256(key.encode()).hexdigest()[:32]}"


def _said(error: smtplib.SMTPException) -> str:
    """The server's own words, without addresses of people."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return ", ".join(sorted({str(code) for code, _ in error.recipients.values()}))
    return type(error).__name__
