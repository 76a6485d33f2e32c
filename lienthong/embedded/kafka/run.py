"""`lienthong kafka`: brokers in the foreground until Ctrl+C or SIGTERM."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from lienthong.embedded.kafka.cluster import Cluster
from lienthong.stopping import until_asked

_LOOK_SECONDS = 0.5

NOTICE = (
    "[bold]Chỉ dùng để trình diễn, kiểm thử và phát triển[/]: mọi broker chung một máy, một ổ đĩa. Triển khai"
    " thật: xem deploy/.\n[dim]For demonstrations, tests and development only: all brokers share one machine and"
    " one disk. For production see deploy/.[/]"
)


def run(folder: Path, brokers: int = 1, port: int = 9092, *, console: Console | None = None) -> None:
    """Run brokers on 127.0.0.1 from `port` on until SIGINT or SIGTERM, then stop them cleanly.

    A broker that dies is started again. Raises as Cluster does.
    """
    out = console or Console()
    out.print(NOTICE)
    with until_asked() as stop, Cluster(folder, brokers, port=port) as cluster:
        out.print(f"Apache Kafka: [bold green]{cluster.bootstrap}[/]  ({folder})")
        out.print(f"  export LIENTHONG_KAFKA_BOOTSTRAP={cluster.bootstrap}  LIENTHONG_KAFKA_REPLICATION={brokers}")
        out.print("Ctrl+C để dừng · [dim]Ctrl+C stops[/]")
        while not stop.wait(_LOOK_SECONDS):
            for number, status in cluster.dead_brokers().items():
                out.print(f"broker {number} đã chết (mã {status}), khởi động lại · [dim]died, starting again[/]")
                cluster.restart(number)
        out.print("Đang dừng · [dim]stopping[/]")
