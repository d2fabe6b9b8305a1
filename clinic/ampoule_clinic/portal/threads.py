"""A patient's threads: each is a conversation that is known to be theirs."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ampoule_clinic import conversations, messages
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import Conversation, Handoff, Message

SUBJECT = 60  # letters
_KEY = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class Thread:
    """A thread in the list. `state` says in words where it stands."""

    conversation: Conversation
    last: Message | None
    unread: int
    state: str


@dataclass(frozen=True)
class Pair:
    """What a patient asked, and a reply to it."""

    question: str
    reply: Message


def new_key() -> str:
    """The id of a thread that may begin; the form that begins it carries it, so that one sent twice begins one."""
    return secrets.token_urlsafe(16)


def begin(session: Session, patient_id: int, key: str, subject: str, text: str, now: datetime) -> Conversation:
    """The thread with this key, new or already begun. Refusal `not_found` for a key that is not the patient's."""
    if not _KEY.fullmatch(key):
        raise Refusal("not_found")
    if session.get(Conversation, key):
        return own(session, patient_id, key)
    conversation = Conversation(id=key, patient_id=patient_id, subject=first_words(subject or text), created_at=now, active_at=now)
    try:
        with session.begin_nested():
            session.add(conversation)
    except IntegrityError:  # The same form was quicker.
        return own(session, patient_id, key)
    return conversation


def first_words(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SUBJECT else f"{line[:SUBJECT].rsplit(' ', 1)[0]}…"


def own(session: Session, patient_id: int, conversation_id: str) -> Conversation:
    """Refusal `not_found` where there is no such thread, or it is not this patient's."""
    conversation = session.get(Conversation, conversation_id) if _KEY.fullmatch(conversation_id) else None
    if conversation is None or conversation.patient_id != patient_id:
        raise Refusal("not_found")
    return conversation


def ids(session: Session, patient_id: int) -> list[str]:
    return list(session.scalars(select(Conversation.id).where(Conversation.patient_id == patient_id).order_by(Conversation.created_at)))


def listing(session: Session, clinic: Clinic, patient_id: int) -> list[Thread]:
    """The threads, the one in which something happened last first."""
    new = (Message.conversation_id == Conversation.id) & (Message.seq > Conversation.patient_seen) & Message.author.in_(("assistant", "staff"))
    unread = select(func.count()).where(new).correlate(Conversation).scalar_subquery()
    last = (Message.conversation_id == Conversation.id) & (Message.seq == Conversation.last_seq)
    rows = session.execute(select(Conversation, Message, unread).outerjoin(Message, last).where(Conversation.patient_id == patient_id)
                           .order_by(Conversation.active_at.desc(), Conversation.id)).all()
    newest = {ticket.conversation_id: ticket for ticket in tickets(session, [conversation.id for conversation, _, _ in rows])}
    return [Thread(conversation, message, count, state(clinic, conversation, message, newest.get(conversation.id))) for conversation, message, count in rows]


def view(session: Session, clinic: Clinic, patient_id: int, conversation_id: str) -> tuple[Conversation, list[Message], str]:
    """The thread, its messages and its state. Having it on screen is having read it."""
    conversation = own(session, patient_id, conversation_id)
    conversations.seen_by_patient(session, conversation_id, conversation.last_seq, clinic.now())
    return conversation, *_standing(session, clinic, conversation)


def standing(session: Session, clinic: Clinic, patient_id: int, conversation_id: str) -> str:
    """The thread's state in words."""
    return _standing(session, clinic, own(session, patient_id, conversation_id))[1]


def _standing(session: Session, clinic: Clinic, conversation: Conversation) -> tuple[list[Message], str]:
    said = messages.after(session, conversation.id, 0)
    ticket = next(iter(tickets(session, [conversation.id])), None)
    return said, state(clinic, conversation, said[-1] if said else None, ticket)


def pairs(said: Sequence[Message]) -> list[Pair]:
    """Each reply, with what the patient typed last before it, or before the button that it replies to."""
    typed = [message for message in said if message.author == "patient" and message.choice is None]
    found: list[Pair] = []
    for message in said:
        before = [question for question in typed if question.seq <= (message.reply_to or message.seq)]
        if message.author in ("assistant", "staff") and before:
            found.append(Pair(before[-1].text, message))
    return found


def state(clinic: Clinic, conversation: Conversation, last: Message | None, ticket: Handoff | None) -> str:
    """Where a thread stands: what the patient may expect, and from whom."""
    words, name = clinic.words, conversation.staff_name or clinic.content.clinic["name"]
    if ticket and ticket.open and ticket.state != "answered":
        if ticket.state == "waiting_for_patient":
            return words("portal#state_asked", staff_name=name)
        if ticket.reply_by is None:
            return words("portal#state_emergency")
        if ticket.reply_by < clinic.now():
            return words("portal#state_late")
        due, today = (at.astimezone(clinic.hours.zone) for at in (ticket.reply_by, clinic.now()))
        return words("portal#state_today") if due.date() == today.date() else words("portal#state_expected", date=f"{due:%A, %B} {due.day}")
    if conversation.mode == "person" or last and last.author == "staff":
        return words("portal#state_replied", staff_name=(last.staff_name if last else None) or name)
    if ticket and not ticket.open:
        return words("portal#state_closed")
    offered = last.outcome["handoff"] if last and last.outcome else None
    if offered and offered["state"] in ("offered", "asking"):
        return words("portal#state_not_sent")
    return words("portal#state_assistant") if last and last.author == "assistant" else ""


def tickets(session: Session, conversation_ids: Sequence[str]) -> list[Handoff]:
    """The newest ticket of each conversation."""
    newest = select(func.max(Handoff.id)).where(Handoff.conversation_id.in_(conversation_ids)).group_by(Handoff.conversation_id)
    return list(session.scalars(select(Handoff).where(Handoff.id.in_(newest))))
