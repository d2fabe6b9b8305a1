"""Sessions of the clinic's own pages: an opaque cookie, kept here by its hash, that ends when idle and in any case."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from fastapi.responses import Response
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from ampoule_clinic.accounts.models import WebSession
from ampoule_clinic.settings import Settings

Audience = Literal["staff", "patient"]
# (idle, in any case): staff share rooms and screens; patients come from their own phones.
LIMITS: dict[Audience, tuple[timedelta, timedelta]] = {
    "staff": (timedelta(minutes=15), timedelta(hours=10)),
    "patient": (timedelta(minutes=30), timedelta(hours=12)),
}


@dataclass(frozen=True)
class Visit:
    """A session that is in force. `ends_at` is when it ends unless it is used again before, `last_end` when it ends in any case."""

    audience: Audience
    subject_id: int
    step: str
    csrf: str
    token_hash: str
    ends_at: datetime
    last_end: datetime


def cookie_name(audience: Audience, settings: Settings) -> str:
    """`__Host-` binds the cookie to this host and to TLS; without TLS, on this machine only, it is not possible."""
    return f"__Host-ampoule-{audience}" if settings.secure_cookies else f"ampoule-{audience}"


def start(session: Session, audience: Audience, subject_id: int, now: datetime, step: str = "full") -> str:
    """A new session's token. Whatever the browser had before is worth nothing from then on: see `end`."""
    token = secrets.token_urlsafe(32)
    session.add(WebSession(token_hash=hash_of(token), audience=audience, subject_id=subject_id, step=step, csrf=secrets.token_urlsafe(32),
                           created_at=now, used_at=now))
    return token


def find(session: Session, audience: Audience, token: str, now: datetime, use: bool = True) -> Visit | None:
    """The session of this token, None where there is none or it has ended. `use` begins its idle time anew."""
    return again(session, audience, hash_of(token), now, use) if token else None


def again(session: Session, audience: Audience, token_hash: str, now: datetime, use: bool = False) -> Visit | None:
    """As `find`, by the hash."""
    row = session.get(WebSession, token_hash)
    if row is None or row.audience != audience:
        return None
    idle, absolute = LIMITS[audience]
    last_end = row.created_at + absolute
    if now >= min(row.used_at + idle, last_end):
        return None
    if use:  # By a statement: the session may be ended by another request at this moment, which is no error.
        session.execute(update(WebSession).where(WebSession.token_hash == token_hash).values(used_at=now))
    return Visit(audience, row.subject_id, row.step, row.csrf, row.token_hash, min((now if use else row.used_at) + idle, last_end), last_end)


def end(session: Session, token_hash: str) -> None:
    session.execute(delete(WebSession).where(WebSession.token_hash == token_hash))


def end_all(session: Session, audience: Audience, subject_id: int) -> None:
    """Sign somebody out everywhere."""
    session.execute(delete(WebSession).where(WebSession.audience == audience, WebSession.subject_id == subject_id))


def drop_old(session: Session, now: datetime) -> None:
    """Delete the sessions that have ended for good."""
    longest = max(absolute for _, absolute in LIMITS.values())
    session.execute(delete(WebSession).where(WebSession.created_at < now - longest))


def set_cookie(response: Response, audience: Audience, token: str, settings: Settings) -> None:
    response.set_cookie(cookie_name(audience, settings), token, path="/", httponly=True, samesite="lax", secure=settings.secure_cookies)


def clear_cookie(response: Response, audience: Audience, settings: Settings) -> None:
    response.delete_cookie(cookie_name(audience, settings), path="/", httponly=True, samesite="lax", secure=settings.secure_cookies)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
