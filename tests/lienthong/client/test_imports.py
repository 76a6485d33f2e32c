"""Who only sends should not have to load, or even install, what a hub is made of."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {
    "psycopg",
    "fastapi",
    "starlette",
    "uvicorn",
    "confluent_kafka",
    "pydantic",
    "jsonschema",
    "jwt",
    "msgspec",
    "lienthong.postgres",
    "lienthong.eventlog",
    "lienthong.web",
    "lienthong.contracts",
    "services",
}


def test_importing_the_client_loads_none_of_the_hub() -> None:
    text = "import sys, lienthong.client; print(*sys.modules)"
    texts = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout.split()
    assert HEAVY.isdisjoint(texts), HEAVY & set(texts)
    assert "httpx" in texts
