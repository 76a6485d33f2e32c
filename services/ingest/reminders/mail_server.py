"""A conversation with the mail server (SMTP), step by step: from the end of the letter on, no answer is no refusal.

Python's own `sendmail` can't be asked how far it came, and a letter whose answer was lost may be under way.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from services.ingest.reminders.settings import MailSettings

_GOOD, _FORWARDED, _GO_ON = 250, 251, 354


class Unanswered(Exception):
    """The whole letter was sent, and no answer came: it may have been taken."""


@contextmanager
def conversation(settings: MailSettings, host: str) -> Iterator[smtplib.SMTP]:
    """A conversation, encrypted and logged in as the settings say. Raises as smtplib."""
    server = _connect(settings, host)
    try:
        server.ehlo_or_helo_if_needed()
        if settings.user is not None and settings.password is not None:
            server.login(settings.user, settings.password.get_secret_value())
        yield server
    finally:
        server.close()  # without a QUIT, whose refusal would say nothing of the letter


def _connect(settings: MailSettings, host: str) -> smtplib.SMTP:
    trusted = _tls_context(settings.ca_file)
    if settings.security == "tls":
        return smtplib.SMTP_SSL(host, settings.port, timeout=settings.timeout_seconds, context=trusted)
    server = smtplib.SMTP(host, settings.port, timeout=settings.timeout_seconds)
    if settings.security == "starttls":
        try:
            server.starttls(context=trusted)
        except BaseException:
            server.close()
            raise
    return server


def _tls_context(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # no such file, or no certificate in it
        raise ssl.SSLError(f"LIENTHONG_MAIL_CA_FILE: {error.strerror or type(error).__name__}") from error


def hand_over(server: smtplib.SMTP, sender: str, to: Sequence[str], letter: bytes) -> None:
    """Hand a letter over; where some of several addresses are taken, it is sent.

    letter: with CRLF at its line ends. Raises as smtplib, or Unanswered.
    """
    code, answer = server.mail(sender)
    if code != _GOOD:
        raise smtplib.SMTPSenderRefused(code, answer, sender)
    answers = {address: server.rcpt(address) for address in to}
    if all(code not in (_GOOD, _FORWARDED) for code, _ in answers.values()):
        raise smtplib.SMTPRecipientsRefused(answers)
    code, answer = server.docmd("DATA")
    if code != _GO_ON:
        raise smtplib.SMTPDataError(code, answer)
    server.send(_with_dots_doubled(letter))  # what is not sent to its end has no end, and is not taken
    code, answer = _answer(server)
    if code != _GOOD:
        raise smtplib.SMTPDataError(code, answer)


def _answer(server: smtplib.SMTP) -> tuple[int, bytes]:
    try:
        code, answer = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise Unanswered(type(error).__name__) from error
    if code < 0:
        raise Unanswered("unreadable")
    return code, answer


def _with_dots_doubled(letter: bytes) -> bytes:
    """With the dot that ends it, and no line before that could be taken for it (RFC 5321 §4.5.2)."""
    doubled = re.sub(rb"(?m)^\.", b"..", letter)
    return doubled + (b"" if doubled.endswith(b"\r\n") else b"\r\n") + b".\r\n"
