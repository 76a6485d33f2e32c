"""What the nation counts when a commune carries out, by a plan of its own, what its province counts too. Pure.

The live view and the one over releases ask the same question of the same plans, so they answer alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lienthong.errors import Message

Asked = Mapping[str, frozenset[str]]
"""By figure code the units that a plan's round asks it of."""

REPEATED = Message(
    vi="Kế hoạch của tỉnh đã tính số liệu này của cùng đơn vị.",
    en="The province's plan already counts this figure of the same unit.",
)


def units_by_figure(figures: Iterable[tuple[str, Iterable[str]]]) -> dict[str, frozenset[str]]:
    """(figure, units) pairs, one for each form that asks for it, gathered by figure."""
    counted: dict[str, frozenset[str]] = {}
    for code, units in figures:
        counted[code] = counted.get(code, frozenset()) | frozenset(units)
    return counted


def repeated_figures(own: Asked, wider: Iterable[Asked]) -> frozenset[str]:
    """Figures of a commune's plan that one of its province's plans asks of the same unit: counted there alone.

    One figure that is asked twice leaves all others of the form in.
    """
    wider = list(wider)
    return frozenset(
        code for code, units in own.items() if any(units & others.get(code, frozenset()) for others in wider)
    )
