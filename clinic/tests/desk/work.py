"""Tickets and members of staff for the tests of what staff does."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from typing import Any

from conftest import SERVICE, Patient, handed_over
from people import add_patient, add_staff
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ampoule_clinic import messages, sessions
from ampoule_clinic.accounts.models import AuditEntry
from ampoule_clinic.accounts.policy import Actor
from ampoule_clinic.accounts.websessions import hash_of
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import tickets
from ampoule_clinic.models import ChatSession, Conversation, Handoff, HandoffEvent


class Worker:
    """A member of staff at work."""

    def __init__(self, clinic: Clinic, actor: Actor) -> None:
        self.clinic, self.actor = clinic, actor

    async def does(self, what: Callable[..., Any], reference: str, *args: Any, **kwargs: Any) -> Any:
        return await self.clinic.db.write(what, self.clinic, reference, self.actor, *args, **kwargs)

    async def views(self, reference: str) -> tickets.TicketView:
        view: tickets.TicketView = await self.does(tickets.view, reference)
        return view

    async def takes(self, reference: str) -> None:
        await self.does(tickets.claim, reference)


async def worker(clinic: Clinic, role: str = "clinician", name: str = "Sam Clinician") -> Worker:
    return Worker(clinic, Actor(await add_staff(clinic, role, name), name, role))


async def ticket(patient: Patient, **changes: Any) -> str:
    answer = await patient.http.post("/internal/handoffs", json=handed_over(patient.conversation, **changes), headers=SERVICE)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["reference"])


async def signed_in(patient: Patient, clinic: Clinic) -> Patient:
    """The patient in a conversation that began signed in."""
    patient_id = await add_patient(clinic)

    def work(session: Session) -> tuple[str, str]:
        token, conversation_id = sessions.start(session, clinic.now())
        session.execute(update(Conversation).where(Conversation.id == conversation_id).values(patient_id=patient_id))
        return token, conversation_id

    patient.token, patient.conversation = await clinic.db.write(work)
    return patient


async def joins(patient: Patient, text: str) -> int:
    """What the engine does with a later question while a ticket is open; the status."""
    id = (await patient.posts(text)).json()["message"]["id"]
    later = {"conversation": patient.conversation, "message_id": id}
    return (await patient.http.post("/internal/handoffs/join", json=later, headers=SERVICE)).status_code


async def of(clinic: Clinic, reference: str) -> Handoff:
    return await clinic.db.read(tickets.get, reference)


async def history(clinic: Clinic, reference: str) -> list[str]:
    """What happened to the ticket."""

    def work(session: Session) -> list[str]:
        rows = select(HandoffEvent.what).join(Handoff, Handoff.id == HandoffEvent.handoff_id).where(Handoff.reference == reference)
        return list(session.scalars(rows.order_by(HandoffEvent.id)))

    return await clinic.db.read(work)


async def audited(clinic: Clinic) -> list[tuple[str, str, str]]:
    """(actor, action, object) of every line of the audit log."""
    rows = select(AuditEntry.actor, AuditEntry.action, AuditEntry.object).order_by(AuditEntry.id)
    return await clinic.db.read(lambda session: [tuple(row) for row in session.execute(rows)])


async def talk(patient: Patient, clinic: Clinic) -> list[tuple[str, str]]:
    """Who says what in the chat, after the greeting: (author, the text's ids or the words)."""
    found = await clinic.db.read(messages.after, patient.conversation, 0)
    said = [(message.author, " ".join(message.outcome["texts"]) if message.outcome else message.text) for message in found]
    return [line for line in said if line != ("assistant", "replies/smalltalk#greeting")]


async def returns(patient: Patient, clinic: Clinic) -> None:
    """The patient is back after a while, in the same conversation."""

    def work(session: Session) -> str:
        token = secrets.token_urlsafe(32)
        session.add(ChatSession(token_hash=hash_of(token), conversation_id=patient.conversation, created_at=clinic.now(), used_at=clinic.now()))
        return token

    patient.token = await clinic.db.write(work)


def by_phone(**changes: Any) -> dict[str, Any]:
    return {"key": uuid.uuid4().hex, "words": "how much do I draw up", "kind": "my_volume", "reason": "volume_calc", "urgency": "same_day",
            "name": "Jo Field", "phone": "555-555-0199"} | changes
