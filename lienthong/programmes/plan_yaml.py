"""YAML of programmes and plans, with the line of every value.

It is read as JSON would be: dates, `02026` and `yes` stay text, a key given twice is an error, and nothing but plain
values can be built. A value is what it looks like: nobody says of one by a tag (`!!int "1_000"`) that it is another.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from lienthong.contracts import texts
from lienthong.errors import Message, Rejected
from lienthong.refusals import phrase, problem
from lienthong.shipped import YAML_LOADER

DEEPEST = 40  # plans nest six deep


class _Loader(YAML_LOADER):  # type: ignore[misc,valid-type]  # in C or in Python
    """YAML 1.2's core values only: no dates, no octal numbers, no yes/no."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  (PyYAML's interface)


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]{0,17})$"), list("-0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^-?(?:0|[1-9][0-9]{0,11})\.[0-9]{1,6}$"), list("-0123456789")
)


_SCALARS: dict[str, Callable[[str], Any]] = {
    "null": lambda _: None,
    "bool": lambda text: text == "true",
    "int": int,
    "float": float,
}


def compose(path: Path, raw: bytes) -> tuple[dict[str, Any], dict[str, int]]:
    """(JSON values, line by JSON Pointer, 1 = first). Raises Rejected naming the file and the line."""
    try:
        text = unicodedata.normalize("NFC", raw.decode("utf-8"))
        _refuse_unread(path, text)
        node = yaml.compose(text, Loader=_Loader)
    except UnicodeDecodeError as error:
        raise unreadable(path, 1, phrase("not_utf8")) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise unreadable(path, line, phrase("no_yaml", why=error.problem)) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise unreadable(path, 1, phrase("no_yaml", why=error)) from error
    if not isinstance(node, yaml.MappingNode):
        raise unreadable(path, 1, phrase("no_mapping"))
    lines: dict[str, int] = {}
    data = _value(path, node, "", lines)
    assert isinstance(data, dict)
    return data, lines


def _refuse_unread(path: Path, text: str) -> None:
    """Before nodes are made of it: nested aliases grow a small file without bound, and nodes within nodes a stack. Tags
    of nodes no longer tell whether they were written or follow from the value.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line, column = (event.start_mark.line + 1, event.start_mark.column + 1) if event.start_mark else (1, 1)
        if isinstance(event, yaml.AliasEvent):
            raise unreadable(path, line, phrase("no_yaml_aliases"))
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            raise unreadable(path, line, phrase("yaml_tag_not_used", tag=event.tag, column=column))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise unreadable(path, line, phrase("nested_too_deep"))


def _value(path: Path, node: yaml.Node, pointer: str, lines: dict[str, int]) -> Any:
    lines.setdefault(pointer, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_value(path, each, f"{pointer}/{i}", lines) for i, each in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return dict(_members(path, node, pointer, lines))
    return _scalar(path, node)


def _members(path: Path, node: yaml.MappingNode, pointer: str, lines: dict[str, int]) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for key, value in node.value:
        line, name = key.start_mark.line + 1, key.value
        if not isinstance(key, yaml.ScalarNode):
            raise unreadable(path, line, phrase("key_of_many", column=key.start_mark.column + 1))
        if name in seen or texts.fault(name, line=True) is not None:
            raise unreadable(path, line, phrase("key_twice_or_unfit", name=name))
        seen.add(name)
        below = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
        lines[below] = line
        yield name, _value(path, value, below, lines)


def _scalar(path: Path, node: yaml.Node) -> Any:
    text, tag = node.value, node.tag.rpartition(":")[2]
    if tag == "str":
        wrong = texts.fault(text) or texts.day_fault(text)
        if wrong is not None:
            raise unreadable(path, node.start_mark.line + 1, wrong.message)
        return text
    return _SCALARS[tag](text)


def unreadable(path: Path, line: int, what: Message) -> Rejected:
    """Why a file can't be read, and in which line."""
    return Rejected([problem("", "plan_file_invalid", path=path, what=what, file=str(path), line=line)])
