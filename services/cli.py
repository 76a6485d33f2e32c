"""`lienthong`: the composition root. Every command of the hub, in groups."""

from __future__ import annotations

import typer

from services.commands import backup, clients, demo, filling, generated, keeping, plans, rounds, running

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="Liên Thông – trục trao đổi dữ liệu xã, sở, tỉnh, Bộ.")
for function in (running.up, demo.demo, running.migrate, running.http, running.ingest, running.aggregate, running.export,
                 keeping.platform, keeping.replay, keeping.verify,
                 backup.backup, backup.restore, backup.reopen, filling.fill):
    app.command()(function)
for name, group in {
    "clients": clients.app, "plans": plans.plans, "programmes": plans.programmes, "units": plans.registry,
    "forms": plans.forms, "rounds": rounds.rounds, "releases": rounds.releases, "reports": rounds.reports, "deliveries": keeping.deliveries,
    "destinations": keeping.destinations, "clock": keeping.clocks, "generated": generated.app,
}.items():
    app.add_typer(group, name=name)


def main() -> None:
    """Entry point of the `lienthong` command."""
    app()


if __name__ == "__main__":
    main()
