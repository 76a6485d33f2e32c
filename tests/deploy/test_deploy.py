"""What stands in deploy/ keeps its promises: every setting explained, nobody is root, no secret has a default."""

from __future__ import annotations

import importlib.util
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from services.hub import roster
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))


@pytest.fixture(scope="module")
def env_example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("env_example", DEPLOY / "env_example.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def compose() -> Mapping[str, Any]:
    document: Mapping[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return document


def documents() -> Iterator[Mapping[str, Any]]:
    for path in MANIFESTS:
        yield from yaml.safe_load_all(path.read_text("utf-8"))


def pods() -> list[Mapping[str, Any]]:
    """The specification of every pod, by whatever makes it."""
    found = []
    for document in documents():
        spec = document.get("spec") or {}
        spec = (spec.get("jobTemplate") or {}).get("spec", spec)
        if "containers" in (pod := (spec.get("template") or {}).get("spec", {})):
            found.append(pod)
    return found


# ------------------------------------------------------------------- workers

STARTED_BY_HAND = {"inbound"}
"""Where clients submit by Kafka its operator sets up a broker's rights first: docs/kafka-inbound.md says how."""
WORKERS = [each for each in roster.workers(kafka=True) if each[1].process not in STARTED_BY_HAND]


@pytest.fixture(params=WORKERS, ids=lambda each: each[1].process)
def words(request: pytest.FixtureRequest) -> list[str]:
    """What runs a worker of the roster, after `lienthong`."""
    return list(roster.words(request.param[0]))


def test_compose_starts_every_worker(compose: Mapping[str, Any], words: list[str]) -> None:
    assert words in [service.get("command") for service in compose["services"].values()]


def test_kubernetes_starts_every_worker(words: list[str]) -> None:
    assert words in [container.get("args") for pod in pods() for container in pod["containers"]]


@pytest.mark.parametrize("each", WORKERS, ids=lambda each: each[1].process)
def test_the_target_of_systemd_starts_every_worker(each: tuple[roster.Service, roster.Worker]) -> None:
    """Those that need no Kafka with it, the others once they are enabled."""
    command = f"ExecStart=/opt/lienthong/bin/lienthong {' '.join(roster.words(each[0]))}"
    [unit] = [unit for unit in UNITS if command in unit.read_text("utf-8").splitlines()]
    target = (DEPLOY / "systemd" / "lienthong.target").read_text("utf-8")
    [wanted] = re.findall(r"^Wants=(.*)", target, re.MULTILINE)
    by_target = {re.sub(r"@[^.]*", "@", name) for name in wanted.split()}
    assert unit.name in by_target or (each[1].needs_kafka and "WantedBy=lienthong.target" in unit.read_text("utf-8"))


def test_how_a_worker_is_started_by_hand_is_said() -> None:
    [row] = [row for row, worker in roster.workers(kafka=True) if worker.process in STARTED_BY_HAND]
    guide = (ROOT / "docs" / "kafka-inbound.md").read_text("utf-8")
    assert f"lienthong {' '.join(roster.words(row))}" in guide


# ------------------------------------------------------------------ settings


def test_env_example_is_what_the_settings_say(env_example: ModuleType) -> None:
    assert (DEPLOY / "env.example").read_text("utf-8") == env_example.rendered(), (
        "run: python deploy/env_example.py --write"
    )


def test_no_settings_class_is_forgotten(env_example: ModuleType) -> None:
    source = "".join(
        path.read_text("utf-8") for folder in ("lienthong", "services") for path in (ROOT / folder).rglob("*.py")
    )
    written = set(re.findall(r"^class (\w+)\((?:ServiceSettings|Settings)\)", source, re.MULTILINE))
    assert written == {one.__name__ for one in env_example.CLASSES}


def test_every_setting_stands_there_once_and_no_secret_has_a_value(env_example: ModuleType) -> None:
    lines = (DEPLOY / "env.example").read_text("utf-8").splitlines()
    names = [line[1:].split("=")[0] for line in lines if re.match(r"#[A-Z_]+=", line)]
    wanted = {
        env_example.variable(one, name, field)
        for one in env_example.CLASSES
        for name, field in one.model_fields.items()
    }
    ends = ("_URL_FILE", "_SECRET_FILE", "_TOKEN_FILE")
    assert sorted(
        name.removesuffix("_FILE") if name.endswith(ends) or "PASSWORD" in name else name for name in names
    ) == sorted(wanted)
    assert not [name for name in names if "PASSWORD" in name and not name.endswith("_FILE")]


@pytest.mark.parametrize("where", ["compose.yaml", "kubernetes/settings.yaml", *(f"systemd/{u.name}" for u in UNITS)])
def test_deployments_set_only_what_the_hub_knows(env_example: ModuleType, where: str) -> None:
    """A misspelt variable is ignored silently: here it fails."""
    known = {
        env_example.variable(one, name, field)
        for one in env_example.CLASSES
        for name, field in one.model_fields.items()
    }
    text = (DEPLOY / where).read_text("utf-8")
    used = set(re.findall(r"(?:^|\s|=)((?:LIENTHONG_|DATABASE_URL)[A-Z_]*)(?::\s|:$|=)", text, re.MULTILINE))
    of_the_scripts = {"LIENTHONG_DB_PASSWORD_FILE", "LIENTHONG_UPSTREAM"}
    assert {name.removesuffix("_FILE") for name in used - of_the_scripts} <= known


# ----------------------------------------------------------------- containers


def test_the_image_runs_as_a_numbered_user_and_compares_hashes() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    last = text[text.rindex("FROM ") :]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "--require-hashes" in text
    assert not re.search(r"(?i)password|token=|apt-get upgrade", text)


def test_every_copied_path_exists() -> None:
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    missing = [path for line in copied for path in line.split() if not (ROOT / path).exists()]
    assert missing in ([], ["README.md"])  # the README comes with the first release


def test_compose_has_no_default_password_and_every_secret_is_a_file(compose: Mapping[str, Any]) -> None:
    for name, service in compose["services"].items():
        for variable, value in (service.get("environment") or {}).items():
            if re.search(r"PASSWORD|SECRET|TOKEN|DATABASE_URL", variable):
                assert variable.endswith("_FILE"), f"{name}: {variable}={value}"
    assert all(set(secret) == {"file"} for secret in compose["secrets"].values())
    assert not re.search(r"postgresql://\S+:\S+@", (DEPLOY / "compose.yaml").read_text("utf-8"))


def test_only_the_proxy_is_reachable_from_outside(compose: Mapping[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if service.get("ports")] == ["proxy"]
    assert compose["networks"]["inside"]["internal"] is True


def test_no_service_may_gain_rights_or_take_all_memory(compose: Mapping[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service["deploy"]["resources"]["limits"]["memory"], name
        assert not service.get("privileged"), name


def test_nothing_starts_before_the_migrations(compose: Mapping[str, Any]) -> None:
    for name in ("http", "aggregate", "export", "fill", "topics"):
        after = compose["services"][name]["depends_on"]["migrate"]
        assert after == {"condition": "service_completed_successfully"}, name


def test_the_hub_trusts_exactly_the_address_that_the_proxy_has(compose: Mapping[str, Any]) -> None:
    proxy = compose["services"]["proxy"]["networks"]["front"]["ipv4_address"]
    assert compose["services"]["http"]["environment"]["LIENTHONG_TRUSTED_PROXIES"] == proxy


def test_secrets_are_random_private_and_kept(tmp_path: Path) -> None:
    script = ["sh", str(DEPLOY / "make-secrets.sh"), str(tmp_path / "one")]
    subprocess.run(script, check=True, capture_output=True)
    first = {path.name: path.read_text() for path in (tmp_path / "one").iterdir()}
    subprocess.run(script, check=True, capture_output=True)
    assert {path.name: path.read_text() for path in (tmp_path / "one").iterdir()} == first
    subprocess.run([*script[:2], str(tmp_path / "two")], check=True, capture_output=True)
    assert (tmp_path / "two" / "postgres_password").read_text() != first["postgres_password"]
    assert re.fullmatch(r"[0-9a-f]{64}", first["postgres_password"])
    assert first["database_url"] == f"postgresql://lienthong:{first['postgres_password']}@postgres:5432/lienthong"
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o700


# ----------------------------------------------------------------- Kubernetes


def test_no_pod_is_root_or_writes_to_its_image() -> None:
    assert len(pods()) == 9
    for pod in pods():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"] is True
            assert context["allowPrivilegeEscalation"] is False
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]
            assert container["resources"]["requests"]["cpu"]


def test_alive_does_not_depend_on_the_database_and_ready_does() -> None:
    [container] = [c for pod in pods() for c in pod["containers"] if c["name"] == "http"]
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_everything_that_serves_has_a_disruption_budget_and_the_default_is_silence() -> None:
    budgets = {d["metadata"]["name"] for d in documents() if d["kind"] == "PodDisruptionBudget"}
    assert budgets == {d["metadata"]["name"] for d in documents() if d["kind"] == "Deployment"}
    policies = {d["metadata"]["name"]: d["spec"] for d in documents() if d["kind"] == "NetworkPolicy"}
    assert policies["nobody"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_no_secret_is_committed() -> None:
    assert [d["kind"] for d in documents() if d["kind"] == "Secret"] == []


def test_every_manifest_is_applied_or_said_to_be_for_once() -> None:
    listed = yaml.safe_load((DEPLOY / "kubernetes/kustomization.yaml").read_text("utf-8"))["resources"]
    assert {path.name for path in MANIFESTS} - {"kustomization.yaml", "fill.yaml", "relay.yaml"} == set(listed)


# -------------------------------------------------------------------- systemd


@pytest.mark.parametrize("unit", [u for u in UNITS if u.suffix == ".service"], ids=lambda u: u.name)
def test_a_unit_runs_as_its_own_user_and_may_do_little(unit: Path) -> None:
    lines = unit.read_text("utf-8").splitlines()
    for line in (
        "User=lienthong",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "CapabilityBoundingSet=",
        "PrivateTmp=yes",
        "ProtectHome=yes",
        "SystemCallFilter=@system-service",
    ):
        assert line in lines, f"{unit.name} lacks {line}"


def test_units_are_what_systemd_takes(tmp_path: Path) -> None:
    """By systemd itself where the machine has it; programs are named by a stand-in that exists."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not on this machine; deploy/check.sh says what was checked where it is")
    (tmp_path / "lienthong").write_text("#!/bin/sh\n")
    (tmp_path / "lienthong").chmod(0o755)
    names = []
    for unit in UNITS:
        text = unit.read_text("utf-8").replace("/opt/lienthong/bin/lienthong", str(tmp_path / "lienthong"))
        (tmp_path / unit.name).write_text(text, "utf-8")
        names.append(str(tmp_path / unit.name.replace("@.", "@8080.")))
    command = ["systemd-analyze", "verify", "--man=no", *names]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, [line for line in done.stderr.splitlines() if "lienthong" in line]) == (0, [])


# -------------------------------------------------------------------- scripts


@pytest.mark.parametrize("script", sorted(DEPLOY.rglob("*.sh")), ids=lambda s: s.name)
def test_scripts_parse_and_stop_at_the_first_error(script: Path) -> None:
    subprocess.run(["sh", "-n", str(script)], check=True)
    assert re.search(r"^set -eu", script.read_text("utf-8"), re.MULTILINE)
