"""Routes of releases: what stands before a sign-off, drafting, signing off, taking back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import Field

from lienthong import samples
from lienthong.access.sight import sight
from lienthong.eventlog.installation import hub_now
from lienthong.postgres.pool import Pool
from lienthong.web.answers import gives
from lienthong.web.parameters import Code, Recipient, Truth, Whole
from lienthong.web.routes import Routes
from services.ingest.definitions.current import Current
from services.ingest.definitions.loading import whole_round
from services.ingest.office.desk import Office
from services.ingest.office.wire import Body, SignedDocument, actor_with
from services.ingest.readers import ProvinceReader
from services.ingest.releases import acts, drafts, standing
from services.ingest.releases.bodies import DraftRelease, ReleasePreview, ReleaseSigned, ReleaseWithdrawn
from services.ingest.rights.acting import Actor
from services.ingest.rights.requiring import seen_round

Number = Annotated[int, Path(ge=1, le=1_000_000)]
Drafter = Annotated[Actor, Depends(actor_with(acts.DRAFTING))]
Signer = Annotated[Actor, Depends(actor_with(acts.SCOPE))]  # of the module: annotations are resolved by its names


class Draft(Body):
    """What is put before a signer: the round's consolidation as it stands, for these recipients: some of those that the
    plan's obligations name, and `platform`. Absent: all of them.
    """

    recipients: list[Recipient] | None = Field(None, min_length=1, max_length=10)
    document: SignedDocument = SignedDocument(number=None)
    note: str = Field("", max_length=1000)


class SignOff(Body):
    """A sign-off of the draft. document: where its number is known by now; absent: the draft's."""

    document: SignedDocument | None = None
    confirm: Truth = Field(False, description="Reports are missing, and it is to be released all the same")
    draft: Annotated[Whole, Field(ge=1)] | None = Field(
        None, description="Position of the draft that the signer saw; a later one is then not signed unseen"
    )


class ReleaseWithdrawal(Body):
    """Taking a release back."""

    reason: str = Field(min_length=3, max_length=2000)
    document: SignedDocument = SignedDocument(number=None)


def read_routes(pool: Pool, current: Current) -> APIRouter:
    """What a signer has to see before."""
    routes = Routes(prefix="/v1/rounds/{round}/releases", tags=["operate"])
    sample_mark = samples.sample_mark(current.sample)

    @routes.get(
        "/preview",
        summary="What a release would lack, what changed since the last, whom it would go to",
        **gives(ReleasePreview),
    )
    def preview(round: Code, who: ProvinceReader) -> dict[str, Any]:
        with pool.connection() as conn:
            seen_round(whole_round(conn, round), round, current.get(conn), sight(who, ["read:province"]))
            return sample_mark | standing.preview(conn, round, hub_now(conn))

    return routes


def act_routes(office: Office) -> APIRouter:
    """Drafting, signing off, taking back."""
    routes = Routes(prefix="/v1/rounds/{round}/releases", tags=["operate"])

    @routes.post("/drafts", summary="Draft a release, for somebody else to sign", **gives(DraftRelease, 202))
    def draft(round: Code, wanted: Draft, by: Drafter) -> dict[str, Any]:
        with office.act(by, changes=True) as act:
            drafted = acts.draft(
                act,
                round_=round,
                recipients=wanted.recipients,
                document=wanted.document.wire_body(),
                note=wanted.note,
            )
        return drafts.body(drafted)

    @routes.post("", summary="Sign a drafted release off", **gives(ReleaseSigned, 202))
    def sign(round: Code, wanted: SignOff, by: Signer) -> dict[str, Any]:
        document = None if wanted.document is None else wanted.document.wire_body()
        with office.act(by, changes=True) as act:
            release, position = acts.sign(
                act, round_=round, document=document, confirm=wanted.confirm, draft=wanted.draft
            )
        return {"release": release, "position": position}

    @routes.post("/{version}/withdrawal", summary="Withdraw a release", **gives(ReleaseWithdrawn))
    def withdraw(round: Code, version: Number, wanted: ReleaseWithdrawal, by: Signer) -> dict[str, Any]:
        release = f"{round}/{version}"
        with office.act(by, changes=True) as act:
            acts.withdraw(act, release=release, reason=wanted.reason, document=wanted.document.wire_body())
        return {"release": release, "state": "withdrawn"}

    return routes
