"""What is sent and answered about reminders and contacts."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from lienthong.web.lists import Links
from lienthong.web.parameters import Unit
from lienthong.web.wire import Wire
from services.ingest.office.wire import Body


class NewContact(Body):
    """Đơn vị được nhắc qua đâu. / How a unit is told: mail addresses, a webhook of its system, or both."""

    mails: list[str] = Field(default=[], max_length=20, examples=[["vanthu@dongkinh.langson.gov.vn"]])
    webhook: str | None = Field(None, max_length=500, examples=["https://ioffice.langson.gov.vn/lienthong"])
    reach: str = "public"


_VERSION = (
    "Bản đã xem, như GET /v1/contacts cho biết; bản khác đang có hiệu lực thì 412, không ghi gì. / What was seen: 412 "
    "where another stands. Left out, the last one wins."
)


class MailsOf(Body):
    """Địa chỉ thư của một đơn vị. / Mail addresses of a unit; its webhook stays as it is."""

    unit: Unit
    mails: list[str] = Field(max_length=20, examples=[["vanthu@dongkinh.langson.gov.vn"]])
    version: str | None = Field(None, pattern=r"^[0-9a-f]{32}$", description=_VERSION)


class NewContacts(Body):
    """Địa chỉ thư của nhiều đơn vị; ghi tất cả hoặc không. / Of many units, all or none."""

    contacts: list[MailsOf] = Field(min_length=1, max_length=5000)


class ContactsSet(Wire):
    """Đã ghi bao nhiêu đơn vị. / How many units are told so from now on."""

    units: int


class ContactOf(Wire):
    """Liên hệ của một đơn vị. / How a unit is told."""

    unit: str
    mails: list[str]
    webhook: str | None
    reach: str


class ContactSet(ContactOf):
    """Như đã ghi. secret: chỉ hiện một lần. / As it is kept; a new webhook's secret is shown this once."""

    secret: str | None = None


class ListedContact(ContactOf):
    """version: như ETag của liên hệ. / As the contact's ETag."""

    version: str


class Contacts(Wire):
    """Liên hệ của các đơn vị trong phạm vi được xem. / Contacts within sight, by unit."""

    contacts: list[ListedContact]
    unset: str = Field(description="Bản của đơn vị chưa có liên hệ / the version of a unit that has none")


class ReminderOf(Wire):
    """Một lần nhắc. / One reminder by one way (docs/reminders.md)."""

    number: int
    channel: str
    round: str
    unit: str
    kind: str
    days: int
    deadline: datetime | None
    forms: list[str]
    state: str
    attempts: int
    detail: str
    asked_by: str | None
    made_at: datetime
    sent_at: datetime | None


class RemindersFound(Wire):
    """Đã nhắc ai, khi nào, kết quả. / Who was reminded, newest first."""

    sample: bool
    notice: str | None
    reminders: list[ReminderOf]
    links: Links


class Remind(Body):
    """Nhắc những đơn vị nào; bỏ trống: mọi đơn vị còn nợ. / Whom to remind now; null: all who owe."""

    units: list[Unit] | None = Field(None, min_length=1, max_length=5000)


class Reminded(Wire):
    """Kết quả theo đơn vị. / By unit: to be told within seconds, told today already, or nobody to tell."""

    round: str
    reminded: list[str]
    already: list[str]
    without_contact: list[str]
