"""The programmes that something says it serves: those that plans here carry out. Pure.

A slip in a code would get a receipt, and the thing would be found and counted under no programme.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lienthong.errors import Problem
from lienthong.refusals import known_codes, problem
from services.ingest.definitions.snapshot import Definitions


def unserved_problems(named: object, definitions: Definitions, *, at: str) -> Iterator[Problem]:
    """A problem for each code that no plan carries out, the known ones named. named: a list as it was sent, whatever
    it holds; what is no text is the schema's to refuse. at: where the list stands.

    Programmes are the Prime Minister's and no secret: those of other provinces' plans are known too.
    """
    there = definitions.programmes
    for place, code in enumerate(named if isinstance(named, Sequence) and not isinstance(named, str) else ()):
        if isinstance(code, str) and code not in there:
            yield problem(f"{at}/{place}", "served_programme_unknown", programme=code, known=known_codes(there))
