"""Around every request: security headers, one log line without the address's query, and no fault that shows or logs words."""

from __future__ import annotations

import logging
import time

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ampoule_clinic import errors
from ampoule_clinic.words import Words

log = logging.getLogger(__name__)

_CSP = ("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'")
_HEADERS = [(b"content-security-policy", _CSP.encode()), (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-opener-policy", b"same-origin")]


class Guard:
    """Pure ASGI middleware. A fault becomes a 500 with a reviewed sentence; only its type and its route are logged."""

    def __init__(self, app: ASGIApp, words: Words) -> None:
        self._app, self._words = app, words

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 0, time.perf_counter()

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message["headers"], *_HEADERS]
                if all(name != b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", b"no-cache" if scope["path"].startswith(("/static/", "/assets/")) else b"no-store"))
                message["headers"] = headers
            await send(message)

        try:
            await self._app(scope, receive, send_guarded)
        except Exception as error:
            log.error("%s %s failed: %s", scope["method"], _route(scope), type(error).__name__)
            if not status:
                await JSONResponse(errors.body(self._words, "failed"), 500)(scope, receive, send_guarded)
        log.info("%s %s %d %.0f ms", scope["method"], _route(scope), status, (time.perf_counter() - began) * 1000)


def _route(scope: Scope) -> str:
    """The route's pattern: the address itself may be anything."""
    return getattr(scope.get("route"), "path", "(no route)")
