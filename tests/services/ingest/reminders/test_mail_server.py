"""Letters go to a real mail server, encrypted, to the one that the certificate names; none goes out readable."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lienthong.errors import Misconfigured
from services.ingest.reminders.letters import Letter
from services.ingest.reminders.sending import NotSent, Post
from services.ingest.reminders.settings import MailSettings
from tests.builders.a_portal import a_certificate
from tests.builders.mailbox import Mailbox, a_mailbox
from tests.builders.running_platform import free_port

TO = "vanthu@langson.gov.vn"
LETTER = Letter(subject="Nhắc gửi báo cáo", text="Kính gửi: Phường Đông Kinh\n.\nHết.\n")


def a_folder(tmp_path: Path, name: str) -> Path:
    path = tmp_path / name
    path.mkdir()
    return path


def send(mailbox: Mailbox, **given: object) -> None:
    mail = MailSettings.model_validate(mailbox.settings.model_dump() | given)
    post = Post(mail=mail, context=ssl.create_default_context())
    post.letter([TO], LETTER, key="thử", at=datetime(2026, 10, 10, tzinfo=UTC))


def starttls(context: ssl.SSLContext) -> dict[str, object]:
    return {"tls_context": context, "require_starttls": True}


def tls(context: ssl.SSLContext) -> dict[str, object]:
    return {"ssl_context": context}


@pytest.mark.parametrize("security", [starttls, tls])
def test_a_letter_goes_encrypted_to_a_server_that_is_trusted_and_to_no_other(
    tmp_path: Path, security: Callable[[ssl.SSLContext], dict[str, object]]
) -> None:
    own, other = (a_certificate(a_folder(tmp_path, name)) for name in ("own", "other"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    with a_mailbox(free_port(), **security(context)) as mailbox:
        send(mailbox, security=security.__name__, ca_file=str(own))
        with pytest.raises(NotSent) as unknown:
            send(mailbox, security=security.__name__, ca_file=str(other))
        with pytest.raises(NotSent) as misnamed:
            send(mailbox, security=security.__name__, ca_file=str(own), host="localhost")
    assert [(one.value.code, one.value.helps) for one in (unknown, misnamed)] == [("mail_not_trusted", "setting")] * 2
    [letter] = mailbox.letters
    assert letter.get_content().replace("\r\n", "\n") == LETTER.text


def test_a_file_of_certificates_that_is_not_there_is_a_setting_that_is_wrong(tmp_path: Path) -> None:
    with a_mailbox(free_port()) as mailbox, pytest.raises(NotSent) as missing:
        send(mailbox, security="starttls", ca_file=str(tmp_path / "none.pem"))
    assert (missing.value.code, missing.value.helps) == ("mail_not_trusted", "setting")


def test_a_server_that_knows_no_encryption_gets_nothing() -> None:
    with a_mailbox(free_port()) as mailbox, pytest.raises(NotSent) as plain:
        send(mailbox, security="starttls")
    assert (plain.value.code, plain.value.helps, mailbox.letters) == ("mail_not_offered", "setting", [])


def test_an_account_that_the_server_does_not_take_waits_for_the_setting(tmp_path: Path) -> None:
    certificate = a_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with (
        a_mailbox(free_port(), **tls(context), auth_callback=lambda *_: False, auth_require_tls=False) as mailbox,
        pytest.raises(NotSent) as wrong,
    ):
        send(mailbox, security="tls", ca_file=str(certificate), user="hub", password="wrong")
    assert (wrong.value.code, wrong.value.helps, mailbox.letters) == ("mail_login", "setting", [])


@pytest.mark.parametrize("host", ["smtp.langson.gov.vn", "10.0.0.5", "localhost.example.vn", "0.0.0.0", "::"])
def test_an_unencrypted_server_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(Misconfigured, match="starttls") as refused:
        MailSettings(host=host, security="none")
    assert refused.value.code == "mail_readable"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.3.2.1", "::1", None])
def test_an_unencrypted_server_of_this_machine_is_taken(host: str | None) -> None:
    assert MailSettings(host=host, security="none").host == host
