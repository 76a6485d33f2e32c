"""What the platform shows to those who take it: the page of its contract, and its own items for trials. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lienthong.contracts import canonical
from services.platform.receiving import StoredMessage

PLATFORM = "platform"
"""The sender of what is the platform's own; no hub may be called so (services/platform/store.py)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """One item as it is shown, or was. number: of its last change. body: the message that is in force."""

    number: int
    sender: str
    id: str
    version: int
    type: str
    body: bytes


def page(shown: Sequence[Shown], *, after: int, limit: int, head: int) -> dict[str, Any]:
    """schemas/platform/published-page.schema.json. shown: what follows, one more than `limit` where there is more."""
    items = shown[:limit]
    return {
        "items": [_item(item) for item in items],
        "next": items[-1].number if items else after,
        "head": head,
        "more": len(shown) > limit,
    }


def own_item(identifier: str, version: int, data: Mapping[str, Any] | None) -> StoredMessage:
    """An item of the platform's own, published or (None) withdrawn, as it stands in the store."""
    kind = "withdrawn" if data is None else "published"
    document = {"id": identifier, "version": version} | dict(data or {})
    return StoredMessage(
        webhook_id=f"{kind}.{identifier}.{version}",
        sender=PLATFORM,
        type=f"content.{kind}",
        kind="content",
        id=identifier,
        version=version,
        digest=canonical.digest_of(document),
        title=str(document.get("title", identifier)),
        sample=True,
        body=canonical.write({"data": document}),
    )


def _item(item: Shown) -> dict[str, Any]:
    body: dict[str, Any] = {"number": item.number, "sender": item.sender, "id": item.id, "version": item.version}
    if item.type.endswith(".withdrawn"):
        return body | {"state": "withdrawn"}
    return body | {"state": "published", "data": json.loads(item.body)["data"]}
