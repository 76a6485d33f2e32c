"""What can be done to the hub over HTTP can be done by command, and the reverse. A new act says here where it is."""

from __future__ import annotations

import json
from collections.abc import Iterator

import typer

from services import cli
from tests.conftest import ROOT

ACTS = {
    "POST /v1/clients": "clients add",
    "POST /v1/clients/{client}/keys": "clients keys add",
    "DELETE /v1/clients/{client}/keys/{kid}": "clients keys remove",
    "POST /v1/clients/{client}/revoke": "clients revoke",
    "POST /v1/clients/{client}/rotate": "clients rotate",
    "POST /v1/contacts": "units import-contacts",
    "POST /v1/content/{unit}/{item}/approval": "content approve",
    "POST /v1/deliveries/{identifier}/retry": "deliveries retry",
    "POST /v1/destinations": "destinations add",
    "DELETE /v1/destinations/{identifier}": "destinations remove",
    "PATCH /v1/destinations/{identifier}": "destinations edit",
    "POST /v1/destinations/{identifier}/pause": "destinations pause",
    "POST /v1/destinations/{identifier}/reconciliation": "destinations reconcile",
    "POST /v1/destinations/{identifier}/resume": "destinations resume",
    "POST /v1/destinations/{identifier}/rotate": "destinations rotate",
    "POST /v1/difficulties/{receipt}/answer": "difficulties answer",
    "POST /v1/difficulties/{receipt}/closing": "difficulties close",
    "POST /v1/difficulties/{receipt}/forwarding": "difficulties forward",
    "POST /v1/facts/{partition}/{position}/set-aside": "facts set-aside",
    "POST /v1/people": "users add",
    "POST /v1/people/{person}/disable": "users disable",
    "POST /v1/people/{person}/enable": "users enable",
    "POST /v1/people/{person}/password": "users password",
    "PUT /v1/people/{person}/roles": "users roles",
    "POST /v1/people/{person}/second-factor/reset": "users totp",
    "DELETE /v1/people/{person}/sessions": "users sessions",
    "POST /v1/plans": "plans publish",
    "POST /v1/plans/{plan}/retirement": "plans retire",
    "POST /v1/plans/{plan}/tasks/{task}/reports": "tasks report",
    "POST /v1/portals": "portals add",
    "DELETE /v1/portals/{portal}": "portals remove",
    "POST /v1/portals/{portal}/pause": "portals pause",
    "POST /v1/portals/{portal}/resume": "portals resume",
    "POST /v1/receipts/{receipt}/redaction": "reports redact",
    "POST /v1/rounds": "rounds open",
    "POST /v1/rounds/{round}/dormant": "rounds excuse",
    "POST /v1/rounds/{round}/extensions": "rounds extend",
    "POST /v1/rounds/{round}/lock": "rounds lock",
    "POST /v1/rounds/{round}/passed-on": "reports pass-on",
    "POST /v1/rounds/{round}/releases": "releases sign",
    "POST /v1/rounds/{round}/releases/drafts": "releases draft",
    "POST /v1/rounds/{round}/releases/{version}/withdrawal": "releases withdraw",
    "POST /v1/rounds/{round}/reminders": "reminders send",
    "POST /v1/rounds/{round}/returns": "reports return",
    "POST /v1/units": "units import",
    "PUT /v1/units/{province}/boundaries": "units boundaries",
    "DELETE /v1/units/{unit}/contact": "units forget-contact",
    "PUT /v1/units/{unit}/contact": "units contact",
    "PUT /v1/units/{unit}/single-person": "releases one-person",
}
"""Route → command."""

ONES_OWN = ("/oauth/", "/v1/session", "/v1/events")
"""How the routes begin by which somebody logs in, or a system sends what it has to say: nothing is operated there."""

COMPOSED = {
    "clients import": "POST /v1/clients",
    "directives import": "POST /v1/events",
    "plans install": "POST /v1/plans",
    "units merge": "POST /v1/units",
}
"""Commands that only make, of a file or of few words, what a route takes."""

OF_THE_MACHINE = {"clients topic", "inbound replay", "clock set", "reminders try", "topics apply", "forms generate"}
"""Commands about the broker, the clock, the mail server or the checkout of whoever runs the hub."""

READING = {
    "list",
    "show",
    "search",
    "preview",
    "received",
    "supplied",
    "reach",
    "programme",
    "grades",
    "contacts",
    "count",
    "check",
    "export",
    "package",
    "verify",
    "lint",
    "year",
}
"""Verbs of commands that change nothing in the hub."""


def _commands() -> Iterator[str]:
    """Of every group."""
    groups = typer.main.get_command(cli.application(None)).commands  # type: ignore[attr-defined]
    for name in cli.GROUPS:
        yield from _below(name, groups[name])


def _below(name: str, command: object) -> Iterator[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name
        return
    for verb, each in inner.items():
        yield from _below(f"{name} {verb}", each)


def _routes() -> set[str]:
    """Of those that change something."""
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))["paths"]
    changing = {"post", "put", "patch", "delete"}
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods if method in changing}


def test_every_act_of_an_operator_over_http_has_a_command() -> None:
    assert {route for route in _routes() if not route.split(" ", 1)[1].startswith(ONES_OWN)} == set(ACTS)
    assert set(ACTS.values()) <= set(_commands())


def test_every_command_that_changes_the_hub_has_a_route_or_is_about_its_machine() -> None:
    changing = {name for name in _commands() if name.rpartition(" ")[2] not in READING and "generated" not in name}
    assert changing == {*ACTS.values(), *COMPOSED, *OF_THE_MACHINE}
    assert set(COMPOSED.values()) <= _routes()
