"""A real mail server on this machine that keeps what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.ingest.reminders.settings import MailSettings


@dataclass
class Mailbox:
    """port: of the server. refuses: what it answers to a recipient instead of taking the letter."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    refuses: str | None = None

    @property
    def settings(self) -> MailSettings:
        return MailSettings(host="127.0.0.1", port=self.port, security="none", sender="lienthong@langson.gov.vn")

    def to(self, address: str) -> list[EmailMessage]:
        return [letter for letter in self.letters if address in str(letter["To"])]

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]) -> str:
        if self.refuses is not None:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.letters.append(message_from_bytes(content, policy=policy.default))
        return "250 OK"


@contextmanager
def a_mailbox(port: int) -> Iterator[Mailbox]:
    """The server, until the block ends."""
    found = Mailbox(port=port)
    controller: Any = Controller(found, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield found
    finally:
        controller.stop()
