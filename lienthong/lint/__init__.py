"""The lint: the rules of the provincial office (D4) and of the exchange, applied to programmes and plans.

`lint` is pure: documents in, findings out. Errors are what can't be computed or would count twice; warnings are
what a real plan lacks (with its phrase); infos are what was assumed. `rendering` shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from lienthong.lint import computations, content, figures, national, people, quotes, rounds, shape
from lienthong.lint.context import Linted
from lienthong.lint.findings import SEVERITIES, Finding, Severity, rules
from lienthong.programmes import Plan, parse
from lienthong.programmes.files import PlanFile
from lienthong.units.registry import Registry

__all__ = ["SEVERITIES", "Finding", "Severity", "lint", "rules"]

Rule = Callable[[Linted], Iterator[Finding]]
_RULES: tuple[Rule, ...] = (
    content.districts,
    content.targets,
    content.operators,
    content.tasks,
    content.document,
    content.secrets,
    people.headcounts,
    people.populations,
    content.telemetry,
    computations.references,
    figures.checks,
    figures.one_kind_of_unit,
    figures.form_length,
    figures.forms_are_owed,
    computations.ratios,
    computations.measures,
    figures.held_elsewhere,
    figures.double_counting,
    rounds.routes,
    rounds.units_of_issuer,
    rounds.wording,
    rounds.obligations_dated,
    rounds.closes,
    rounds.spans,
    rounds.consolidation,
    rounds.milestones,
    rounds.before_the_decision,
    national.targets_of_nation,
    quotes.phrases_quoted,
    quotes.found_in_source,
    quotes.assumptions,
)


def lint(
    documents: Iterable[PlanFile], registry: Registry | None = None, in_force: Iterable[Plan] = ()
) -> list[Finding]:
    """All findings on the plans among the documents, in order of file and line, none twice.

    A plan whose shape is wrong gets only the findings that say so: the other rules read what it means.
    registry: where given, codes of routes are looked up and a commune's plan is held against its province's.
    in_force: plans already published, which a new one must not count again; versions of the linted plans among
    them are passed over.
    """
    files = list(documents)
    broken = [each for file in files for each in shape.faults_of_schema(file)]
    sound = [file for file in files if file.path not in {each.file for each in broken}]
    programmes = {file.data["programme"]: file for file in sound if file.kind == "programme"}
    named = {str(file.data.get("programme")) for file in files if file.kind == "programme"}
    plans = [file for file in sound if file.kind == "plan"]
    orphans = [shape.orphan(file) for file in plans if file.data["programme"] not in named]
    pairs = [(file, programmes[file.data["programme"]]) for file in plans if file.data["programme"] in programmes]
    shaped = [each for pair in pairs for each in _shape(*pair)]
    faulty = {each.file for each in shaped}
    ready = [pair for pair in pairs if not faulty & {pair[0].path, pair[1].path}]
    meaning = [each for linted in _plans_to_lint(ready, registry, in_force) for each in _meaning(linted)]
    return _in_order([*broken, *orphans, *shaped, *meaning])


def _shape(plan: PlanFile, programme: PlanFile) -> Iterator[Finding]:
    yield from shape.names_defined(plan, programme)
    yield from shape.codes_unique(plan)
    yield from shape.codes_unique(programme)
    yield from shape.real_days(plan)


def _plans_to_lint(
    pairs: Sequence[tuple[PlanFile, PlanFile]], registry: Registry | None, in_force: Iterable[Plan]
) -> Iterator[Linted]:
    parsed = [parse(programme.data, plan.data) for plan, programme in pairs]
    codes = {plan.code for plan in parsed}
    published = [plan for plan in in_force if plan.code not in codes]
    for (file, programme), plan in zip(pairs, parsed, strict=True):
        yield Linted(
            file=file,
            programme=programme,
            plan=plan,
            registry=registry,
            others=(*(other for other in parsed if other is not plan), *published),
        )


def _meaning(linted: Linted) -> list[Finding]:
    findings = [*computations.references(linted), *figures.checks(linted)]
    if findings:  # a computation that names unknown figures can't be looked into
        return findings
    return [each for rule in _RULES for each in rule(linted)]


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    once = {(f.rule, f.file, f.pointer, f.message.vi): f for f in findings}
    return sorted(once.values(), key=lambda f: (f.file, f.line, f.pointer, f.rule))
