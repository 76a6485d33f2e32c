"""A whole hub with the console at its root, people who log in, and a browser that keeps cookies."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pyotp
import uvicorn

from lienthong.kafka.settings import KafkaSettings
from lienthong.postgres.pool import Pool
from lienthong.settings import Settings
from services.hub import base
from services.hub import http as serving
from services.identity import keys
from services.identity.people.passwords import Hasher
from services.identity.people.person import Bound, PersonToAdd
from services.identity.people.store import Office
from tests.builders.unencrypted import UNENCRYPTED

PASSWORD = "bốn con ngựa trắng qua cầu"
DRAFTER, SIGNER, REPORTER, ELSEWHERE, MINISTRY = "lan.nt", "hung.tv", "xa.05977", "bich.lt", "bo.khcn"
OPERATOR = "van.hanh"
_CSRF = re.compile(r'name="csrf" value="([^"]*)"')
PEOPLE: Mapping[str, tuple[str, Bound]] = {
    DRAFTER: ("Nông Thị Lan", Bound(role="drafter", province="20")),
    SIGNER: ("Trần Văn Hùng", Bound(role="signer", province="20")),
    REPORTER: ("Lý Văn Xã", Bound(role="reporter", province="20", units=("05977",))),
    ELSEWHERE: ("Lê Thị Bích", Bound(role="drafter", province="33")),
    OPERATOR: ("Hoàng Văn Hành", Bound(role="operator", province="20")),
    MINISTRY: ("Vũ Minh Bộ", Bound(role="ministry", province="VN")),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """The running hub. conninfo: of its database."""

    address: str
    conninfo: str

    @contextmanager
    def browser(self, **headers: str) -> Iterator[Browser]:
        """Somebody who has not logged in."""
        with httpx.Client(
            base_url=self.address, verify=UNENCRYPTED, trust_env=False, headers=headers, timeout=60
        ) as client:
            yield Browser(client=client)

    @contextmanager
    def person(self, name: str) -> Iterator[Browser]:
        """Somebody at its first page."""
        with self.browser() as made:
            answer = made.log_in(name)
            assert answer.status_code == 303 and "/login" not in answer.headers["location"], answer.text
            yield made

    @contextmanager
    def enrolled(self, name: str) -> Iterator[Browser]:
        """Somebody who sets the second factor up with the first login; once for each person of a site."""
        with self.browser() as made:
            made.log_in(name)
            page = made.get("/login/enrolment").text
            secret, word = re.search(r"<code>([A-Z2-7 ]+)</code>", page), _CSRF.search(page)
            assert secret is not None and word is not None
            given = {"code": code(secret[1].replace(" ", "")), "csrf": word[1], "next": "/"}
            assert made.send("/login/enrolment", given).status_code == 200
            yield made


@dataclass(frozen=True, kw_only=True, slots=True)
class Browser:
    """A browser without scripts: it follows no redirect by itself."""

    client: httpx.Client

    def get(self, path: str, status: int = 200) -> httpx.Response:
        answer = self.client.get(path)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text[:2000]}"
        return answer

    def json(self, path: str) -> Any:
        """The data of a page."""
        head, mark, query = path.partition("?")
        return self.get(f"{head}.json{mark}{query}").json()

    def send(self, path: str, form: Mapping[str, str], **headers: str) -> httpx.Response:
        return self.client.post(path, data=dict(form), headers=headers)

    def upload(self, path: str, form: Mapping[str, str], **files: tuple[str, bytes]) -> httpx.Response:
        """A form with files: (name, content) by field."""
        return self.client.post(path, data=dict(form), files=files)

    def log_in(self, name: str, password: str = PASSWORD, to: str = "/") -> httpx.Response:
        return self.send("/login", {"person": name, "password": password, "next": to, "csrf": ""})

    def word(self, path: str) -> str:
        """The word against forgery of a page's form."""
        match = _CSRF.search(self.get(path).text)
        assert match is not None
        return match[1]


def code(secret: str) -> str:
    """What an authenticator shows now."""
    return pyotp.TOTP(secret).now()


@contextmanager
def a_site(conninfo: str, folder: Path) -> Iterator[Site]:
    """Serve a filled database over loopback."""
    with socket.socket() as listening, ExitStack() as stack:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        settings = Settings(data_dir=folder, database_url=None, port=port, public_url=None)
        database = base.Base(settings=settings, conninfo=conninfo, kafka=_NO_KAFKA)
        front = serving.http(database, tuple(sorted(serving.READ_BY_PEOPLE)), stack)
        server = uvicorn.Server(uvicorn.Config(front, log_level="error"))
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        running.start()
        try:
            address = f"http://127.0.0.1:{port}"
            _ready(address)
            yield Site(address=address, conninfo=conninfo)
        finally:
            server.should_exit = True
            running.join(30)


_NO_KAFKA: KafkaSettings | None = None


def people(conninfo: str, wanted: Mapping[str, tuple[str, Bound]] = PEOPLE, *, temporary: bool = False) -> None:
    """Add everybody above (or these), each with the password above. temporary: it is changed at the first login."""
    with Pool(conninfo, role="lienthong_identity") as pool, pool.connection() as conn:
        keys.ensure(conn)
        office = Office(hasher=Hasher(), province_of=lambda unit: "20")
        for person, (name, binding) in wanted.items():
            to_add = PersonToAdd(person=person, name=name, province=binding.province, bindings=(binding,))
            office.add(conn, to_add, by="cli:test", password=PASSWORD)
        conn.execute("UPDATE identity.passwords SET temporary = %s WHERE person = ANY(%s)", (temporary, list(wanted)))


def _ready(address: str) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            if httpx.get(f"{address}/readyz", verify=UNENCRYPTED, trust_env=False, timeout=60).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the hub did not come up")
