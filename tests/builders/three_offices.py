"""All services of the hub behind one address, over a database in which two provinces and a commune have lived.

Three offices run the same plan under codes of their own: `own` is Lạng Sơn (20), `commune` is one of its communes,
`foreign` is Hưng Yên (33); `missing` names what nobody has. Each has a report, a release, a delivery, a client, a
person and a content item.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from lienthong.access.principals import Principal
from lienthong.access.tokens import LIFETIME, issue
from lienthong.postgres.pool import Connection, Pool, connect
from services.export.deliveries import acts as export_acts
from services.export.deliveries.acts import ExportActor as Pushing
from services.export.deliveries.destinations import Destination
from services.identity import store
from services.identity.clients import Registration
from services.identity.people.passwords import Hasher
from services.identity.people.person import Bound, PersonToAdd
from services.identity.people.store import Office
from services.ingest.portals import acts as portals
from services.ingest.portals.sources import KnownPortal
from services.ingest.reminders import acts as reminders
from services.ingest.reminders.contacts import Contact
from tests.builders.hub import Hub, a_hub, a_principal, a_report, the_plan
from tests.builders.living_hub import consume
from tests.builders.signing import released
from tests.builders.whole_hub import Whole, serving

SECRET = "whsec_" + "A" * 43 + "="
DOCUMENT = {"number": "9/BC-UBND", "date": "2026-10-10"}


@dataclass(frozen=True, kw_only=True)
class Things:
    """What one office has, by the names that routes ask for."""

    province: str
    issuer: str
    unit: str
    plan: str
    client: str
    person: str
    item: str
    destination: str
    receipt: str = ""
    delivery: str = ""
    difficulty: str = ""

    @property
    def round(self) -> str:
        return f"{self.plan}.2026"

    @property
    def release(self) -> str:
        return f"{self.round}/1"

    @property
    def portal(self) -> str:
        """A portal that is read for the unit, and the client in whose name it is."""
        return f"cong-{self.unit}"

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that tells of it, the longest first."""
        given = (self.plan, self.client, self.person, self.item, self.destination, self.receipt, self.delivery)
        return tuple(sorted((*given, self.unit), key=len, reverse=True))


OWN = Things(
    province="20",
    issuer="20",
    unit="05986",
    plan="P119-LS",
    client="tinh-20",
    person="lan.nt",
    item="tin-20",
    destination="20-nen-tang",
)
COMMUNE = Things(
    province="20",
    issuer="05977",
    unit="05977",
    plan="P119-XA",
    client="xa-05977",
    person="hoa.xa",
    item="tin-05977",
    destination="20-nen-tang-xa",
)
FOREIGN = Things(
    province="33",
    issuer="33",
    unit="12103",
    plan="P119-HY",
    client="tinh-33",
    person="minh.hy",
    item="tin-12103",
    destination="33-nen-tang",
)
MISSING = Things(
    province="99",
    issuer="99",
    unit="99999",
    plan="P119-ZZ",
    client="ung-dung-la",
    person="nguoi.la",
    item="tin-la",
    destination="dich-la",
    receipt="33-99999",
    delivery="luot-la",
    difficulty="33-88888",
)


@dataclass
class Offices:
    """The hub that they share. things: by `own`, `commune`, `foreign`, `missing`. report: the data of a valid one.
    owner: of its database.
    """

    whole: Whole
    things: Mapping[str, Things]
    report: Mapping[str, Any]
    owner: Connection
    _conn: http.client.HTTPConnection | None = None
    _tokens: dict[Principal, tuple[str, float]] = field(default_factory=dict)

    def token(self, who: Principal) -> str:
        """The same for minutes, as clients keep theirs: to judge a new one is a tenth of a request."""
        token, until = self._tokens.get(who, ("", 0.0))
        if until < time.time():
            token = self._issued(who, time.time())
            self._tokens[who] = token, time.time() + LIFETIME / 2
        return token

    def expired(self, who: Principal) -> str:
        """A token that ended long ago."""
        return self._issued(who, time.time() - 3_600)

    def _issued(self, who: Principal, now: float) -> str:
        return issue(who, key=self.whole.key, issuer=self.whole.settings.address, now=now)

    def ask(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> tuple[int, bytes]:
        """One request, on one connection for all."""
        media = "application/cloudevents+json" if path.startswith("/v1/events") else "application/json"
        headers = {"Content-Type": media, **({} if token is None else {"Authorization": f"Bearer {token}"})}
        for _ in range(2):  # who is refused before its body is read is left alone after the answer
            try:
                return self._once(method, path, None if body is None else json.dumps(body).encode(), headers)
            except (http.client.RemoteDisconnected, ConnectionError):
                self._conn = None
        return self._once(method, path, None if body is None else json.dumps(body).encode(), headers)

    def _once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        if self._conn is None:
            self._conn = http.client.HTTPConnection("127.0.0.1", self.whole.port, timeout=60)
        self._conn.request(method, path, body, headers)
        answer = self._conn.getresponse()
        return answer.status, answer.read()

    def change(self, query: str) -> None:
        self.owner.execute(query.encode())


@cache
def _plan_as_text() -> str:
    return json.dumps(the_plan())


@cache
def a_plan_of(things: Things) -> Mapping[str, Any]:
    """The plan of Lạng Sơn as this office would issue it."""
    text = _plan_as_text().replace("P119-LS", things.plan)
    text = text.replace('"20"', f'"{things.province}"').replace('"20.', f'"{things.province}.')
    document: dict[str, Any] = json.loads(text)
    document["plan"]["issued_by"] = things.issuer
    return document


@contextmanager
def three_offices(conninfo: str) -> Iterator[Offices]:
    """Over a database that `hub.fill` made."""
    with a_hub(conninfo) as hub:
        things = {"own": _lived(hub, OWN), "commune": _lived(hub, COMMUNE), "foreign": _lived(hub, FOREIGN)}
        report = a_report(hub)["data"]
    things = {name: _delivering(conninfo, each) for name, each in things.items()}
    freely = {"client_rate": 1e6, "client_burst": 10**6, "address_rate": 1e6, "address_burst": 10**6}
    with serving(conninfo, **freely) as whole, connect(conninfo) as owner:
        yield Offices(whole=whole, things={**things, "missing": MISSING}, report=report, owner=owner)


def _lived(hub: Hub, things: Things) -> Things:
    """Plan, report, release, client, person and item of an office; what it became known by."""
    if things is not OWN:
        hub.publish(a_plan_of(things))
    sender = a_principal(province=things.province, sources=[f"/{things.province}/test"])
    report = a_report(
        hub,
        unit=things.unit,
        round=things.round,
        form=f"{things.plan}.commune",
        source=f"/{things.province}/test",
    )
    raised = {
        "specversion": "1.0",
        "type": "vn.lienthong.difficulty.raised.v1",
        "source": f"/{things.province}/test",
        "id": f"kk-{things.plan}",
        "data": {"unit": things.unit, "plan": things.plan, "text": "Thiếu tài liệu"},
    }
    outcome, difficulty = hub.send(report, raised, principal=sender)
    assert outcome.receipt is not None, outcome.problems
    assert difficulty.receipt is not None, difficulty.problems
    released(hub.desk, round_=things.round, recipients=["VN", "platform"], document=DOCUMENT)
    with connect(hub.conninfo) as owner:
        owner.execute(
            "INSERT INTO ingest.contents (unit, item, revision, state, body, changed_at)"
            " VALUES (%s, %s, 1, 'submitted', '{}', now())",
            (things.unit, things.item),
        )
    _registered(hub.conninfo, things)
    with hub.desk.act() as act:
        reminders.set_contact(act, Contact(unit=things.unit, province="", mails=["vanthu@example.gov.vn"]))
        portals.add(
            act,
            KnownPortal(
                portal=things.portal,
                province="",
                client=things.portal,
                unit=things.unit,
                url="https://cong.example/rss",
                licence="CC-BY-4.0",
                programmes=("P119",),
            ),
        )
    return Things(
        **{**_members(things), "receipt": outcome.receipt["receipt"], "difficulty": difficulty.receipt["receipt"]}
    )


def _registered(conninfo: str, things: Things) -> None:
    """A client and a person of the office, bound to the commune where it is one."""
    units = () if things.issuer == things.province else (things.unit,)
    province_of = {things.unit: things.province}.get
    with connect(conninfo, role="lienthong_identity") as conn:
        client = Registration(
            client_id=things.client, name="Ứng dụng", province=things.province, role="province", units=units
        )
        reading = Registration(
            client_id=things.portal,
            name="Cổng",
            province=things.province,
            units=(things.unit,),
            sources=(f"/{things.province}/{things.portal}",),
        )
        store.add(conn, [client, reading], by="cli:test")
        key = {"client_id": things.client, "kid": "khoa-1", "jwk": json.dumps({"kid": "khoa-1", "kty": "OKP"})}
        conn.execute(store.SQL.add_key, key)
        office = Office(hasher=Hasher(), province_of=province_of)
        bound = Bound(role="drafter", province=things.province, units=units)
        office.add(
            conn,
            PersonToAdd(person=things.person, name="Nông Thị Lan", province=things.province, bindings=(bound,)),
            by="cli:test",
            local=False,
        )


def _delivering(conninfo: str, things: Things) -> Things:
    """Its release on the way to a destination that can't be reached, and set aside."""
    consume(conninfo)
    with Pool(conninfo) as pool:
        export_acts.add(
            pool,
            Destination(
                id=things.destination,
                name="Nền tảng",
                province=things.province,
                url="http://127.0.0.1:9",
                reach="loopback",
                sender="tinh",
                secret=SECRET,
                kinds=("release",),
                takes=True,
            ),
            Pushing(name="cli:test"),
        )
    with connect(conninfo) as owner:
        owner.execute("UPDATE export.deliveries SET state = 'dead', settled_at = now(), reason = 'thử'")
        rows = owner.execute(
            "SELECT id FROM export.deliveries WHERE destination = %s AND subject = %s",
            (things.destination, things.round),
        ).fetchall()
    assert rows, "the release of the office is due at its destination"
    return Things(**{**_members(things), "delivery": rows[0][0]})


def _members(things: Things) -> dict[str, Any]:
    return {name: getattr(things, name) for name in Things.__dataclass_fields__}
