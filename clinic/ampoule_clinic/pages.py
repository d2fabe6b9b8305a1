"""Routes of what a browser loads: the service's own pages, and the chat element for any page."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from ampoule_clinic import page, widget
from ampoule_clinic.words import Words

log = logging.getLogger(__name__)

_FOR_EVER = "public, max-age=31536000, immutable"  # The name of a version changes with its content.


def routes(words: Words) -> APIRouter:
    built = widget.build(words)
    packed, etag = built.packed, f'"{built.name}"'
    index = page.render("index.html", words)
    demo = page.render("demo.html", words, widget=f"/{built.name}", integrity=built.integrity)
    log.info("/%s: %.1f kB by gzip -9", built.name, len(packed) / 1000)
    router = APIRouter()

    def script(request: Request, cache: str) -> Response:
        headers = {"cache-control": cache, "etag": etag, "vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(built.code, media_type="text/javascript", headers=headers)
        return Response(packed, media_type="text/javascript", headers=headers | {"content-encoding": "gzip"})

    @router.get("/")
    async def index_page() -> HTMLResponse:
        return HTMLResponse(index)

    @router.get("/demo")
    async def demo_page() -> HTMLResponse:
        return HTMLResponse(demo)

    @router.get("/widget.js")
    async def newest(request: Request) -> Response:
        return script(request, "no-cache")

    @router.get(f"/{built.name}")
    async def version(request: Request) -> Response:
        return script(request, _FOR_EVER)

    return router
