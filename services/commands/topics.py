"""`lienthong topics apply|check`: the topics in Kafka as the hub needs them. The relay is a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from lienthong.kafka import topics as definitions
from lienthong.kafka.administration import Administration, TopicState
from lienthong.kafka.settings import KafkaSettings
from lienthong.settings import load
from services.commands.terminal import err, errors_told, out

app = typer.Typer(no_args_is_help=True, help="Các topic Kafka / the topics of the hub.")

Clients = Annotated[list[str] | None, typer.Option("--client", help="Đơn vị gửi qua Kafka (lặp lại được)")]


@app.command()
def apply(client: Clients = None) -> None:
    """Tạo topic còn thiếu, sửa cấu hình khác biệt. / Make what is missing, set what differs."""
    with errors_told():
        admin, wanted = _wanted_topics(client)
        done = definitions.apply(admin, wanted)
        out.print("\n".join(done) if done else f"{len(wanted)} topic đã đúng. / all in place", highlight=False)


@app.command()
def check(client: Clients = None) -> None:
    """Đối chiếu Kafka với định nghĩa; khác thì báo lỗi. / Compare Kafka with the definitions."""
    with errors_told():
        admin, wanted = _wanted_topics(client)
        wrong = definitions.check(admin, wanted)
    for line in wrong:
        err.print(f"[red]✗[/] {line}", highlight=False)
    if wrong:
        raise typer.Exit(1)
    out.print(f"[green]✓[/] {len(wanted)} topic")


def _wanted_topics(clients: list[str] | None) -> tuple[Administration, Mapping[str, TopicState]]:
    settings = load(KafkaSettings)
    return Administration(settings), definitions.wanted_topics(definitions.load(), settings, clients or ())
