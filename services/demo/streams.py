"""After the demonstration on Kafka: what stands in the topics, who is behind, whether it is as it must be."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.console import RenderableType
from rich.table import Table

from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.kafka import topics
from lienthong.kafka.settings import KafkaSettings
from services.demo.outcome import Expectation
from services.demo.processes import NotReady
from services.demo.site import Site

CONSUMERS = ("relay", "aggregate", "export")
PATIENCE = 60.0  # seconds until everybody has read everything; it takes one or two
SHOWN = 3  # messages of each partition
_ALL = 1_000_000  # more than a demonstration ever writes


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamMessage:
    """One message as shown: its place in Kafka, its position in the log."""

    partition: int
    offset: int
    sequence: int
    type: str
    subject: str
    bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Behind:
    """How far a consumer has come in a partition that holds anything."""

    consumer: str
    key: str
    partition: int
    head: int
    position: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Streams:
    """What Kafka holds after the year. log: the topic of the event log. messages: by topic, in the order of
    partition and offset.
    """

    log: str
    messages: Mapping[str, tuple[StreamMessage, ...]]
    behind: tuple[Behind, ...]


def gather(site: Site) -> Streams:
    """Wait until relay and consumers have read everything, then look into the topics. Raises NotReady."""
    assert site.kafka is not None, "asked of a site on Kafka"
    with site.pool("aggregate") as pool:
        log = PostgresEventLog(pool)
        _await(log)
        behind = tuple(
            Behind(consumer=consumer, key=key, partition=log.partitions[key], head=head, position=positions[key])
            for consumer in CONSUMERS
            for positions in [log.positions(consumer)]
            for key, head in log.heads().items()
            if head
        )
    log_topic = f"{site.kafka.topic_prefix}.{topics.LOG}"
    return Streams(log=log_topic, messages=_messages(site.kafka), behind=behind)


def checks(streams: Streams) -> Iterator[Expectation]:
    """The topic of the log holds every event, each partition in its order; nobody is behind."""
    heads = {lag.partition: lag.head for lag in streams.behind}
    seen: dict[int, list[int]] = {partition: [] for partition in heads}
    for message in streams.messages[streams.log]:
        # A relay that was stopped at the wrong moment repeats itself; whoever reads skips by position.
        if message.sequence > (seen[message.partition] or [0])[-1]:
            seen[message.partition].append(message.sequence)
    yield Expectation(
        what="Kafka holds each partition's events in order, without holes",
        expected={partition: list(range(1, head + 1)) for partition, head in heads.items()},
        got=seen,
    )
    yield Expectation(
        what="events not yet read, by consumer and partition",
        expected={},
        got={(lag.consumer, lag.key): lag.head - lag.position for lag in streams.behind if lag.head != lag.position},
    )


def _await(log: PostgresEventLog) -> None:
    end = time.monotonic() + PATIENCE
    while behind := [consumer for consumer in CONSUMERS if log.positions(consumer) != log.heads()]:
        if time.monotonic() > end:
            raise NotReady(f"{', '.join(behind)}: still behind after {PATIENCE:.0f} s")
        time.sleep(0.1)


def _messages(settings: KafkaSettings) -> dict[str, tuple[StreamMessage, ...]]:
    from lienthong.kafka import peek  # noqa: PLC0415
    from lienthong.kafka.administration import Administration  # noqa: PLC0415

    names = sorted(name for name in Administration(settings).names() if name.startswith(f"{settings.topic_prefix}."))
    return {
        name: tuple(
            StreamMessage(
                partition=message.partition,
                offset=message.offset,
                sequence=int(message.headers.get("ce_sequence", b"0")),
                type=message.headers.get("ce_type", b"").decode(),
                subject=message.headers.get("ce_subject", b"").decode(),
                bytes=len(message.value),
            )
            for messages in peek.last_messages(settings, name, _ALL).values()
            for message in messages
        )
        for name in names
    }


def tables(streams: Streams) -> Iterator[RenderableType]:
    """Everything there is to see: a table of each topic's end, and one of who has come how far."""
    for name, messages in streams.messages.items():
        yield topic_table(name, messages)
    yield lag_table(streams.behind)


def topic_table(name: str, messages: Sequence[StreamMessage]) -> Table:
    """The last messages of each partition of a topic; partitions that hold a single one share a line."""
    shown = _table(f"6. Kafka, topic {name}: {SHOWN} thông điệp cuối mỗi phân vùng")
    for column in ("Phân vùng", "Offset", "Vị trí (sequence)"):
        shown.add_column(column, justify="right")
    shown.add_column("Loại sự kiện", overflow="fold")
    shown.add_column("Chủ thể", overflow="fold")
    shown.add_column("Byte", justify="right")
    single = []
    for partition, group in groupby(messages, key=lambda message: message.partition):
        held = list(group)
        if len(held) == 1:
            single.append(partition)
            continue
        for words in held[-SHOWN:]:
            place = (str(partition), str(words.offset), str(words.sequence))
            shown.add_row(*place, _kind(words), words.subject, f"{words.bytes:,}")
        shown.add_section()
    kinds = Counter(_kind(message).removesuffix(".v1") for message in messages)
    shown.caption = f"{len(messages)} thông điệp: " + ", ".join(f"{n} {kind}" for kind, n in kinds.most_common())
    if single:
        shown.caption += f". Các phân vùng {_ranges(single)}: mỗi phân vùng một thông điệp."
    return shown


def lag_table(behind: Iterable[Behind]) -> Table:
    """How far the relay and each consumer have come: partitions with a history of their own, the rest together."""
    shown = _table("7. Độ trễ của bộ chuyển tiếp và các bộ đọc")
    shown.add_column("Phân vùng")
    shown.add_column("Cuối nhật ký", justify="right")
    for consumer in CONSUMERS:
        shown.add_column(f"{consumer}: vị trí (còn lại)", justify="right")
    groups: dict[str, list[Behind]] = {}
    for lag in sorted(behind, key=lambda lag: (lag.head == 1, lag.partition)):
        groups.setdefault(f"{lag.partition} ({lag.key})" if lag.head > 1 else "các phân vùng khác", []).append(lag)
    for name, members in groups.items():
        cells = [str(sum(member.head for member in members if member.consumer == CONSUMERS[0]))]
        for consumer in CONSUMERS:
            mine = [member for member in members if member.consumer == consumer]
            left = sum(lag.head - lag.position for lag in mine)
            colour = "yellow" if left else "green"
            cells.append(f"{sum(lag.position for lag in mine)} ([{colour}]{left}[/])")
        shown.add_row(name, *cells)
    return shown


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", header_style="bold", caption_justify="left")


def _kind(message: StreamMessage) -> str:
    return message.type.removeprefix("vn.lienthong.")


def _ranges(numbers: Iterable[int]) -> str:
    """`0–7, 10–13`."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
