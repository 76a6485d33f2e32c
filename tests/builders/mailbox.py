"""The demonstration's mail server, which can refuse too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from services.demo import mailbox
from services.ingest.reminders.settings import MailSettings


@dataclass
class Mailbox(mailbox.Mailbox):
    """refuses: what it answers to a recipient instead of taking the letter. silent: it takes letters, and is gone
    before it says so.
    """

    refuses: str | None = None
    silent: bool = False

    @property
    def settings(self) -> MailSettings:
        return MailSettings(host="127.0.0.1", port=self.port, security="none", sender="lienthong@langson.gov.vn")

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]) -> str:
        if self.refuses is not None:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        said = await super().handle_DATA(server, session, envelope)
        if self.silent:
            assert server.transport is not None, "it has just taken a letter"
            server.transport.close()
        return said


@contextmanager
def a_mailbox(port: int, **how: Any) -> Iterator[Mailbox]:
    """The server, until the block ends. how: of aiosmtpd's server."""
    with mailbox.serving(Mailbox(port=port), **how) as found:
        assert isinstance(found, Mailbox)
        yield found
