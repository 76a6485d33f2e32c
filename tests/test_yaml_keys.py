"""Of two members of one name in a YAML file the parser keeps the last and says nothing: no file of ours has two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from lienthong.shipped import YAML_LOADER

TREE = Path(__file__).resolve().parents[1]
FILES = sorted(
    path
    for folder in ("deploy", "lienthong", "schemas", "services", "tests")
    for path in (TREE / folder).rglob("*.y*ml")
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TREE)))
def test_no_member_stands_twice(path: Path) -> None:
    documents = yaml.compose_all(path.read_text("utf-8"), Loader=YAML_LOADER)
    assert [twice for document in documents if document is not None for twice in _twice(document)] == []


def _twice(node: yaml.Node) -> Iterator[str]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _twice(item)
    if isinstance(node, yaml.MappingNode):
        counts = Counter(key.value for key, _ in node.value if isinstance(key.value, str))
        yield from (f"{name} in line {node.start_mark.line + 1}" for name, count in counts.items() if count > 1)
        for _, value in node.value:
            yield from _twice(value)
