"""`lienthong platform`: a receiving platform that really runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lienthong.refusals import misconfigured
from services.commands import secret_files
from services.commands.terminal import errors_told, out
from services.hub import place
from services.platform.run import PlatformOptions, run


def platform(
    path: Annotated[Path, typer.Option(help="Tệp lưu")] = Path("var/platform.sqlite"),
    port: Annotated[int, typer.Option(help="Cổng HTTP, chỉ trên máy này / port, on this machine alone")] = 8090,
    sender: Annotated[
        list[str] | None,
        typer.Option(
            help="BÊN-GỬI:TỈNH:TỆP như `destinations add` in ra (khóa ở dòng đầu tệp), lặp lại được / "
            "SENDER:PROVINCE:FILE as `destinations add` prints them"
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="Tên mà /livez nêu / what /livez calls it")] = "",
) -> None:
    """Nền tảng nhận (để trình diễn và thử nghiệm). / A receiving platform that really runs."""
    with errors_told():
        senders = tuple(known_sender(text) for text in sender or ())
        place.refuse_taken("127.0.0.1", port, "--port")
        path.parent.mkdir(parents=True, exist_ok=True)
        out.print(f"Nền tảng nhận / receiving platform: [bold]http://127.0.0.1:{port}[/]")
        run(PlatformOptions(path=path, port=port, senders=senders, name=name))


def known_sender(text: str) -> tuple[str, str, str]:
    """Who may send, as (id, secret, province), from ID:PROVINCE:FILE.

    The secret stands in the file: everybody on the machine can read another's command line.
    """
    identifier, _, rest = text.partition(":")
    province, _, file = rest.partition(":")
    if not (identifier and province and file):
        raise misconfigured("sender_option_malformed", given=identifier)
    secret = secret_files.read_secret(Path(file), asked=False, what="")
    if not secret:
        raise misconfigured("sender_option_malformed", given=identifier)
    return identifier, secret, province
