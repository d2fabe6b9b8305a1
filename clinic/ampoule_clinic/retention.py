"""Retention: what is old goes, here and from the engine's store. `python -m ampoule_clinic.retention` does it once."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ampoule.content import load
from ampoule.yamlfile import ContentError
from sqlalchemy import delete
from sqlalchemy.orm import Session

from ampoule_clinic import conversations
from ampoule_clinic.accounts import websessions
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.db import Database, DatabaseDown
from ampoule_clinic.engine import Engine, EngineDown
from ampoule_clinic.models import Handoff
from ampoule_clinic.notify import outbox
from ampoule_clinic.portal import codes, tokens
from ampoule_clinic.settings import Settings, SettingsError

log = logging.getLogger(__name__)

EVERY_SECONDS = 3600.0


async def forget(clinic: Clinic, conversation_id: str) -> None:
    """Empty both stores of one conversation. What the engine cannot erase now is erased by a later sweep; DatabaseDown
    where the service's own store is not emptied."""
    async with clinic.turn_of(conversation_id):
        await clinic.db.write(conversations.forget, conversation_id, clinic.now(), clinic.hours.zone)
    clinic.events.notify(conversation_id)
    try:
        await clinic.engine.erase(conversation_id)
    except EngineDown as error:
        log.warning("engine has still to forget a conversation: %s", error)


async def sweep(db: Database, engine: Engine, facts: Mapping[str, Any], now: datetime) -> None:
    """Forget the conversations, and delete the hand-offs, that are older than the clinic's `facts` say (`retention`:
    `conversation_days`, `handoff_days`); then let the engine erase every forgotten conversation, those too that a late
    turn wrote again. DatabaseDown, or EngineDown where erasing has to wait for the next sweep."""
    keep, zone = facts["retention"], ZoneInfo(facts["time_zone"])
    for conversation_id in await db.read(conversations.quiet_since, now - timedelta(days=keep["conversation_days"])):
        await db.write(conversations.forget, conversation_id, now, zone)
    await db.write(_drop_handoffs, now - timedelta(days=keep["handoff_days"]))
    for drop_old in (outbox.drop_old, websessions.drop_old, codes.drop_old, tokens.drop_old):
        await db.write(drop_old, now)
    for conversation_id in await db.read(conversations.to_erase):
        await engine.erase(conversation_id)
        await db.write(conversations.erased, conversation_id)


async def sweep_for_ever(clinic: Clinic) -> None:
    while True:
        try:
            await sweep(clinic.db, clinic.engine, clinic.content.clinic, clinic.now())
        except (DatabaseDown, EngineDown) as error:
            log.warning("retention waits for the next time: %s", error)
        await asyncio.sleep(EVERY_SECONDS)


def _drop_handoffs(session: Session, before: datetime) -> None:
    session.execute(delete(Handoff).where(Handoff.created_at < before))


async def _once() -> None:
    settings = Settings.from_env()
    db, engine = Database(settings.database_url), Engine(settings.engine_url, settings.service_token)
    try:
        await sweep(db, engine, load(settings.content).clinic, datetime.now(UTC))
    finally:
        await engine.close()
        db.close()


if __name__ == "__main__":
    try:
        asyncio.run(_once())
    except (SettingsError, ContentError, DatabaseDown, EngineDown) as error:
        sys.exit(f"retention: {type(error).__name__}: {error}")
