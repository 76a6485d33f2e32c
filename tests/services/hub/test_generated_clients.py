"""Clients that generators make of the OpenAPI document, with which the README's story is run against a whole hub."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.builders.whole_hub import Whole

UNIT, SOURCE, ROUND = "05983", "/20/sinh", "P119-LS.2026"
NO_BATCH = "content_type_overrides:\n  application/cloudevents-batch+json: application/x-batch\npost_hooks: []\n"
"""docs/integrating.md says why."""


@pytest.fixture(scope="module")
def description(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("openapi") / "openapi.json"
    path.write_bytes(whole.get("/openapi.json").body)
    return path


@pytest.fixture(scope="module")
def client(description: Path) -> Iterator[str]:
    """Name of the package that openapi-python-client made."""
    folder = description.parent
    (folder / "settings.yaml").write_text(NO_BATCH, encoding="utf-8")
    _generate(
        "openapi_python_client",
        "generate",
        "--meta",
        "none",
        "--path",
        str(description),
        "--config",
        str(folder / "settings.yaml"),
        "--output-path",
        str(folder / "generated_client"),
    )
    sys.path.insert(0, str(folder))
    yield "generated_client"
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def models(description: Path) -> ModuleType:
    """What datamodel-code-generator made."""
    out = description.parent / "generated_models.py"
    _generate(
        "datamodel_code_generator",
        "--input",
        str(description),
        "--input-file-type",
        "openapi",
        "--output",
        str(out),
        "--output-model-type",
        "pydantic_v2.BaseModel",
        "--formatters",
        "builtin",
    )
    spec = importlib.util.spec_from_file_location("generated_models", out)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["generated_models"] = made
    spec.loader.exec_module(made)
    return made


def _generate(module: str, *options: str) -> None:
    done = subprocess.run([sys.executable, "-m", module, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def a_token(whole: Whole) -> str:
    who = {"client": "sinh", "units": (UNIT,), "role": "unit"}
    return whole.token(scopes=("report:submit", "report:read"), **who)


def an_event(duty: dict[str, Any], form: dict[str, Any], id: str, **figures: Any) -> dict[str, Any]:
    given = {**dict.fromkeys(form["properties"]["figures"]["properties"]), **figures}
    return {
        "specversion": "1.0",
        "type": "vn.lienthong.report.submitted.v1",
        "source": SOURCE,
        "id": id,
        "datacontenttype": "application/json",
        "data": {
            "round": duty["round"],
            "form": duty["form"],
            "formVersion": duty["formVersion"],
            "unit": duty["unit"],
            "revision": duty["nextRevision"],
            "figures": given,
            "narrative": {"results": "Xong", "shortcomings": "", "proposals": ""},
        },
    }


def test_the_story_runs_with_a_generated_client(whole: Whole, client: str) -> None:
    made = importlib.import_module(client)
    post = importlib.import_module(f"{client}.api.submit.post_events")
    owed = importlib.import_module(f"{client}.api.submit.get_obligations")
    receipts = importlib.import_module(f"{client}.api.submit.get_receipts")
    kinds = importlib.import_module(f"{client}.models")
    with made.AuthenticatedClient(base_url=whole.address, token=a_token(whole)) as hub:
        [duty] = owed.sync(client=hub, round_=ROUND).obligations
        form = json.loads(hub.get_httpx_client().get(duty.schema).content)
        event = an_event(duty.to_dict(), form, "sinh-1", events_commune=2, event_attendances_commune=9)

        wrong = kinds.ReportSubmitted.from_dict(an_event(duty.to_dict(), form, "sinh-0", events_commune=2.5))
        refused = post.sync_detailed(client=hub, body=wrong)
        assert refused.status_code == 422
        assert [fault.code for fault in refused.parsed.errors] == ["too_many_decimals"]

        said = kinds.ReportSubmitted.from_dict(event)
        assert post.sync(client=hub, body=said, dry_run=True).status == "would_accept"
        accepted, again = (post.sync_detailed(client=hub, body=said) for _ in range(2))
        assert [accepted.status_code, again.status_code] == [201, 200]
        assert (accepted.parsed.status, again.parsed.status) == ("accepted", "repeated")
        assert accepted.parsed.receipt == again.parsed.receipt
        assert accepted.parsed.receipt in {receipt.receipt for receipt in receipts.sync(client=hub).receipts}


def test_generated_models_read_what_the_hub_answers(whole: Whole, models: ModuleType) -> None:
    token = a_token(whole)
    owed = models.Obligations.model_validate(whole.get("/v1/obligations", token=token).json)
    assert {obligation.unit for obligation in owed.obligations} == {UNIT}
    assert models.Receipts.model_validate(whole.get("/v1/receipts", token=token).json).links.self
    problem = models.Problem.model_validate(whole.get("/v1/obligations?round=X.2026", token=token).json)
    assert (problem.status, problem.errors[0].code) == (404, "round_unknown")
    event = json.loads(
        json.dumps(
            an_event(
                {"round": ROUND, "form": "F.x", "formVersion": "1.0.0", "unit": UNIT, "nextRevision": 1},
                {"properties": {"figures": {"properties": {}}}},
                "m-1",
            )
        )
    )
    assert models.ReportSubmitted.model_validate(event).data.unit == UNIT


# ---------------------------------------------------------------- the document itself


def test_the_page_shows_every_operation_and_needs_nothing_from_elsewhere(whole: Whole) -> None:
    answer = whole.get("/docs", token=None)
    page = answer.body.decode()
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for item in whole.described["paths"].values():
        for operation in item.values():
            assert f'<details id="{operation["operationId"]}">' in page
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="(?!#|/)', page) == []


def test_the_events_are_described_where_they_are_sent(whole: Whole) -> None:
    found = whole.get("/asyncapi.json", token=None).json
    assert found["asyncapi"] == "3.0.0"
    assert whole.request("POST", "/asyncapi.json", {}).status == 405


def test_the_document_is_valid_and_its_examples_are_what_it_says(whole: Whole) -> None:
    document = whole.described
    validate(document)  # type: ignore[arg-type]
    assert document["info"]["title"].isascii()
    assert _faults(document, "Event", {}) != []
    content = document["paths"]["/v1/events"]["post"]["requestBody"]["content"]
    for example in content["application/cloudevents+json"]["examples"].values():
        assert _faults(document, "Event", example["value"]) == []


def test_every_operation_has_an_id_of_its_own_and_names_the_problems_that_can_come(whole: Whole) -> None:
    operations = [one for item in whole.described["paths"].values() for one in item.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    for one in operations:
        assert {"400", "401", "429", "503"} <= one["responses"].keys(), one["operationId"]
        assert "HTTPValidationError" not in json.dumps(one)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/obligations", "Obligations"),
        ("/v1/receipts", "Receipts"),
        ("/v1/refusals", "Refusals"),
        ("/v1/difficulties", "Difficulties"),
        ("/v1/receipts?limit=0", "Problem"),
        ("/v1/receipts?x=1", "Problem"),
        ("/v1/reports/khong-co", "Problem"),
    ],
)
def test_answers_are_what_the_document_says(whole: Whole, path: str, name: str) -> None:
    _one_of_each(whole)
    for token in (a_token(whole), whole.token(), None):
        answer = whole.get(path, token=token)
        assert _faults(whole.described, name if answer.status < 400 else "Problem", answer.json) == [], answer.json


def test_results_of_many_are_what_the_document_says(whole: Whole) -> None:
    events = _one_of_each(whole)
    batch = whole.request(
        "POST", "/v1/events", events, media="application/cloudevents-batch+json", token=a_token(whole)
    )
    assert _faults(whole.described, "Batch", batch.json) == []
    lines = b"".join(json.dumps(event).encode() + b"\n" for event in events)
    for query in ("", "?dryRun=true"):
        bulk = whole.request("POST", f"/v1/events{query}", lines, media="application/x-ndjson", token=a_token(whole))
        *results, last = bulk.lines
        assert [fault for line in results for fault in _faults(whole.described, "Result", line)] == []
        assert _faults(whole.described, "LastLine", last) == []


def _one_of_each(whole: Whole) -> list[dict[str, Any]]:
    """Something accepted and something refused, so that no list is empty."""
    said = {"specversion": "1.0", "type": "vn.lienthong.difficulty.raised.v1", "source": SOURCE}
    events = [
        {**said, "id": "kk-1", "data": {"unit": UNIT, "plan": "P119-LS", "text": "Thiếu tài liệu"}},
        {**said, "id": "kk-2", "data": {"unit": UNIT, "plan": "P119-LS"}},
    ]
    for event in events:
        whole.request("POST", "/v1/events", event, media="application/cloudevents+json", token=a_token(whole))
    return events


def _faults(document: dict[str, Any], name: str, value: Any) -> list[str]:
    resource = Resource.from_contents(document, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:api", resource)
    schema = {"$ref": f"urn:api#/components/schemas/{name}"}
    return [error.message for error in Draft202012Validator(schema, registry=registry).iter_errors(value)]
