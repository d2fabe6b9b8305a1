"""Conversations: who talks in them, and how they are forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ampoule_clinic.desk import figures
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import Conversation, Erasure


def get(session: Session, conversation_id: str) -> Conversation:
    """Refusal `ended` where the conversation is gone."""
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise Refusal("ended")
    return conversation


def hold(session: Session, conversation_id: str) -> Conversation:
    """The conversation as it is now, held until the transaction ends. Whoever needs its ticket too takes that afterwards.
    Refusal `ended` where it is gone."""
    session.flush()  # Reading anew would lose what was changed here and not stored yet.
    conversation = session.get(Conversation, conversation_id, with_for_update=True, populate_existing=True)
    if conversation is None:
        raise Refusal("ended")
    return conversation


def forget(session: Session, conversation_id: str, now: datetime, zone: ZoneInfo) -> None:
    """Delete the conversation with its sessions, messages and contacts, and note that the engine must do the same. How
    many messages of which kind it had, by days in `zone`, stays."""
    figures.keep(session, conversation_id, zone)
    session.execute(delete(Conversation).where(Conversation.id == conversation_id))
    if session.get(Erasure, conversation_id) is None:
        session.add(Erasure(conversation_id=conversation_id, asked_at=now))


def standing(conversation: Conversation) -> dict[str, Any]:
    """Who answers, and how far the clinic has read, as the pages see it."""
    return {"mode": conversation.mode, "staff_name": conversation.staff_name, "staff_seen": conversation.staff_seen}


def seen_by_patient(session: Session, conversation_id: str, seq: int, now: datetime) -> bool:
    """The patient has had the messages up to `seq` on screen; whether that is further than before. Refusal `ended`."""
    conversation = hold(session, conversation_id)
    seq = min(seq, conversation.last_seq)
    if seq <= conversation.patient_seen:
        return False
    conversation.patient_seen, conversation.patient_seen_at = seq, now
    return True


def quiet_since(session: Session, moment: datetime) -> list[str]:
    """The ids of the conversations in which nothing was written since then."""
    return list(session.scalars(select(Conversation.id).where(Conversation.active_at < moment)))


def to_erase(session: Session) -> list[str]:
    """The ids of the forgotten conversations that the engine may still hold."""
    return list(session.scalars(select(Erasure.conversation_id)))


def erased(session: Session, conversation_id: str) -> None:
    session.execute(delete(Erasure).where(Erasure.conversation_id == conversation_id))
