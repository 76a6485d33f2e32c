"""The console's pages, a module each; PAGES in the order of the menu. How to add one: services/console/__init__.py."""

from services.console.page import Page
from services.console.pages import (
    consolidation,
    deliveries,
    difficulties,
    nation,
    overview,
    plans,
    provenance,
    queries,
    receipt,
    releases,
    report,
    reviews,
    round,
    signing,
    unit,
    units,
)
from services.console.running import audit, clients, destinations, health, people, publishing, registry

PAGES: tuple[Page, ...] = (
    overview.PAGE,
    plans.LIST,
    units.PAGE,
    reviews.PAGE,
    releases.LIST,
    deliveries.PAGE,
    nation.PAGE,
    health.PAGE,
    round.PAGE,
    consolidation.PAGE,
    signing.PAGE,
    plans.PAGE,
    unit.PAGE,
    report.PAGE,
    receipt.PAGE,
    provenance.PAGE,
    releases.PAGE,
    difficulties.PAGE,
    queries.PAGE,
    clients.LIST,
    clients.PAGE,
    people.LIST,
    people.PAGE,
    destinations.LIST,
    destinations.PAGE,
    publishing.PAGE,
    registry.PAGE,
    audit.PAGE,
)
"""Every page there is, those of the menu first."""
