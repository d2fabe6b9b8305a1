"""Hands over to the clinic's service: known to be stored, known not to be, or not known."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass

import aiohttp
from ampoule.handoff import Draft

from pipeline.paths import service_token

URL = os.environ.get("AMPOULE_CLINIC_URL", "http://127.0.0.1:8000")
TIMEOUT_SECONDS, ATTEMPTS = 2.0, 2


@dataclass(frozen=True)
class Committed:
    """`event` is a move of the hand-off: committed, refused (nothing was stored) or unconfirmed (nobody can say)."""

    event: str
    reference: str | None = None
    reply_time: str | None = None


async def commit(draft: Draft, sender: str, local: bool) -> Committed:
    """Hand the draft over, with its id as the key, so that trying twice stores it once."""
    details = draft.details
    body = {
        "key": draft.id,
        "conversation": sender,
        "origin": "local" if local else "clinic",
        "kind": draft.kind,
        "reason": draft.reason,
        "urgency": draft.urgency,
        "question": draft.question,
        "topics": draft.topics,
        "details": {
            "name": details.get("name"),
            "about": details.get("about", "self"),
            "is_patient": True if draft.signed_in else details.get("patient"),
            "consent": bool(details.get("consent")),
            "contact": details.get("contact"),
            "birth_date": details.get("birth_date"),
        },
        "reading": draft.why,
    }
    status, answer = await _post("/internal/handoffs", body)
    if status in (200, 201) and answer.get("reference"):
        return Committed("committed", answer["reference"], answer.get("reply_time"))
    if status is None or status == 503 and answer.get("error", {}).get("code") == "unconfirmed":
        return Committed("unconfirmed")
    return Committed("refused")


async def join(sender: str, message_id: str) -> str:
    """Add a later message to the open ticket: `joined`, `closed` (there is no such ticket any more) or `unconfirmed`."""
    status, _ = await _post("/internal/handoffs/join", {"conversation": sender, "message_id": message_id})
    return {200: "joined", 404: "closed"}.get(status, "unconfirmed")


async def _post(path: str, body: dict) -> tuple[int | None, dict]:
    """(status, answer). Status None: it may or may not have arrived. 0: it cannot have (no connection)."""
    reached = False
    for _ in range(ATTEMPTS):
        try:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
            async with aiohttp.ClientSession(timeout=timeout, headers={"Authorization": f"Bearer {service_token() or ''}"}) as session:
                async with session.post(URL + path, json=body) as response:
                    if response.status >= 500 and response.status != 503:
                        reached = True
                        continue
                    return response.status, await response.json()
        except aiohttp.ClientConnectorError:
            continue
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
            reached = True
    return (None, {}) if reached else (0, {})
