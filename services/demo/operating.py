"""What operators and the Ministry do: extend, sign off, approve, lock, open an ad-hoc round, read the feed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lienthong.client import difficulty, item, item_withdrawal
from services.demo.book import Book
from services.demo.people import Participants, client_of, drafter_of
from services.demo.script import APPROVED, APPROVER, ITEMS, MEDIA, MINISTRY, VIA, WITHDRAWN, Episode
from services.demo.sender import send

AT_ONCE = 50  # reports in one act of the reviewer
PATIENCE = 180.0  # seconds for a release to be made and delivered: one or two; a killed consumer of Kafka costs 45


class TooSlow(Exception):
    """Something that should happen by itself did not within PATIENCE."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulled:
    """What the Ministry took: feed entries, datasets by release, consolidations by (programme, period)."""

    entries: list[dict[str, Any]]
    digest: dict[str, Any]
    datasets: dict[str, dict[str, Any]]
    national: dict[tuple[str, str], dict[str, Any]]
    files: list[Path]


@dataclass(slots=True)
class Operating:
    """The operators' side. releases: ids in the order of their sign-off."""

    people: Participants
    book: Book
    releases: list[str] = field(default_factory=list)

    def extend(self, round_: str, unit: str, until: datetime, number: str) -> None:
        """Gia hạn for one unit, by a document."""
        self.people.account("tinh-20").act(
            f"/v1/rounds/{round_}/extensions",
            {
                "until": until.isoformat(),
                "unit": unit,
                "document": {"number": number, "date": "2026-06-05"},
                "reason": "Xã bị ảnh hưởng mưa lũ, mất điện nhiều ngày.",
            },
        )

    def sign(self, episode: Episode) -> str:
        """One drafts, another signs; then wait until the release is made and delivered. Returns the release."""
        drafter, operator = self.people.account(drafter_of(episode.operator)), self.people.account(episode.operator)
        path = f"/v1/rounds/{episode.round}/releases"
        assert episode.signs_at is not None
        draft = drafter.act(f"{path}/drafts", {"recipients": list(episode.recipients)})
        body = {
            "draft": draft["position"],
            "confirm": True,  # each round lacks somebody: the demonstration shows how that is said
            "document": {"number": episode.document, "date": episode.signs_at.date().isoformat()},
        }
        release = str(operator.act(path, body)["release"])
        self.book.note_release(release, episode.round)
        self.releases.append(release)
        wait_until(lambda: self._is_delivered(episode), f"release {release} is delivered")
        return release

    def ask(self, episode: Episode) -> None:
        """A round on demand (đột xuất)."""
        self.people.account(episode.operator).act("/v1/rounds", episode.request)

    def pass_on(self, round_: str) -> None:
        """The department passes on everything of a round that waits with it."""
        reviewer = self.people.account(client_of(VIA))
        waiting = list(reviewer.pages("/v1/reviews", "reports", {"round": round_, "state": "under_review"}))
        named = [{name: each[name] for name in ("form", "unit", "revision")} for each in waiting]
        for place in range(0, len(named), AT_ONCE):
            reviewer.act(f"/v1/rounds/{round_}/passed-on", {"reports": named[place : place + AT_ONCE]})

    def lock(self, round_: str) -> None:
        self.people.account("tinh-20").act(f"/v1/rounds/{round_}/lock", {"reason": "Đã quyết toán số liệu kỳ này."})

    def raise_difficulty(self, unit: str, data: dict[str, Any]) -> str:
        """A unit tells of a difficulty (khó khăn, vướng mắc). Returns its receipt's number."""
        account = self.people.by_unit[unit]
        answer = send(account, account.event(difficulty(unit=unit, **data), id=f"kk/{unit}/{data['obligation']}"))
        self.book.note_other("khó khăn, vướng mắc", answer, "accepted")
        return "" if answer.receipt is None else answer.receipt.number

    def publish_items(self) -> None:
        """The newspaper sends its items; its editors approve two, which are pushed at once; one is withdrawn."""
        account = self.people.by_unit[MEDIA]
        for entry in ITEMS:
            event = account.event(item(unit=MEDIA, revision=1, **entry), id=f"tt/{entry['item']}/1")
            self.book.note_other(str(entry["item"]), send(account, event), "accepted")
        for name in (APPROVED, WITHDRAWN):
            self.people.account(APPROVER).act(f"/v1/content/{MEDIA}/{name}/approval")
            self.item_delivered(name, withdraws=False)
        taken_back = item_withdrawal(unit=MEDIA, item=WITHDRAWN, reason="Video bị gỡ để biên tập lại.")
        answer = send(account, account.event(taken_back, id=f"rut/{WITHDRAWN}"))
        self.book.note_other("rút sản phẩm", answer, "accepted")
        self.item_delivered(WITHDRAWN, withdraws=True)

    def item_delivered(self, item: str, *, withdraws: bool) -> None:
        """Wait until the platform has an item, or its withdrawal."""
        subject = f"{MEDIA}/{item}"
        wait_until(
            lambda: any(
                (d["subject"], d["withdraws"], d["state"]) == (subject, withdraws, "delivered")
                for d in self.deliveries("tinh-20")
            ),
            f"item {subject} is delivered",
        )

    def deliveries(self, operator: str) -> list[dict[str, Any]]:
        """All deliveries of the operator's province, newest first, with their attempts."""
        deliveries: list[dict[str, Any]] = self.people.account(operator).get("/v1/deliveries", {"limit": 500})[
            "deliveries"
        ]
        return deliveries

    def refusals(self, operator: str) -> list[dict[str, Any]]:
        """Refused submissions of the operator's province, newest first."""
        refusals: list[dict[str, Any]] = self.people.account(operator).get("/v1/refusals")["refusals"]
        return refusals

    def pull(self, folder: Path) -> Pulled:
        """The Ministry reads the feed by its cursor, takes every dataset, one XLSX, and the national figures."""
        ministry = self.people.account(MINISTRY)
        entries = self._entries()
        datasets = {e["release"]: ministry.get(e["dataset"], {"format": "json"}) for e in entries}
        rounds = sorted({(e["programme"], e["period"]) for e in entries})
        national = {key: ministry.get(f"/v1/feed/national/{key[0]}/{key[1]}") for key in rounds}
        return Pulled(
            entries=entries,
            digest=ministry.get("/v1/feed/digest"),
            datasets=datasets,
            national=national,
            files=self._save(folder, entries),
        )

    def _entries(self) -> list[dict[str, Any]]:
        """The whole feed in pages of three, following `next` to its end."""
        ministry = self.people.account(MINISTRY)
        page = ministry.get("/v1/feed/releases", {"limit": 3})
        entries = list(page["entries"])
        while "next" in page["links"]:
            page = ministry.get(page["links"]["next"])
            entries.extend(page["entries"])
        return entries

    def _save(self, folder: Path, entries: list[dict[str, Any]]) -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        ministry, saved = self.people.account(MINISTRY), []
        for entry, format_ in [*((e, "json") for e in entries), *((e, "xlsx") for e in entries[-1:])]:
            path = folder / f"{entry['release'].replace('/', '_')}.{format_}"
            path.write_bytes(ministry.download(entry["dataset"], {"format": format_}))
            saved.append(path)
        return saved

    def _is_delivered(self, episode: Episode) -> bool:
        version = len([r for r in self.releases if r.startswith(f"{episode.round}/")])
        return any(
            d["kind"] == "release"
            and d["subject"] == episode.round
            and d["version"] == version
            and d["state"] == "delivered"
            for d in self.deliveries(episode.operator)
        )


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Wait for what happens by itself. Raises TooSlow."""
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end:
            raise TooSlow(f"{what}: not within {PATIENCE:.0f} s")
        time.sleep(0.05)
