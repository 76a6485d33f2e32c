"""`lienthong`: the composition root. Every command of the hub, in groups."""

from __future__ import annotations

import typer

from services.commands import clients, running

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="Liên Thông – trục trao đổi dữ liệu xã, sở, tỉnh, Bộ.")
for function in (running.up, running.migrate, running.http, running.ingest, running.aggregate, running.export):
    app.command()(function)
app.add_typer(clients.app, name="clients")


def main() -> None:
    """Entry point of the `lienthong` command."""
    app()


if __name__ == "__main__":
    main()
