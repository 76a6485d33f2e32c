"""The catalogue of problems: each code once, with its status, its words and what to do next.

`schemas/problems/*.yaml` holds them, a file for each room, each code in one of them:

    revision_not_higher:
      status: 409                 # of HTTP, when every problem of the answer says so; 422 where nothing is stated
      vi: Lần báo cáo phải lớn hơn {highest} (lần cao nhất đã tiếp nhận).
      en: The revision must be above {highest}, the highest one accepted.
      next:
        vi: Gửi lại với lần báo cáo cao hơn.
        en: Send it again with a higher revision.

    problem("/data/revision", "revision_not_higher", highest=3)   # a Problem; its params travel with it
    raise refused("unit_unknown", unit=code)                      # Rejected with one problem, status as stated

`schemas/phrases.yaml` holds the words that stand within those sentences, each by its name:

    what=phrase("of_header", name="ce_id"), expected=phrase("whole_number")

A value is shortened and freed of control characters when it is put into words, so that nobody's input makes an answer
long or breaks a line. A day is said as 31/12/2026 in Vietnamese and 2026-12-31 in English; a number, where the words
ask for it (`{given:number}`), as 1.234,5 and 1,234.5. A value that is a Message speaks the language of the sentence.
docs/errors.md is made from the same files.
"""

from __future__ import annotations

import re
import string
from bisect import bisect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from lienthong.errors import HubError, Message, Misconfigured, Problem, Rejected, Transient, Unprocessable
from lienthong.shipped import schemas_folder, shipped_yaml

DEFAULT_STATUS = 422
NEAREST = 5  # codes that are named where there may be many
NUMBER = "number"
"""The format of a value that is said as people read numbers."""
LONGEST = 200  # characters of one value within a sentence; enough for a list of codes, too short to flood an answer


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownProblem:
    """One code of the catalogue. words and advice hold `{names}` of parameters; advice: what to do next.

    room: the file's name, for the one who looks for it. named: the parameters of the words.
    """

    code: str
    status: int
    words: Message
    advice: Message
    room: str
    named: frozenset[str]


class Unspoken(Message):
    """Words that are put together when somebody reads them: of the fifty thousand problems of a batch that was refused
    two thousand are told with theirs.
    """

    __slots__ = ("_params", "_words")
    _words: Message
    _params: Mapping[str, Any]

    def __init__(self, words: Message, params: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_words", words)
        object.__setattr__(self, "_params", params)

    @property
    def vi(self) -> str:
        return _fill_in(self._words.vi, self._params, "vi")

    @property
    def en(self) -> str:
        return _fill_in(self._words.en, self._params, "en")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (self.vi, self.en) == (other.vi, other.en)

    def __hash__(self) -> int:
        return hash((self.vi, self.en))


def problem(pointer: str, code: str, /, **params: Any) -> Problem:
    """One thing that is wrong, at a JSON Pointer. Raises Misconfigured for a code or parameter not in the catalogue."""
    known = entry(code)
    if not known.named <= params.keys():
        raise Misconfigured(f"the words of {code} name {sorted(known.named - params.keys())}, which were not given")
    if any(map(_too_long, params.values())):
        params = {name: value[: LONGEST - 1] + "…" if _too_long(value) else value for name, value in params.items()}
    return Problem(pointer=pointer, code=code, message=Unspoken(known.words, params), params=params)


def refused(code: str, pointer: str = "", /, **params: Any) -> Rejected:
    """Rejected with this one problem, and the status that the catalogue gives it."""
    return Rejected([problem(pointer, code, **params)], status=entry(code).status)


def misconfigured(code: str, /, **params: Any) -> Misconfigured:
    """Misconfigured in the words of the catalogue: of a setting, a file or a folder, for who runs the hub."""
    return misconfigured_by([problem("", code, **params)])


def unprocessable(code: str, /, **params: Any) -> Unprocessable:
    """Unprocessable in the words of the catalogue: of what a person has to look at."""
    fault = problem("", code, **params)
    return Unprocessable(_at_once(fault), code=code, problems=[fault])


def misconfigured_by(problems: Iterable[Problem]) -> Misconfigured:
    """The same with several things that are wrong at once."""
    faults = tuple(problems)
    return Misconfigured("; ".join(_at_once(fault) for fault in faults), code=faults[0].code, problems=faults)


def _at_once(item: Problem) -> str:
    """What is wrong and what to do, for a log."""
    advice = advice_of(item)
    return item.message.en if advice is None else f"{item.message.en} → {advice.en}"


def words_of(error: HubError) -> tuple[Problem, ...]:
    """What the catalogue says of something that failed for now; its words name nothing, the error's own say why."""
    return (problem("", error.code),) if isinstance(error, Transient) and error.code in catalogue() else ()


def status_of(problems: Iterable[Problem]) -> int:
    """The HTTP status of a refusal: that of its problems where all have the same, else 422."""
    statuses = {kind.status if (kind := catalogue().get(p.code)) else DEFAULT_STATUS for p in problems}
    return statuses.pop() if len(statuses) == 1 else DEFAULT_STATUS


def advice_of(item: Problem) -> Message | None:
    """What the sender can do next about a problem."""
    kind = catalogue().get(item.code)
    return say(kind.advice, item.params) if kind is not None else None


def entry(code: str) -> KnownProblem:
    """What the catalogue says of a code. Raises Misconfigured where it says nothing."""
    try:
        return catalogue()[code]
    except KeyError as exc:
        raise Misconfigured(f"no file of schemas/problems has the code {code!r}", code="problem_unknown") from exc


@cache
def catalogue() -> Mapping[str, KnownProblem]:
    """Every code. Raises Misconfigured for a broken file or a code that stands twice."""
    return read(schemas_folder() / "problems")


def read(folder: Path) -> dict[str, KnownProblem]:
    """The catalogue of a folder."""
    problems: dict[str, KnownProblem] = {}
    for path in sorted(folder.glob("*.yaml")):
        for code, body in (shipped_yaml(path) or {}).items():
            if code in problems:
                raise Misconfigured(f"{path.name} and {problems[code].room}.yaml both have the problem {code}")
            problems[code] = _entry(code, body, path.stem)
    return problems


def phrase(name: str, /, **params: Any) -> Message:
    """Words that stand within a sentence. Raises Misconfigured for a name that schemas/phrases.yaml does not have."""
    try:
        words = phrases()[name]
    except KeyError as exc:
        raise Misconfigured(f"schemas/phrases.yaml has no phrase {name!r}", code="problem_unknown") from exc
    return say(words, params) if params else words


def known_codes(codes: Iterable[str]) -> str | Message:
    """The codes that there are, for whoever named one that there is not."""
    return ", ".join(sorted(codes)) or phrase("none_yet")


def nearest_codes(given: str, codes: Iterable[str]) -> str | Message:
    """The same where there may be many: at most NEAREST, those beside which the given one would stand in their order.

    codes: only such as the one who asks may see. Those that are in order already are not sorted anew.
    """
    ordered = sorted(codes)
    first = max(0, min(bisect(ordered, given.upper()) - NEAREST // 2 - 1, len(ordered) - NEAREST))
    return known_codes(ordered[first : first + NEAREST])


def alike(text: str) -> Message:
    """A text of our own that reads alike in both languages: names and numbers, longer than a sender's value may be."""
    return Message(vi=text, en=text)


def joined(messages: Iterable[Message], between: str = ", ") -> Message:
    """Several as one."""
    parts = list(messages)
    return Message(vi=between.join(m.vi for m in parts), en=between.join(m.en for m in parts))


@cache
def phrases() -> Mapping[str, Message]:
    """Every phrase by its name."""
    shipped = shipped_yaml(schemas_folder() / "phrases.yaml")
    return {name: Message(vi=words["vi"], en=words["en"]) for name, words in shipped.items()}


def _entry(code: str, body: Mapping[str, Any], room: str) -> KnownProblem:
    try:
        advice, words = body["next"], Message(vi=body["vi"], en=body["en"])
        return KnownProblem(
            code=code,
            status=int(body.get("status", DEFAULT_STATUS)),
            words=words,
            advice=Message(vi=advice["vi"], en=advice["en"]),
            room=room,
            named=frozenset(name for text in (words.vi, words.en) for _, name, _ in _parts(text) if name),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise Misconfigured(f"schemas/problems/{room}.yaml: {code} needs vi, en and next: {exc!r}") from exc


def _too_long(value: object) -> bool:
    """Of a text: then it is the sender's, and would travel with the problem."""
    return isinstance(value, str) and len(value) > LONGEST


def say(words: Message, params: Mapping[str, Any]) -> Message:
    """The words with their parameters put in."""
    return Message(vi=_fill_in(words.vi, params, "vi"), en=_fill_in(words.en, params, "en"))


def _fill_in(text: str, params: Mapping[str, Any], lang: str) -> str:
    try:
        return "".join(
            [
                literal + ("" if name is None else _value_in_words(params[name], spec, lang))
                for literal, name, spec in _parts(text)
            ]
        )
    except KeyError as exc:
        raise Misconfigured(f"the words of a problem name {exc}, which was not given") from exc


@cache  # as many as the catalogue has: a refused report may have fifty problems, and is taken apart once
def _parts(text: str) -> tuple[tuple[str, str | None, str], ...]:
    """Literal text, and the name and format of the parameter after it."""
    return tuple((literal, name, spec or "") for literal, name, spec, _ in string.Formatter().parse(text))


def _number(text: str, lang: str) -> str:
    """With its digits in groups and the decimal mark of the language; what is no plain number stays as it is."""
    if not _PLAIN.fullmatch(text):
        return shortened(text)
    whole, point, decimals = text.removeprefix("-").partition(".")
    grouped = f"{int(whole):,}{point}{decimals}"
    sign = "-" if text.startswith("-") else ""
    return sign + (grouped if lang == "en" else grouped.translate(_VIETNAMESE))


_PLAIN = re.compile(r"-?\d{1,40}(?:\.\d{1,40})?", re.ASCII)
_VIETNAMESE = str.maketrans(",.", ".,")


def _value_in_words(value: Any, spec: str, lang: str) -> str:
    """One value, shortened and on one line."""
    if isinstance(value, Message):
        return shortened(value.en if lang == "en" else value.vi, 4 * LONGEST)  # words of our own
    if isinstance(value, date) and not spec:
        return f"{value:%Y-%m-%d}" if lang == "en" else f"{value:%d/%m/%Y}"
    if spec == NUMBER:
        return _number(str(value), lang)
    return shortened(format(value, spec))


def shortened(text: str, longest: int = LONGEST) -> str:
    """On one line, without control characters, at most so many characters."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return cut if cut.isprintable() else "".join(c if c.isprintable() else "·" for c in cut)
