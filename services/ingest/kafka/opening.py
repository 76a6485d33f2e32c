"""Making it possible for a client to submit by Kafka: its three topics, who may write and read them, its row; and
ending that."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from lienthong.access import audit, registered
from lienthong.access.principals import Principal
from lienthong.access.registered import Registered
from lienthong.errors import Rejected
from lienthong.kafka import topics
from lienthong.kafka.administration import Administration, Right
from lienthong.kafka.settings import KafkaSettings
from lienthong.postgres.pool import Connection
from lienthong.refusals import misconfigured, problem
from services.ingest.kafka.outbox import topic_of
from services.ingest.kafka.store import RECEIPTS, REFUSALS, SQL

INBOUND = "inbound"


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """What a client's owner has to know. group: the consumer group with which it may read what comes back."""

    principal: str
    inbound: str
    receipts: str
    refusals: str
    group: str


def open_inbox(
    conn: Connection, admin: Administration, settings: KafkaSettings, client_id: str, *, by: Principal | str
) -> Opened:
    """Make a client's topics and rights where they are missing, and read its topic from now on. Repeatable.

    Raises Rejected for a client without a Kafka principal, Misconfigured when others may write to its topic too.
    """
    client = _kafka_client(conn, client_id)
    user = user_of(client)
    opened = Opened(
        principal=f"User:{user}",
        inbound=topic_of(settings, INBOUND, client_id),
        receipts=topic_of(settings, RECEIPTS, client_id),
        refusals=topic_of(settings, REFUSALS, client_id),
        group=f"{settings.topic_prefix}.client.{client_id}",
    )
    mine = {opened.inbound, opened.receipts, opened.refusals}
    wanted = topics.wanted_topics(topics.load(), settings, [client_id])
    topics.apply(admin, {name: state for name, state in wanted.items() if name in mine})
    admin.allow(user, opened.inbound, "write")
    for readable in (opened.receipts, opened.refusals):
        admin.allow(user, readable, "read")
    admin.allow_group(user, opened.group)
    only_writer(opened.inbound, opened.principal, admin.writers())
    extent = admin.extents([opened.inbound])[opened.inbound]
    with conn.transaction():
        inserted = conn.execute(
            SQL.open_inbox, {"client": client_id, "topic": opened.inbound, "topic_id": extent.id, "next": extent.start}
        ).rowcount
        conn.execute(SQL.open_outbox, {"client": client_id})
        if inserted:
            audit.record(
                conn, by, "client.topic_opened", client_id, {"topic": opened.inbound}, province=client.province
            )
    return opened


def close_inbox(admin: Administration, settings: KafkaSettings, client: Registered) -> bool:
    """A revoked client writes to its topic no longer. It goes on reading what became of what it wrote before.

    False: nothing was left to take away. Raises Transient while Kafka is away; repeatable.
    """
    user = user_of(client)
    return bool(user) and admin.forbid_writing(user, topic_of(settings, INBOUND, client.client_id)) > 0


def only_writer(topic: str, principal: str, rights: Iterable[Right]) -> None:
    """Raises Misconfigured unless this principal alone may write to the topic: the topic tells the client."""
    texts = strangers(topic, principal, rights)
    if texts:
        raise misconfigured("inbound_not_alone", others=", ".join(sorted(texts)), topic=topic)


def strangers(topic: str, principal: str, rights: Iterable[Right]) -> Collection[str]:
    """Who else may write to the topic."""
    return {right.principal for right in rights if right.covers(topic) and right.principal != principal}


def user_of(client: Registered) -> str:
    """The name of its principal without Kafka's `User:`."""
    return (client.kafka_principal or "").removeprefix("User:")


def _kafka_client(conn: Connection, client_id: str) -> Registered:
    client = registered.find(conn, client_id)
    if client is None or not client.active:
        raise Rejected(
            [
                problem(
                    "",
                    "client_unknown",
                    client=client_id,
                )
            ],
            status=404,
        )
    if not user_of(client):
        raise Rejected(
            [
                problem(
                    "",
                    "kafka_principal_missing",
                    client=client_id,
                )
            ]
        )
    return client
