"""Settings of reminding alone: the mail server that letters go through."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from lienthong.refusals import misconfigured
from lienthong.settings import ServiceSettings, env


class MailSettings(ServiceSettings):
    """The mail server. Without a host no mail is sent, and what should have gone says so; webhooks go all the same."""

    model_config = env("LIENTHONG_MAIL_")

    host: str | None = Field(default=None, description="SMTP server that takes the hub's mail")
    port: int = Field(default=587, ge=1, le=65535, description="Its port")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="none only to a server on this machine: names and passwords go readable"
    )
    user: str | None = Field(default=None, description="Account on that server, where it asks for one")
    password: SecretStr | None = Field(default=None, description="Its password")
    sender: str = Field(default="lienthong@localhost", description="Address that the letters come from")
    timeout_seconds: float = Field(default=20, ge=1, le=120, description="For each wait of a conversation")
    ca_file: str | None = Field(default=None, description="Certificates to trust at the mail server (PEM)")
    look_seconds: float = Field(
        default=20, ge=0.2, le=3_600, description="Between two looks at which reminders the plans call for"
    )

    @model_validator(mode="after")
    def _readable_by_nobody(self) -> Self:
        if self.security == "none" and self.host is not None and not _on_this_machine(self.host):
            raise misconfigured("mail_readable", host=self.host)
        return self


def _on_this_machine(host: str) -> bool:
    """By what is written: what a name leads to may be another machine tomorrow."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"
