"""Clients of the hub: who connects, adding one or many at once, a new secret, the end of one."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.routing import Route

from lienthong import sheets
from lienthong.errors import Rejected
from lienthong.refusals import refused
from services.console import acting
from services.console.asking import Answer
from services.console.formats import instant
from services.console.frame import Frame
from services.console.page import Visit
from services.console.running import doing, overseen, sealing
from services.console.running.doing import Outcome
from services.console.running.overseen import UnitChoices
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, row

ROLES = ("unit", "province", "ministry", "platform", "hub")
"""What a client can be registered as; the route says who may register which."""
COLUMNS = ("client_id", "name", "province", "role", "units", "scopes", "sources", "kafka_principal")
_NEEDED = COLUMNS[:3]
_LISTS = ("units", "scopes", "sources")
_MOST = 500  # clients of one file, as the route takes
_SHOWN = 3  # units of a client in the list
SCOPE = "operate:clients"


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """A registered system. units: codes it acts for, `*` for all of its province. revoked: when it was ended."""

    id: str
    name: str
    province: str
    role: str
    units: tuple[str, ...]
    scopes: tuple[str, ...]
    sources: tuple[str, ...]
    kafka: str | None
    created: datetime
    revoked: datetime | None

    @property
    def path(self) -> str:
        return f"/clients/{segment(self.id)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Clients:
    """clients: by id. revoked: whether the ended ones stand among them. known: the units to pick from."""

    clients: tuple[Client, ...]
    revoked: bool
    known: UnitChoices
    roles: tuple[str, ...] = ROLES


@dataclass(frozen=True, kw_only=True, slots=True)
class OneClient:
    """One client. version: of it and its secrets. keys: ids of its public keys."""

    client: Client
    version: str
    keys: tuple[str, ...]


async def gather_list(visit: Visit) -> Clients:
    revoked = visit.filter("revoked") == "yes"
    answer = await visit.hub.get("/v1/clients", revoked="true" if revoked else None)
    units = await overseen.choices(visit, SCOPE)
    return Clients(clients=tuple(map(client_of, answer["clients"])), revoked=revoked, known=units)


async def gather(visit: Visit) -> OneClient:
    path = f"/v1/clients/{visit.path['client']}"
    answer, version = await visit.hub.with_version(path)
    keys = await visit.hub.get(f"{path}/keys")
    return OneClient(client=client_of(answer), version=version, keys=tuple(key["kid"] for key in keys["keys"]))


def client_of(body: Answer) -> Client:
    """From an answer of /v1/clients."""
    return Client(
        id=body["client_id"],
        name=body["name"],
        province=body["province"],
        role=body["role"],
        units=tuple(body["units"]),
        scopes=tuple(body["scopes"]),
        sources=tuple(body["sources"]),
        kafka=body["kafka_principal"],
        created=datetime.fromisoformat(body["createdAt"]),
        revoked=instant(body["revokedAt"]),
    )


def tables(data: Clients, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="clients",
            title=t("clients.title"),
            empty=t("clients.none"),
            columns=(
                Column(name="id", title=t("column.code"), kind="code", heading=True),
                Column(name="name", title=t("clients.name")),
                Column(name="role", title=t("clients.role")),
                Column(name="units", title=t("clients.units")),
                Column(name="state", title=t("column.state")),
                Column(name="created", title=t("clients.created"), kind="when"),
            ),
            rows=tuple(
                row(
                    Cell(value=client.id, href=client.path),
                    client.name,
                    t.name("client_role", client.role),
                    _units(client),
                    Cell(value=t("clients.ended"), tone="plain")
                    if client.revoked
                    else Cell(value=t("clients.live"), tone="good"),
                    client.created,
                )
                for client in data.clients
            ),
        ),
    )


def _units(client: Client) -> str:
    more = f" … ({len(client.units)})" if len(client.units) > _SHOWN else ""
    return ", ".join(client.units[:_SHOWN]) + more


LIST = doing.operators_page(
    name="clients", paths=("/clients",), gather=gather_list, tables=tables, scope=SCOPE, filters=frozenset({"revoked"})
)
PAGE = doing.operators_page(name="client", paths=("/clients/{client}",), gather=gather, scope=SCOPE)


# ---------------------------------------------------------------- the acts


def routes(frame: Frame) -> list[Route]:
    """Adding one, adding those of a file, and what is done to one."""
    return [
        doing.route(frame, LIST, add),
        doing.route(frame, LIST, bring_in, path="/clients/import"),
        doing.route(frame, PAGE, change),
    ]


async def add(visit: Visit, form: FormData) -> Outcome:
    """One client; its secret is shown once."""
    answer = await visit.hub.send("POST", "/v1/clients", {"clients": [registration(doing.texts(form))]})
    [client] = answer.json()["clients"]
    return Outcome(result={"client": client["client_id"], "secret": client["client_secret"]})


async def bring_in(visit: Visit, form: FormData) -> Outcome:
    """All clients of a file, or none; their secrets in one sealed file."""
    raw, name = await doing.file(form, "file")
    lines, registrations = await run_in_threadpool(read, raw, name)
    try:
        answer = await visit.hub.send("POST", "/v1/clients", {"clients": registrations})
    except Rejected as error:
        raise doing.by_line(error, lines) from error
    clients = answer.json()["clients"]
    phrase = sealing.new_phrase()
    file = await run_in_threadpool(sealing.seal, secrets_file(clients), name="client-secrets.csv", phrase=phrase)
    return Outcome(result={"count": len(clients), "phrase": phrase, "file": base64.b64encode(file).decode()})


async def change(visit: Visit, form: FormData) -> Outcome:
    """do: `rotate` (a new secret, the old one goes on for some hours), `revoke`."""
    path = f"/v1/clients/{visit.path['client']}"
    if acting.button(form, "rotate", "revoke") == "revoke":
        reason = {"reason": doing.text(form, "reason")}
        await visit.hub.send("POST", f"{path}/revoke", reason, version=doing.version(form))
        return Outcome(to=f"/clients/{visit.path['client']}")
    hours = doing.number(form, "overlapHours")
    answer = (
        await visit.hub.send("POST", f"{path}/rotate", {"overlapHours": hours}, version=doing.version(form))
    ).json()
    return Outcome(result={"client": answer["client_id"], "secret": answer["client_secret"], "hours": hours})


# ---------------------------------------------------------------- files. Pure


def registration(values: Mapping[str, str]) -> dict[str, Any]:
    """One client as the route takes it. Several codes in a field: between them spaces, commas, semicolons."""
    text = {name: values.get(name, "").strip() for name in COLUMNS}
    lists = {name: [part for part in re.split(r"[\s,;|]+", text[name]) if part] for name in _LISTS}
    needed = {name: text[name] for name in _NEEDED}
    more = {"role": text["role"], **lists, "kafka_principal": text["kafka_principal"]}
    return needed | {name: value for name, value in more.items() if value}  # 500 have to fit into one request


def read(raw: bytes, name: str) -> tuple[list[int], list[dict[str, Any]]]:
    """(lines, registrations) of a file, CSV or .xlsx. Raises Rejected for one that can't be read, lacks columns, or
    has no row or too many.
    """
    sheet = sheets.read(raw, name)
    if missing := [column for column in _NEEDED if column not in sheet.header]:
        raise refused("file_columns", columns=", ".join(missing))
    if not 1 <= len(sheet.rows) <= _MOST:
        raise refused("file_rows", "/file", most=_MOST)
    registrations = [registration(dict(zip(sheet.header, values, strict=True))) for _, values in sheet.rows]
    return [line for line, _ in sheet.rows], registrations


def secrets_file(clients: Sequence[Mapping[str, Any]]) -> bytes:
    """CSV of ids and secrets; for systems, so with commas."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("client_id", "client_secret"))
    writer.writerows((client["client_id"], client["client_secret"] or "") for client in clients)
    return out.getvalue().encode()
