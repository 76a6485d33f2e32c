"""What a page of the console is: where it stands, what it gathers, which tables it has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lienthong.refusals import refused
from services.console.asking import Answer, Asking
from services.console.formats import Formats
from services.console.sessions import Person
from services.console.tables import Table
from services.console.words import Words

FILED = 20_000  # rows of a file; XLSX of so many takes 3 s and 40 MB, and who wants more asks by days
_AT_ONCE = 500  # the most that each of these routes gives


class Elsewhere(Exception):
    """What this person wants is another page: the browser is sent there. A control flow, no error."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """Somebody's visit to a page, or to what acts for one: through what he asks the hub, in which words he is answered.
    path: the named parts of the address; query: its filters, known names only. whole: how many rows at the most where
    all that are filtered are asked for at once, as a file or a page to print; None: a page.
    """

    hub: Asking
    person: Person
    words: Words
    formats: Formats
    path: Mapping[str, str]
    query: Mapping[str, str]
    whole: int | None = None

    async def list_of(self, path: str, member: str, *, at_once: int, **query: str | None) -> Answer:
        """A page of a list of the hub's, from the cursor on, or the whole list. Raises as Asking.every."""
        if self.whole is not None:
            too_long = "file_too_long" if self.whole == FILED else "page_too_long"
            return await self.hub.every(path, member, {"limit": _AT_ONCE, **query}, most=self.whole, too_long=too_long)
        return await self.hub.get(path, limit=at_once, cursor=self.filter("cursor"), **query)

    def filter(self, name: str) -> str | None:
        """A filter's value; None where it is not set or empty, as an untouched form sends it."""
        return self.query.get(name) or None

    def option(self, name: str, options: Iterable[str]) -> str | None:
        """The same, of a list that the page offers. Raises Rejected (400) for what is not on it."""
        value = self.filter(name)
        if value is not None and value not in options:
            raise refused("filter_unusable", f"/query/{name}", given=value)
        return value


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A page that is read.

    name: of its template (templates/pages/NAME.html), its words (NAME.…) and its files. paths: as routes spell
    them; the first is the one to link to. gather: asks the hub and builds the frozen type that the template gets
    as `data`; it is also what NAME.json holds. tables: of that data, for the template, CSV and XLSX. filters:
    the query parameters it knows. scope: what a person needs for it to stand in the menu (the right itself is
    checked by the routes it asks). menu: stands in the menu; national: in that of who is bound to no province; None: in
    both. under: the name of the page of the menu that a page outside of it belongs to; that one is marked as current.
    """

    name: str
    paths: tuple[str, ...]
    gather: Callable[[Visit], Awaitable[Any]]
    tables: Callable[[Any, Visit], Sequence[Table]] = lambda data, visit: ()
    filters: frozenset[str] = frozenset()
    menu: bool = False
    scope: str | None = None
    national: bool | None = False
    under: str = ""

    @property
    def template(self) -> str:
        return f"pages/{self.name}.html"
