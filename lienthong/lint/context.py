"""What a rule sees: one plan with its programme, as documents (for lines) and as parsed (for meaning)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lienthong.lint.findings import Finding, rules
from lienthong.programmes import Computation, Figure, Form, Plan
from lienthong.programmes.files import PlanFile
from lienthong.refusals import say
from lienthong.units import levels
from lienthong.units.registry import Registry


@dataclass(frozen=True, kw_only=True, slots=True)
class Linted:
    """One plan under the lint. others: the other plans of the same run."""

    file: PlanFile
    programme: PlanFile
    plan: Plan
    others: tuple[Plan, ...] = ()
    registry: Registry | None = None

    def finding(self, rule: str, name: str, pointer: str, /, *, quote: str | None = None, **params: Any) -> Finding:
        """A finding in the plan's file."""
        return finding((self.file, pointer), rule, name, quote=quote, **params)

    @property
    def rule_of_secrets(self) -> str:
        """By who issued the plan."""
        return "LT-C07" if levels.of_code(self.plan.issued_by) == "commune" else "LT-C08"

    def figures(self) -> Iterator[tuple[str, Figure]]:
        """(pointer into the programme, figure) of each figure that stands in one of the plan's forms."""
        used = self.plan.figures
        for index, body in enumerate(self.programme.data["figures"]):
            if body["code"] in used:
                yield f"/figures/{index}", used[body["code"]]

    def form_of(self, figure: str) -> Form | None:
        """The form in which a figure stands."""
        return next((form for form in self.plan.forms if figure in form.codes), None)


def finding(
    place: tuple[PlanFile, str], rule: str, name: str, /, *, quote: str | None = None, **params: Any
) -> Finding:
    """What a rule finds lacking, by its name there, at (file, JSON Pointer).

    Its line is that of the pointer or of the nearest thing above it. params: what its words name.
    """
    file, pointer = place
    lack = rules()[rule].lacks[name]
    return Finding(
        rule=rule,
        lack=name,
        severity=lack.severity,
        file=file.path,
        line=file.line(pointer),
        pointer=pointer,
        message=say(lack.words, params),
        quote=quote,
    )


def all_figures(computation: Computation) -> tuple[str, ...]:
    """Every figure code that a computation reads, each once, in order."""
    inner = all_figures(computation.of) if computation.of else ()
    single = (computation.figure,) if computation.figure else ()
    codes = (
        *computation.figures,
        *computation.numerator,
        *computation.denominator,
        *single,
        *computation.among,
        *inner,
    )
    return tuple(dict.fromkeys(codes))


def in_vietnamese(body: object) -> str:
    """The quote in readable Vietnamese: as restored where the source is OCR, else as quoted."""
    restored = body.get("restored") if isinstance(body, Mapping) else getattr(body, "restored", None)
    quote = body.get("quote") if isinstance(body, Mapping) else getattr(body, "quote", None)
    return str(restored or quote or "")
