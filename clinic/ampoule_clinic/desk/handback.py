"""Handing back: a chat in which nobody at the clinic says anything goes back to the assistant, and a patient whose reply is
late is told so."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from ampoule_clinic import conversations, degraded, messages
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.db import DatabaseDown
from ampoule_clinic.desk import inbox, moves, presence
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import Conversation, Handoff
from ampoule_clinic.notify import announce

log = logging.getLogger(__name__)

EVERY_SECONDS = 30.0
IDLE = timedelta(minutes=30)
BATCH = 100  # A sweep that finds more goes on with them the next time.


async def sweep(clinic: Clinic) -> None:
    """Look after every conversation that was left, and every reply that is late, each in a transaction of its own. DatabaseDown."""
    for work, find in ((hand_back, idle), (tell_overdue, overdue)):
        for conversation_id in await clinic.db.read(find, clinic.now()):
            try:
                changed = await clinic.db.write(work, clinic, conversation_id)
            except Refusal:
                continue  # The conversation was deleted meanwhile.
            if changed:
                clinic.events.notify(conversation_id)
                clinic.events.notify("desk")


async def sweep_for_ever(clinic: Clinic) -> None:
    while True:
        try:
            await sweep(clinic)
        except DatabaseDown as error:
            log.warning("handing back waits for the next time: %s", error)
        await asyncio.sleep(EVERY_SECONDS)


def idle(session: Session, now: datetime) -> list[str]:
    """The ids of the conversations that a person has, or had until the reply was late, and in which nothing was written for
    `IDLE`; not those where the person waits for the patient."""
    tickets = exists().where(Handoff.conversation_id == Conversation.id)
    waits = tickets.where(Handoff.state == "waiting_for_patient")
    late = tickets.where(Handoff.state == "claimed", Handoff.overdue_told_at.is_not(None))
    rows = select(Conversation.id).where(or_(Conversation.mode == presence.PERSON, late), Conversation.active_at <= now - IDLE, ~waits)
    return list(session.scalars(rows.order_by(Conversation.active_at).limit(BATCH)))


def hand_back(session: Session, clinic: Clinic, conversation_id: str) -> bool:
    """Give a conversation that was left to the assistant, and its ticket to the queue; whether there was anything to do."""
    conversation = conversations.hold(session, conversation_id)
    ticket = inbox.open_ticket(session, conversation_id)
    waits = ticket is not None and ticket.state == "waiting_for_patient"
    held = ticket is not None and ticket.state == "claimed" and (conversation.mode == presence.PERSON or ticket.overdue_told_at is not None)
    if conversation.active_at > clinic.now() - IDLE or waits or not (held or conversation.mode == presence.PERSON):
        return False
    if ticket and held:
        ticket.claimed_by = ticket.claimed_at = None
        moves.move(ticket, "idle_return", clinic.hours, clinic.now())
        moves.record(session, ticket, "idle_return", clinic.now())
    presence.leave(session, clinic, conversation)
    return True


def overdue(session: Session, now: datetime) -> list[str]:
    """The ids of the conversations whose ticket was not replied to in time, where the patient was not told yet."""
    rows = select(Handoff.conversation_id).join(Conversation, Conversation.id == Handoff.conversation_id).where(
        Handoff.origin == "clinic", Handoff.open, Handoff.state.in_(moves.NEEDS_STAFF), Handoff.due_at <= now, Handoff.reply_by <= now,
        Handoff.overdue_told_at.is_(None))
    return list(dict.fromkeys(session.scalars(rows.order_by(Handoff.due_at).limit(BATCH))))


def tell_overdue(session: Session, clinic: Clinic, conversation_id: str) -> bool:
    """Say that the reply is late, and let the assistant answer meanwhile; whether there was anything to say."""
    conversation, now = conversations.hold(session, conversation_id), clinic.now()
    late = [ticket for ticket in inbox.open_tickets(session, conversation_id)
            if ticket.state in moves.NEEDS_STAFF and ticket.reply_by and max(ticket.due_at, ticket.reply_by) <= now and ticket.overdue_told_at is None]
    if not late:
        return False
    for ticket in late:
        ticket.overdue_told_at = now
        moves.record(session, ticket, "overdue", now)
        announce.overdue(session, clinic, ticket)
    presence.leave(session, clinic, conversation)
    messages.reply(session, conversation_id, degraded.overdue(clinic.words), now)
    return True
