"""What is said of a command line that can't be read: in both languages, with where its help is. Pure but for `tell`."""

from __future__ import annotations

import re
from typing import Any, Final

from lienthong.errors import Message, Problem
from lienthong.refusals import phrase, problem
from services.commands.terminal import tell

_EXTRA: Final = re.compile(r"unexpected extra argument\S* \((?P<words>.+)\)")
_COMMAND: Final = re.compile(r"No such command '(?P<word>.*?)'")
_AMONG: Final = re.compile(r"is not one of (?P<known>.+?)\.?$")
_WHYS: Final = (
    (re.compile(r"does not match the format"), "written_as_a_day"),
    (re.compile(r"does not exist"), "no_such_file"),
    (re.compile(r"valid int"), "has_to_be_whole"),
    (re.compile(r"greater than|less than|not in the range"), "outside_its_range"),
)
"""What the reader of command lines says of a value → the phrase. Its versions differ in the words around these."""


def tell_usage(error: Any) -> int:
    """Say what is wrong with what was typed; the exit code. error: of the reader of command lines."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":  # the help was asked for, and is printed already
        error.show()
    else:
        tell([fault(error, "lienthong" if context is None else str(context.command_path))])
    return int(getattr(error, "exit_code", 1))


def fault(error: Any, command: str) -> Problem:
    """The problem in the catalogue's words. command: what was called, for its help."""
    sentence, hint = str(error.message), f"{command} --help"
    match type(error).__name__:
        case "MissingParameter":
            return problem("", "usage_missing", what=_name_with_help(error.param), help=hint)
        case "NoSuchOption":
            return problem("", "option_unknown", option=error.option_name, help=hint)
        case "BadOptionUsage":
            why = phrase("takes_no_value") if "not take" in sentence else phrase("needs_a_value")
            return problem("", "option_misused", option=error.option_name, why=why, help=hint)
        case "BadParameter" if error.param is not None or error.param_hint is not None:
            name = error.param_hint if error.param is None else _name(error.param)
            return problem("", "value_unusable", what=name, why=_reason(sentence), help=hint)
    return _of_words(sentence, hint)


def _of_words(sentence: str, hint: str) -> Problem:
    """What has no kind of its own and is known by its sentence."""
    if (extra := _EXTRA.search(sentence)) is not None:
        return problem("", "words_left_over", words=extra["words"], help=hint)
    if (word := _COMMAND.search(sentence)) is not None:
        return problem("", "command_unknown", command=word["word"], help=hint)
    return problem("", "usage_wrong", why=_both_languages(sentence), help=hint)


def _reason(sentence: str) -> Message:
    """Why a value can't be used."""
    if (among := _AMONG.search(sentence)) is not None:
        return phrase("one_of_these", known=among["known"].replace("'", ""))
    text = next((name for pattern, name in _WHYS if pattern.search(sentence)), None)
    return _both_languages(sentence) if text is None else phrase(text)


def _both_languages(sentence: str) -> Message:
    """A text as our own commands write it: Vietnamese / English."""
    vietnamese, _, english = sentence.rstrip(".").partition(" / ")
    return Message(vi=vietnamese, en=english or vietnamese)


def _name_with_help(param: Any) -> Message:
    """A parameter with what its help says of it, in each language."""
    vietnamese, _, english = str(param.help or "").partition(" / ")
    name = _name(param)
    return Message(vi=f"{name} ({vietnamese})" if vietnamese else name, en=f"{name} ({english})" if english else name)


def _name(param: Any) -> str:
    """`--province`, or an argument in capitals as its help writes it."""
    return str(param.opts[-1]) if param.opts[-1].startswith("-") else str(param.name).strip("_").upper()
