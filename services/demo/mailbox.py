"""A mail server on this machine that keeps what it is given: where the demonstration's reminders arrive."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

_START_SECONDS = 60.0  # a busy machine needs more than the five that aiosmtpd gives it


@dataclass
class Mailbox:
    """port: of the server. letters: in the order in which they came."""

    port: int
    letters: list[EmailMessage] = field(default_factory=list)

    def to(self, address: str) -> list[EmailMessage]:
        """What came for an address."""
        return [letter for letter in self.letters if address in str(letter["To"])]

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes), "asked for bytes"
        self.letters.append(message_from_bytes(content, policy=policy.default))
        return "250 OK"


@contextmanager
def serving(mailbox: Mailbox, **how: Any) -> Iterator[Mailbox]:
    """Takes letters on the loopback until the block ends. how: of aiosmtpd's server, such as by which certificate.
    OSError: another has the port.
    """
    socket.create_server(("127.0.0.1", mailbox.port)).close()  # aiosmtpd says it only when its time to start is over
    controller: Any = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port, ready_timeout=_START_SECONDS, **how)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
