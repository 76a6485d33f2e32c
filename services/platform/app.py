"""The platform's HTTP side: schemas/platform/openapi.yaml, a page for people, an admin corner for trials."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import FastAPI, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, Response

from lienthong.contracts import strict
from lienthong.contracts.schemas import Contracts
from lienthong.errors import Rejected
from lienthong.pushes import signing
from lienthong.pushes.reconciliation import digest_of
from lienthong.refusals import problem, refused
from lienthong.web import handling, problems
from lienthong.web.transport import is_loopback
from services.platform import page, publishing
from services.platform.faults import Broken, Faults, Instruction
from services.platform.provinces import province_of
from services.platform.receiving import KnownSender, StoredMessage, read
from services.platform.store import Store

MESSAGE = "https://lienthong.vn/schemas/platform/message.schema.json"
ITEM = "https://lienthong.vn/schemas/platform/content-item.schema.json"
MAX_BODY = 32 * 1024 * 1024  # a province of 200 communes with 60 figures each is about 3 MB
SenderName = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Kind = Annotated[str, Path(pattern="^(release|content)$")]


class Sender(BaseModel):
    """What the platform has to know of a hub before it may send."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: str = Field(max_length=200)
    province: str = Field(pattern="^[0-9]{2}$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Receiver:
    """Everything a route needs."""

    store: Store
    faults: Faults
    contracts: Contracts

    def check(self, headers: Mapping[str, str], body: bytes) -> StoredMessage:
        """A verified, valid message. Raises Rejected: 401 signature, 400 not JSON, 422 not valid."""
        sender, webhook_id = self.verify(headers, body)
        document = strict.read(body)
        faults = self.contracts.problems(MESSAGE, document)
        if faults:
            raise Rejected(faults)
        return read(document, webhook_id=webhook_id, sender=sender, body=body, province_of=province_of)

    def verify(self, headers: Mapping[str, str], payload: bytes) -> tuple[KnownSender, str]:
        """(sender, webhook-id) of a signed request. Raises Rejected (401)."""
        sender = self.require_sender(headers)
        return sender, signing.verify(sender.secret, headers, payload)

    def require_sender(self, headers: Mapping[str, str]) -> KnownSender:
        """Who calls itself so. Raises Rejected (401)."""
        sender = self.store.sender(headers.get(signing.SENDER, ""))
        if sender is None:
            raise signing.unsigned("the sender is not known here")
        return sender

    def asker(self, request: Request) -> str:
        """The sender that signed a question. Raises Rejected (401)."""
        target = request.scope["raw_path"].decode("ascii")
        query = request.scope["query_string"].decode("ascii", "replace")
        line = signing.question(request.method, f"{target}?{query}" if query else target)
        return self.verify(request.headers, line)[0].id


def app(store: Store, *, contracts: Contracts | None = None, admin: bool = True) -> FastAPI:
    """The platform over a store. admin: offer the admin corner (to loopback callers alone)."""
    api = FastAPI(title="Nền tảng tiếp nhận (mẫu)", openapi_url=None, docs_url=None, redoc_url=None)
    receiver = Receiver(store=store, faults=Faults(), contracts=contracts or Contracts.load())
    handling.install(api)
    _messages(api, receiver)
    _reconciliation(api, receiver)
    _publication(api, receiver)
    _people(api, receiver)
    if admin:
        _admin(api, receiver)
        _own_items(api, receiver)
    return api


def _messages(api: FastAPI, receiver: Receiver) -> None:
    @api.post("/v1/messages")
    async def receive(request: Request) -> Response:
        await run_in_threadpool(receiver.require_sender, request.headers)  # a stranger's 32 MB are not read
        body = await _body(request)
        fault = receiver.faults.take()
        if fault.mode == "slow":
            await asyncio.sleep(fault.seconds)
        if fault.mode == "close":
            return Broken()
        if fault.mode in ("refuse", "fail"):
            return _answer_as_instructed(fault)
        message = await run_in_threadpool(receiver.check, request.headers, body)
        status = await run_in_threadpool(receiver.store.receive, message)
        if fault.mode == "lose":
            return Broken()
        return JSONResponse(
            {
                "status": status,
                "kind": message.kind,
                "id": message.id,
                "version": message.version,
                "digest": message.digest,
            }
        )


def _reconciliation(api: FastAPI, receiver: Receiver) -> None:
    @api.get("/v1/digest/{kind}")
    def digest(request: Request, kind: Kind) -> dict[str, Any]:
        count, total = digest_of(receiver.store.items_in_force(receiver.asker(request), kind))
        return {"kind": kind, "count": count, "digest": total}

    @api.get("/v1/items/{kind}")
    def items(
        request: Request, kind: Kind, after: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 500
    ) -> dict[str, Any]:
        held = receiver.store.items_in_force(receiver.asker(request), kind, after=after, limit=limit + 1)
        listed = [
            {"id": item.id, "version": item.version, "state": item.state, "digest": item.digest}
            for item in held[:limit]
        ]
        return {"kind": kind, "items": listed, "more": len(held) > limit}

    @api.get("/v1/items/{kind}/{identifier:path}")
    def item(
        request: Request, kind: Kind, identifier: str, version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None
    ) -> Response:
        item = receiver.store.item(receiver.asker(request), kind, identifier, version)
        if item is None:
            raise refused("not_held")
        return Response(item.body, status_code=410 if item.withdraws else 200, media_type="application/json")


def _publication(api: FastAPI, receiver: Receiver) -> None:
    @api.get("/v1/published")
    def published(
        request: Request,
        after: Annotated[int, Query(ge=0, le=2**62)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> dict[str, Any]:
        receiver.asker(request)
        shown, head = receiver.store.published_items(after=after, limit=limit + 1)
        return publishing.page(shown, after=after, limit=limit, head=head)


def _people(api: FastAPI, receiver: Receiver) -> None:
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }

    @api.get("/")
    def arrived() -> HTMLResponse:
        html = page.listing(receiver.store.last_messages(), receiver.store.counts(), receiver.faults.look().mode)
        return HTMLResponse(html, headers=headers)

    @api.get("/xem/{number}")
    def message(number: Annotated[int, Path(ge=1, le=2**62)]) -> HTMLResponse:
        message = receiver.store.message(number)
        if message is None:
            raise refused("message_unknown")
        return HTMLResponse(page.message(message), headers=headers)

    @api.get("/livez")
    def alive() -> dict[str, str]:
        return {"status": "ok"}


def _admin(api: FastAPI, receiver: Receiver) -> None:
    @api.put("/admin/fault")
    def tell(request: Request, fault: Instruction) -> Instruction:
        _only_here(request)
        receiver.faults.tell(fault)
        return fault

    @api.get("/admin/fault")
    def look(request: Request) -> Instruction:
        _only_here(request)
        return receiver.faults.look()

    @api.put("/admin/senders/{identifier}")
    def put_sender(request: Request, identifier: SenderName, sender: Sender) -> dict[str, str]:
        _only_here(request)
        signing.check_secret(sender.secret)
        receiver.store.put_sender(identifier, secret=sender.secret, province=sender.province)
        return {"id": identifier, "province": sender.province}


def _own_items(api: FastAPI, receiver: Receiver) -> None:
    @api.put("/admin/published/{identifier}")
    async def publish(request: Request, identifier: SenderName) -> dict[str, Any]:
        _only_here(request)
        version = receiver.store.next_version(identifier)
        sent = strict.read(await _body(request))
        item = {"id": identifier, "version": version} | sent if isinstance(sent, dict) else sent
        if faults := receiver.contracts.problems(ITEM, item):
            raise Rejected(faults)
        receiver.store.receive(publishing.own_item(identifier, version, item))
        return {"id": identifier, "version": version}

    @api.delete("/admin/published/{identifier}")
    def withdraw(request: Request, identifier: SenderName) -> dict[str, Any]:
        _only_here(request)
        version = receiver.store.next_version(identifier)
        receiver.store.receive(publishing.own_item(identifier, version, None))
        return {"id": identifier, "version": version}


def _only_here(request: Request) -> None:
    """The admin corner is for people on this machine: no remote peer, no proxy, no foreign host name (a web
    page elsewhere could point its own name at 127.0.0.1)."""
    peer = request.client.host if request.client else "unknown"
    proxied = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    named = request.url.hostname in ("127.0.0.1", "::1", "localhost")
    if not is_loopback(peer) or proxied or not named:
        raise refused("only_on_this_machine")


async def _body(request: Request) -> bytes:
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise refused("content_type")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise refused("content_encoding")
    parts, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            raise refused("too_large")
        parts.append(chunk)
    return b"".join(parts)


def _answer_as_instructed(fault: Instruction) -> Response:
    status = fault.status or (422 if fault.mode == "refuse" else 503)
    error = Rejected([problem("", "told_to_refuse")], status=status)
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return Response(
        orjson.dumps(problems.document(error)),
        status_code=status,
        media_type=problems.MEDIA_TYPE,
        headers=headers,
    )
