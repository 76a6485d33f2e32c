"""The rounds that a worker of aggregate keeps in memory between batches, some 20 kB each beside their plan."""

from __future__ import annotations

from lienthong.errors import HubError
from lienthong.indicators.rollup import Layout
from lienthong.postgres.pool import Connection
from services.aggregate import store
from services.aggregate.rounds import Round
from services.aggregate.store import PlanVersions


class BrokenLog(HubError):
    """A fact refers to something that the log does not hold before it. Nothing was applied; restore the log.

    round: the one that is missing.
    """

    code = "broken_log"

    def __init__(self, message: str, *, round_: str) -> None:
        super().__init__(message)
        self.round = round_


class KnownRounds:
    """Used by one thread. What is kept may be ahead of the tables when a transaction did not commit: then `forget`."""

    def __init__(self, plans: PlanVersions, *, capacity: int) -> None:
        """capacity: rounds kept in memory."""
        self._plans, self._capacity = plans, capacity
        self._rounds: dict[str, Round] = {}

    def get(self, tx: Connection, code: str) -> Round:
        """The round as it stands. Raises BrokenLog for one that was never opened."""
        round_ = self._rounds.get(code)
        if round_ is None:
            if len(self._rounds) >= self._capacity:
                self._rounds.clear()  # rarely, and cheaper than keeping an order of use
            round_ = store.load_round(tx, self._plans, code)
            if round_ is None:
                raise BrokenLog(f"round {code} is not in the log before its first fact", round_=code)
            self._rounds[code] = round_
        return round_

    def drop(self, code: str) -> None:
        """It was changed: read it again."""
        self._rounds.pop(code, None)

    def forget(self) -> None:
        """What is remembered may be wrong: read all again."""
        self._rounds.clear()


def layout_of(round_: Round, form: str) -> Layout:
    """How a form's reports are laid out. Raises BrokenLog for a form that the round has not."""
    layout = round_.layouts.get(form)
    if layout is None:
        raise BrokenLog(f"round {round_.code} has no form {form}", round_=round_.code)
    return layout
