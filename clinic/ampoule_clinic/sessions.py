"""Sessions: a bearer token that opens one conversation, for a while; a signed-in patient's as long as the sign-in is in force."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ampoule_clinic.accounts import websessions
from ampoule_clinic.models import ChatSession, Conversation

IDLE = timedelta(hours=2)
LIFETIME = timedelta(hours=24)


@dataclass(frozen=True)
class Visit:
    """What a known token stands for. An expired one still says whose conversation it was."""

    conversation_id: str
    expired: bool


def start(session: Session, now: datetime) -> tuple[str, str]:
    """A new conversation: its token, which is stored nowhere in clear, and its id."""
    token, conversation_id = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
    session.add(Conversation(id=conversation_id, created_at=now, active_at=now))
    session.flush()
    session.add(ChatSession(token_hash=_hash(token), conversation_id=conversation_id, created_at=now, used_at=now))
    return token, conversation_id


def open_for(session: Session, conversation_id: str, web_session: str, now: datetime) -> str:
    """A token for one of a signed-in patient's own conversations. It ends with the sign-in, whose hash is `web_session`."""
    token = secrets.token_urlsafe(32)
    session.add(ChatSession(token_hash=_hash(token), conversation_id=conversation_id, web_session=web_session, created_at=now, used_at=now))
    return token


def find(session: Session, token: str, now: datetime) -> Visit | None:
    """Whose token this is; None for one that was never given out or has been ended."""
    row = session.get(ChatSession, _hash(token))
    return Visit(row.conversation_id, _expired(session, row, now)) if row else None


def touch(session: Session, token: str, now: datetime) -> None:
    """Begin the idle time anew, that of the sign-in too; an expired session stays expired."""
    row = session.get(ChatSession, _hash(token))
    if row and not _expired(session, row, now, use=True):
        row.used_at = now


def _expired(session: Session, row: ChatSession, now: datetime, use: bool = False) -> bool:
    if row.web_session:
        return websessions.again(session, "patient", row.web_session, now, use) is None
    return now - row.used_at > IDLE or now - row.created_at > LIFETIME


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
