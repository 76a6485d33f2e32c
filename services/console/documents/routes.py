"""Where documents are downloaded: of a round as it stands, of a release (by its province and by the Ministry), and the
letter that urges.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.console import acting
from services.console.documents import report, urging
from services.console.formats import Formats
from services.console.frame import Frame
from services.console.page import Visit
from services.console.pages import consolidation
from services.console.pages.consolidated import Consolidation
from services.console.words import Words

Maker = Callable[..., bytes]


def routes(frame: Frame) -> list[Route]:
    """All of them."""
    documents = Documents(frame)
    return [
        Route("/rounds/{round}/report.docx", documents.of_round, methods=["GET"]),
        Route("/rounds/{round}/urging.docx", documents.urging, methods=["GET"]),
        Route("/releases/{round}/{version:int}/report.docx", documents.of_release, methods=["GET"]),
        Route("/nation/releases/{round}/{version:int}/report.docx", documents.of_feed, methods=["GET"]),
    ]


class Documents:
    """In Vietnamese whatever the language of the page."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._words: Words = frame.words["vi"]

    async def of_round(self, request: Request) -> Response:
        async with acting.visit(self._frame, request) as visit:
            data = await consolidation.of_round(self._vietnamese(visit), visit.path["round"], texts=True)
        return await self._file(report.docx, data, f"bao-cao-{data.round}.docx")

    async def of_release(self, request: Request) -> Response:
        async with acting.visit(self._frame, request) as visit:
            code, version = visit.path["round"], visit.path["version"]
            data = await consolidation.of_release(self._vietnamese(visit), code, version)
        return await self._file(report.docx, data, f"bao-cao-{data.round}-{version}.docx")

    async def of_feed(self, request: Request) -> Response:
        async with acting.visit(self._frame, request) as visit:
            code, version = visit.path["round"], visit.path["version"]
            data = await consolidation.of_feed(self._vietnamese(visit), code, version)
        return await self._file(report.docx, data, f"bao-cao-{data.round}-{version}.docx")

    async def urging(self, request: Request) -> Response:
        async with acting.visit(self._frame, request) as visit:
            data = await consolidation.of_round(self._vietnamese(visit), visit.path["round"], texts=False)
        return await self._file(urging.docx, data, f"don-doc-{data.round}.docx")

    def _vietnamese(self, visit: Visit) -> Visit:
        return replace(visit, words=self._words, formats=Formats(self._words))

    async def _file(self, maker: Maker, data: Consolidation, name: str) -> Response:
        notice = self._words("frame.sample") if self._frame.sample else ""
        body = await run_in_threadpool(maker, data, self._words, notice=notice)
        headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(body, media_type=report.MIME, headers=headers)
