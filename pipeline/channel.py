"""The engine's channel: Rasa's REST input, still named `rest`, that trusts nobody without the service token.

It requires sender and message, cleans the text, never logs it, and finishes a turn whose caller has hung up.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.channels.rest import RestInput
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from pipeline.paths import service_token
from pipeline.tracker_store import ConversationStore

logger = logging.getLogger(__name__)

LOCAL = "local:"
LONGEST_SENDER, LONGEST_TEXT = 200, 20_000
TRUSTED_METADATA = ("message_id", "signed_in", "ticket_open", "choice")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f  ]")
_EMPTY = "​"  # Rasa needs some text; the Reader knows that a zero-width space is none.


def clean(text: str) -> str:
    """The text without control characters, and never one that Rasa takes for a forced intent ("/restart")."""
    text = _CONTROL.sub(" ", text.replace("\r\n", "\n")).strip()
    return f"{_EMPTY}{text}" if not text or text.startswith("/") else text


class AmpouleInput(RestInput):
    @classmethod
    def name(cls) -> str:
        return "rest"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[None]]) -> Blueprint:
        hook = Blueprint("ampoule_rest", __name__)

        @hook.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @hook.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            body, problem = _body(request)
            if problem:
                return response.json({"error": problem}, status=400)
            trusted = _trusted(request)
            sender = body["sender"] if trusted else LOCAL + body["sender"]
            metadata = _metadata(body) if trusted else {}
            collector = CollectingOutputChannel()
            message = UserMessage(clean(body["message"]), collector, sender, input_channel=self.name(), metadata={**metadata, "local": not trusted})
            # Shielded: a turn that has begun is finished, so that what it sent to the clinic is also remembered.
            turn = asyncio.ensure_future(on_new_message(message))
            try:
                await asyncio.shield(turn)
            except Exception as error:  # Rasa's own handler would log the text.
                logger.error("a turn failed: %s", type(error).__name__)
                return response.json({"error": "the turn failed"}, status=500)
            return response.json(collector.messages)

        @hook.route("/conversations/<sender:str>", methods=["DELETE"])
        async def forget(request: Request, sender: str) -> HTTPResponse:
            if not _trusted(request):
                return response.json({"error": "not allowed"}, status=403)
            store = request.app.ctx.agent.tracker_store
            forgotten = isinstance(store, ConversationStore) and store.forget(sender)
            return response.json({"forgotten": forgotten})

        return hook


def _trusted(request: Request) -> bool:
    token = service_token()
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


def _body(request: Request) -> tuple[dict[str, Any], str | None]:
    try:
        body = request.json
    except Exception:  # Sanic raises its own type, whose message repeats the body.
        return {}, "the body is not JSON"
    if not isinstance(body, dict):
        return {}, "the body is not a JSON object"
    sender, message = body.get("sender"), body.get("message")
    if not isinstance(sender, str) or not sender.strip() or len(sender) > LONGEST_SENDER:
        return {}, "sender must be a non-empty text"
    if not isinstance(message, str) or len(message) > LONGEST_TEXT:
        return {}, f"message must be a text of at most {LONGEST_TEXT} characters"
    if not isinstance(body.get("metadata", {}), dict):
        return {}, "metadata must be an object"
    return body, None


def _metadata(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.get("metadata", {}).items() if key in TRUSTED_METADATA}
