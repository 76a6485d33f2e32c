"""The console's own words, a catalogue for each language: languages/vi.yaml first, languages/en.yaml beside it.

An entry is a text with {places}; where a count changes the sentence it is {one: …, other: …}. Titles of plans and
figures, messages of refusals and reasons come from the hub in both languages and are not repeated here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from lienthong.access.roles import PEOPLE
from lienthong.contents import CHANNELS, KINDS, PLACES
from lienthong.errors import Message
from lienthong.indicators import verdicts
from lienthong.pushes import outcomes
from lienthong.rounds.wording import in_words, period_in_words
from lienthong.shipped import shipped_yaml
from lienthong.units.names import sort_key

Lang = Literal["vi", "en"]
LANGUAGES: tuple[Lang, ...] = ("vi", "en")
SHARED: Mapping[str, Mapping[str, Message]] = {
    "assessment": verdicts.ASSESSMENTS,
    "target": verdicts.TARGETS,
    "content_kind": KINDS,
    "channel": CHANNELS,
    "place": PLACES,
    "person_role": {code: role.name for code, role in PEOPLE.items()},
}
"""Words that the whole hub has in common."""
FOLDER = Path(__file__).parent / "languages"


class Words:
    """Say a word: `words("overview.owed", count=3)`."""

    def __init__(self, lang: Lang, entries: Mapping[str, str | Mapping[str, str]]) -> None:
        self.lang, self.entries = lang, entries

    @classmethod
    def load(cls, lang: Lang) -> Words:
        return cls(lang, flat(shipped_yaml(FOLDER / f"{lang}.yaml")))

    def __call__(self, key: str, **places: object) -> str:
        """The text. Raises KeyError for a key that no catalogue has: a mistake of ours, found by the tests."""
        entry = self.entries[key]
        if not isinstance(entry, str):
            entry = entry["one" if places.get("count") == 1 else "other"]
        return entry.format(**places | self._grouped_count(places) | self._rounds_in_words(places)) if places else entry

    def _rounds_in_words(self, places: Mapping[str, object]) -> dict[str, str]:
        """A round as people say it, its plan's code beside it, and a period: what a code of one says is not known by
        heart.
        """
        messages = {
            "round": in_words(str(places["round"])) if "round" in places else None,
            "period": period_in_words(str(places["period"])) if "period" in places else None,
        }
        return {name: self.both(text) for name, text in messages.items() if text is not None}

    def round(self, code: str) -> str:
        """A round that stands alone, in a list or above a page: as people say it, with its plan's code behind it. What
        is no code of a round stays as it is.
        """
        text = in_words(code)
        return code if text is None else _standing_alone(self.both(text))

    def period(self, code: str) -> str:
        """The period of a round, or one without a plan, within a sentence."""
        text = period_in_words(code.rpartition(".")[2])
        return code if text is None else self.both(text)

    def _grouped_count(self, places: Mapping[str, object]) -> dict[str, str]:
        """A count as the language groups its digits: 1.001. Other numbers may be years and codes."""
        count = places.get("count")
        if not isinstance(count, int):
            return {}
        return {"count": f"{count:,}".replace(",", ".") if self.lang == "vi" else f"{count:,}"}

    def name(self, family: str, value: object) -> str:
        """What a code is called, such as a state. A code that a newer hub sends is shown as it is."""
        entry = self.entries.get(f"{family}.{value}")
        if isinstance(entry, str):
            return entry
        shared = SHARED.get(family, {}).get(str(value))
        return str(value) if shared is None else getattr(shared, self.lang)

    def knows(self, family: str, value: object) -> bool:
        """Whether a code has a word of its own."""
        return f"{family}.{value}" in self.entries

    def family(self, family: str) -> list[tuple[str, str]]:
        """(code, word) of all of a family, by word: the options of a filter."""
        start = f"{family}."
        pairs = [(key.removeprefix(start), str(word)) for key, word in self.entries.items() if key.startswith(start)]
        return sorted(pairs, key=lambda pair: sort_key(pair[1]))

    def problem(self, code: str) -> str:
        """What a code of a problem says, as `problem_in_words`."""
        return self.say(problem_in_words(code))

    def who(self, actor: str) -> str:
        """Who did something, as the audit log names it: `person:lan.nt`, `client:ld-20`, `cli:root`."""
        kind, _, name = actor.partition(":")
        entry = self.entries.get(f"actor.{kind}")
        return entry.format(name=name) if isinstance(entry, str) else actor

    def both(self, text: Message) -> str:
        """A message that holds both languages."""
        return str(getattr(text, self.lang))

    def say(self, text: Mapping[str, Any] | None) -> str:
        """A text that the hub gave in both languages."""
        return "" if text is None else str(text.get(self.lang) or text.get("vi") or "")


def _standing_alone(text: str) -> str:
    return text[:1].upper() + text[1:]


def problem_in_words(code: str) -> dict[str, str]:
    """The words of a problem's code in both languages, as `outcomes.meaning_of`."""
    message = outcomes.meaning_of(code)
    return {"vi": message.vi, "en": message.en}


def flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str | Mapping[str, str]]:
    """{"a": {"b": "…"}} as {"a.b": "…"}; forms of number stay together."""
    return dict(_leaves(tree, prefix))


def _leaves(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str | Mapping[str, str]]]:
    for key, value in tree.items():
        if isinstance(value, str) or set(value) == {"one", "other"}:
            yield f"{prefix}{key}", value
        else:
            yield from _leaves(value, f"{prefix}{key}.")
