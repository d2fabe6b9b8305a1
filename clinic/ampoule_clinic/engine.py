"""The engine's channel: one message in, one reply with exactly one outcome out, or EngineDown."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import httpx
from ampoule.outcome import OutcomeError, Turn, validate

TURN_SECONDS = 5.0
# Someone in danger does not wait for the engine: the service can say the same itself.
RED_FLAG_SECONDS = 1.5
PROBE_SECONDS = 1.0


class EngineDown(Exception):
    """The engine gave no valid reply in time. The message says what was wrong, without the patient's words."""


class Engine:
    """`url` is the channel's webhook. Replies that come too late are dropped with their connection."""

    def __init__(self, url: str, token: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url = url
        self._base = url.rsplit("/", 1)[0]
        # No proxy from the environment: the words go to the engine and nowhere else.
        self._http = httpx.AsyncClient(transport=transport, trust_env=False, timeout=TURN_SECONDS, headers={"Authorization": f"Bearer {token}"})

    async def turn(self, sender: str, message: str, message_id: str, choice: str | None, seconds: float = TURN_SECONDS, *,
                   signed_in: bool = False, ticket_open: bool = False) -> Turn:
        """The engine's reply to a message that no longer holds contact details. `signed_in`: the clinic knows who writes;
        `ticket_open`: it still works on what was handed over in this conversation."""
        metadata = {"message_id": message_id, "signed_in": signed_in, "ticket_open": ticket_open} | ({"choice": choice} if choice else {})
        response = await self._request("POST", self._url, seconds, json={"sender": sender, "message": message, "metadata": metadata})
        try:
            return _turn(response.json())
        except (ValueError, KeyError, TypeError, AttributeError, OutcomeError) as error:
            raise EngineDown(f"broken reply: {type(error).__name__}") from error

    async def erase(self, sender: str) -> None:
        """Make the engine forget a conversation; one that it does not know is fine."""
        await self._request("DELETE", f"{self._base}/conversations/{quote(sender, safe='')}", TURN_SECONDS, accept=(404,))

    async def is_up(self) -> bool:
        try:
            await self._request("GET", f"{self._base}/", PROBE_SECONDS)
        except EngineDown:
            return False
        return True

    async def close(self) -> None:
        await self._http.aclose()

    async def _request(self, method: str, url: str, seconds: float, accept: tuple[int, ...] = (), **options: Any) -> httpx.Response:
        try:
            async with asyncio.timeout(seconds):
                response = await self._http.request(method, url, **options)
        except (httpx.HTTPError, TimeoutError) as error:
            raise EngineDown(type(error).__name__) from error
        if not response.is_success and response.status_code not in accept:
            raise EngineDown(f"status {response.status_code}")
        return response


def _turn(items: list[dict[str, Any]]) -> Turn:
    """ValueError, KeyError, TypeError, AttributeError or OutcomeError for anything but texts and one valid outcome."""
    texts = [item["text"] for item in items if item.get("text")]
    (custom,) = (item["custom"] for item in items if "custom" in item)
    if not texts or not all(isinstance(text, str) for text in texts):
        raise ValueError("no text")
    return Turn(texts, validate(custom))
