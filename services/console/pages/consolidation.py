"""The consolidation of a round, asked of the hub: as it stands now, as a release has it, as the Ministry has that."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from lienthong.errors import Rejected
from services.console.asking import Answer
from services.console.page import Page, Visit
from services.console.pages import computed as computed_of
from services.console.pages import tasks as tasks_of
from services.console.pages.consolidated import (
    Consolidation,
    Narrative,
    Statuses,
    Vocabulary,
    build,
    missing_at_release,
    open_difficulties,
)
from services.console.pages.consolidation_tables import tables
from services.console.pages.difficulties import all_difficulties, of_dataset
from services.console.pages.queries import queries_at_release, queries_now
from services.console.pages.revisions import NARRATIVE
from services.console.pages.rounds import label_of, labels_of
from services.console.pages.standing import names_in, names_of

_AT_ONCE = 8  # reports read together; each takes the hub some 5 ms


async def gather(visit: Visit) -> Consolidation:
    return await of_round(visit, visit.path["round"], texts=visit.filter("texts") is not None)


async def of_round(visit: Visit, code: str, *, texts: bool) -> Consolidation:
    """As the round stands now."""
    hub = visit.hub
    document, obligations, plans, rollup, measured, raised, preview = await hub.all(
        hub.get(f"/v1/rounds/{code}"),
        hub.get("/v1/obligations", round=code),
        hub.get("/v1/plans"),
        hub.get(f"/v1/rounds/{code}/rollup"),
        hub.get(f"/v1/rounds/{code}/indicators"),
        all_difficulties(visit),
        hub.get(f"/v1/rounds/{code}/releases/preview"),
    )
    body = document["round"]
    issuer, children = await hub.all(
        hub.get(f"/v1/units/{body['root']}"),
        hub.get(f"/v1/units/{visit.person.province}/children", on=body["period"]["last"]),
    )
    names, at = names_of(children) | {issuer["code"]: issuer["full_name"]}, datetime.fromisoformat(document["now"])
    vocabulary = Vocabulary(units=names, forms=labels_of(plans), statuses=await _statuses(visit, body["plan"]))
    narratives = await _narratives(visit, code, rollup["figures"], vocabulary) if texts else None
    tasks, counts = await hub.all(hub.get("/v1/tasks", plan=body["plan"]), hub.get(f"/v1/rounds/{code}/computed"))
    return build(
        body,
        rollup,
        measured,
        obligations,
        issuer=issuer,
        vocabulary=vocabulary,
        narratives=narratives,
        queries=queries_now(preview, names, vocabulary.forms),
        difficulties=open_difficulties(raised, body["plan"], at, names),
        at=at,
        tasks=tasks_of.build(tasks),
        computed=computed_of.build(code, counts),
        visit=visit,
    )


async def of_release(visit: Visit, code: str, version: str) -> Consolidation:
    """As a release has it, with the texts of the revisions that it was made of."""
    hub = visit.hub
    dataset, document, plans, raised = await hub.all(
        hub.get(f"/v1/releases/{code}/{version}"),
        hub.get(f"/v1/rounds/{code}"),
        hub.get("/v1/plans"),
        all_difficulties(visit),
    )
    statuses = await _statuses(visit, dataset["plan"]["code"])
    vocabulary = Vocabulary(units=names_in(dataset), forms=labels_of(plans), statuses=statuses)
    narratives = await _narratives(visit, code, dataset["figures"], vocabulary, release=dataset["release"])
    return await _from_dataset(visit, document["round"], dataset, raised, vocabulary, narratives)


async def of_feed(visit: Visit, code: str, version: str) -> Consolidation:
    """As the Ministry has a release: what its dataset says, without what only the province reads (what the units
    wrote).
    """
    hub = visit.hub
    dataset, plans = await hub.all(
        hub.get(f"/v1/feed/releases/{code}/{version}/dataset", format="json"), hub.get("/v1/plans")
    )
    values = {status["value"]: status["label"] for figure in dataset["figures"] for status in figure["statuses"]}
    statuses = {indicator["code"]: values for indicator in dataset["indicators"]}
    plan = dataset["plan"]
    body = {"round": code, "plan": plan["code"], "title": plan["title"], "period": dataset["period"]}
    vocabulary = Vocabulary(units=names_in(dataset), forms=labels_of(plans), statuses=statuses)
    return await _from_dataset(visit, body, dataset, {"difficulties": ()}, vocabulary, None)


async def _from_dataset(
    visit: Visit,
    body: Answer,
    dataset: Answer,
    raised: Answer,
    vocabulary: Vocabulary,
    narratives: Sequence[Narrative] | None,
) -> Consolidation:
    """body: the round. raised: /v1/difficulties, for a release that does not tell of them. narratives: None where the
    reader may not have what the units wrote.
    """
    at, names = datetime.fromisoformat(dataset["signedOff"]["at"]), vocabulary.units
    difficulties = of_dataset(dataset, names, visit.words)
    missing = [missing_at_release(form, unit, dataset) for form in dataset["completeness"] for unit in form["missing"]]
    return build(
        body,
        dataset,
        dataset,
        {"obligations": missing},
        issuer=await visit.hub.get(f"/v1/units/{dataset['issuer']['code']}"),
        vocabulary=vocabulary,
        narratives=narratives,
        queries=queries_at_release(dataset, names, vocabulary.forms),
        difficulties=open_difficulties(raised, body["plan"], at, names) if difficulties is None else difficulties,
        at=at,
        visit=visit,
        release=dataset["release"],
        tasks=tasks_of.of_dataset(dataset),
        computed=computed_of.build(body["round"], dataset.get("computed", {})),
    )


async def _narratives(
    visit: Visit,
    code: str,
    figures: Sequence[Answer],
    vocabulary: Vocabulary,
    *,
    release: str | None = None,
) -> list[Narrative]:
    """What the units wrote in the very revisions that are counted: found by one figure of each form."""
    first = {figure["form"]: figure["code"] for figure in reversed(figures)}
    sources = await visit.hub.all(
        *(visit.hub.get(f"/v1/provenance/{code}/{figure}", release=release) for figure in first.values())
    )
    contributions = [
        contribution
        for source, form in zip(sources, first, strict=True)
        for figure in source["figures"]
        if figure["form"] == form
        for contribution in figure["contributions"]
        if contribution["position"] is not None and contribution["state"] not in ("missing", "withdrawn", "returned")
    ]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def read(body: Answer) -> Narrative:
        async with gate:
            return await _narrative(visit, body, vocabulary)

    return [narrative for narrative in await asyncio.gather(*map(read, contributions)) if narrative.parts]


async def _narrative(visit: Visit, document: Answer, vocabulary: Vocabulary) -> Narrative:
    number = f"{visit.person.province}-{document['position']}"
    form = document["form"]
    try:
        report = await visit.hub.get(f"/v1/reports/{number}")
    except Rejected:  # of a unit that this person may not read: its figures are counted, its words are not shown
        report = {"revisions": ()}
    body = next(
        (revision for revision in report["revisions"] if revision["receipt"]["receipt"] == number), {"content": None}
    )
    texts = (body["content"] or {}).get("narrative") or {}
    return Narrative(
        unit=document["unit"],
        name=vocabulary.units.get(document["unit"], document["name"] or document["unit"]),
        label=label_of(form, vocabulary.forms),
        parts={part: text for part in NARRATIVE if (text := str(texts.get(part) or "").strip())},
    )


async def _statuses(visit: Visit, plan: str) -> Statuses:
    """What the statuses are called that a plan's indicators may have."""
    answer = await visit.hub.get(f"/v1/plans/{plan}/progress")
    return {
        indicator["code"]: {status["value"]: status["label"] for status in indicator["statuses"]}
        for indicator in answer["indicators"]
    }


PAGE = Page(
    name="consolidation",
    paths=("/rounds/{round}/consolidation",),
    gather=gather,
    tables=tables,
    filters=frozenset({"texts"}),
    under="overview",
)
