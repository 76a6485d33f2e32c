"""`lienthong kafka`: a broker for trying things out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lienthong.embedded import kafka as broker
from services.commands.terminal import errors_told, out


def kafka(
    folder: Annotated[Path, typer.Option(help="Thư mục dữ liệu của các broker")] = Path("var/kafka"),
    brokers: Annotated[int, typer.Option(min=1, max=3, help="Số broker / how many brokers")] = 1,
    port: Annotated[int, typer.Option(help="Cổng của broker thứ nhất", max=32_000)] = 9092,
) -> None:
    """Chạy Apache Kafka để trình diễn, kiểm thử. / Run Apache Kafka for demonstrations and tests."""
    with errors_told():
        broker.run(folder, brokers, port, console=out)
