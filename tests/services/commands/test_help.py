"""Every command, and each of its options and arguments, says in its help what it is, in Vietnamese and in English."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from services import cli


def _commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    within = getattr(command, "commands", None)
    if within is None:
        yield " ".join(words), command
        return
    for name, each in within.items():
        yield from _commands(each, (*words, name))


def test_nothing_of_a_command_is_without_its_help() -> None:
    commands = dict(_commands(get_command(cli.application(None))))
    assert len(commands) > 100
    assert [words for words, command in commands.items() if not command.help] == []
    mute = [
        f"{words}: {parameter.name}"
        for words, command in commands.items()
        for parameter in command.params
        if not getattr(parameter, "help", None)
    ]
    assert mute == []
