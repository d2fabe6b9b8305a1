"""The outbox is emptied: each row is sent at least once, tried again with growing pauses, and never given up in silence.

A row is claimed for LEASE by moving its `next_at`, committed before anything is sent: two processes do not send the same
at once, and where one dies in between, the row is due again. What was sent but could not be marked is sent a second time.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from ampoule_clinic.clinic import Clinic
from ampoule_clinic.db import DatabaseDown
from ampoule_clinic.notify import Refused, mail, webhook
from ampoule_clinic.notify.models import Outgoing
from ampoule_clinic.settings import Settings

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
SEND_SECONDS = 20.0
LEASE = timedelta(seconds=60)  # longer than sending may take
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
KEEP = timedelta(days=30)  # how long it is known that something was sent
BATCH = 20

type Sender = Callable[[Clinic, Outgoing], Awaitable[None]]

KINDS: dict[str, Sender] = {"email": mail.send, "webhook": webhook.send}
_waiting = (Outgoing.sent_at.is_(None), Outgoing.failed_at.is_(None))


async def deliver_for_ever(clinic: Clinic) -> None:
    """E-mail and webhook do not wait for each other."""
    if clinic.settings.smtp_url is None:
        log.warning("e-mail is off: set AMPOULE_SMTP_URL (without it nobody can sign in to the portal with a code)")
    elif clinic.settings.smtp_url.startswith("file:"):
        log.info("e-mails are written to %s, and not sent", clinic.settings.var / "outbox")
    await asyncio.gather(*(_deliver_for_ever(clinic, kind) for kind in KINDS))


async def _deliver_for_ever(clinic: Clinic, kind: str) -> None:
    while True:
        try:
            await deliver(clinic, kind)
        except DatabaseDown as error:
            log.warning("the outbox waits for the database: %s", error)
        await asyncio.sleep(EVERY_SECONDS)


async def deliver(clinic: Clinic, *kinds: str) -> None:
    """Send what is due of these kinds (all, where none is named), once over; give up what nobody wants any more. DatabaseDown."""
    for kind in kinds or KINDS:
        for id in await clinic.db.read(_expired, kind, clinic.now()):
            await clinic.db.write(_give_up, clinic, id, "expired")
        if not _is_on(clinic.settings, kind):
            continue
        for id, tries in await clinic.db.read(_due, kind, clinic.now()):
            row = await clinic.db.write(_claim, id, tries, clinic.now())
            if row:
                await _send(clinic, row, KINDS[kind])


def waiting(session: Session, now: datetime) -> dict[str, int]:
    """How many rows wait, and for how many seconds the oldest does."""
    number, oldest = session.execute(select(func.count(), func.min(Outgoing.created_at)).where(*_waiting)).one()
    return {"waiting": number, "oldest_seconds": int((now - oldest).total_seconds()) if oldest else 0}


def drop_old(session: Session, now: datetime) -> None:
    """Delete the rows that were sent or given up long ago."""
    session.execute(delete(Outgoing).where(Outgoing.expires_at < now - KEEP))


def _is_on(settings: Settings, kind: str) -> bool:
    """Whether this kind can be sent at all; where not, rows wait until they expire."""
    return bool(settings.smtp_url if kind == "email" else settings.webhook_url)


async def _send(clinic: Clinic, row: Outgoing, send: Sender) -> None:
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await send(clinic, row)
    except Refused as error:
        log.warning("%s %d refused for good: %s", row.kind, row.id, error)
        await clinic.db.write(_give_up, clinic, row.id, str(error))
    except Exception as error:  # Whatever is wrong with one must not keep back the others.
        name = _name(error)
        log.warning("%s %d not sent at try %d: %s", row.kind, row.id, row.tries, name)
        await clinic.db.write(_settle, row.id, next_at=clinic.now() + pause(row.tries), error=name)
    else:
        await clinic.db.write(_settle, row.id, sent_at=clinic.now(), payload={}, error=None)


def pause(tries: int) -> timedelta:
    """After so many tries: 30 s, twice as long each time, an hour at most; give or take a fifth, lest all come at once."""
    doubled: timedelta = FIRST_PAUSE * 2 ** min(tries - 1, 10)
    return min(doubled, LONGEST_PAUSE) * random.uniform(0.8, 1.2)


def _name(error: Exception) -> str:
    """The error's type, with the number that the other side gave: its words may hold an address."""
    code = getattr(error, "code", None)
    return f"{type(error).__name__} {code}" if isinstance(code, int) else type(error).__name__


def _due(session: Session, kind: str, now: datetime) -> list[tuple[int, int]]:
    """(id, tries) of the next rows: what is new first, so that a code does not queue behind what cannot be delivered."""
    rows = select(Outgoing.id, Outgoing.tries).where(*_waiting, Outgoing.kind == kind, Outgoing.next_at <= now, Outgoing.expires_at > now)
    return [(id, tries) for id, tries in session.execute(rows.order_by(Outgoing.tries, Outgoing.next_at, Outgoing.id).limit(BATCH))]


def _expired(session: Session, kind: str, now: datetime) -> list[int]:
    """The rows that nobody wants any more, and that nobody can still be sending."""
    return list(session.scalars(select(Outgoing.id).where(*_waiting, Outgoing.kind == kind, Outgoing.expires_at <= now - LEASE).limit(BATCH)))


def _claim(session: Session, id: int, tries: int, now: datetime) -> Outgoing | None:
    """The row, for whoever comes first."""
    mine = update(Outgoing).where(Outgoing.id == id, Outgoing.tries == tries, *_waiting).values(tries=tries + 1, next_at=now + LEASE)
    return session.get(Outgoing, id) if session.execute(mine).rowcount == 1 else None  # type: ignore[attr-defined]


def _settle(session: Session, /, id: int, **values: Any) -> None:
    session.execute(update(Outgoing).where(Outgoing.id == id).values(**values))


def _give_up(session: Session, clinic: Clinic, id: int, error: str) -> None:
    row = session.get(Outgoing, id)
    if row and row.sent_at is None and row.failed_at is None:
        row.failed_at, row.payload, row.error = clinic.now(), {}, error
        clinic.audit.record(session, "service", "send_failed", f"outbox:{id}", clinic.now(), kind=row.kind, error=error, tries=row.tries)
