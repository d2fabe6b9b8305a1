"""A patient's own data: handed out whole, changed, and deleted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ampoule_clinic import messages, retention
from ampoule_clinic.accounts import websessions
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import Conversation, Handoff
from ampoule_clinic.portal import patients, threads, visit
from ampoule_clinic.portal.models import Patient


def export(session: Session, clinic: Clinic, patient_id: int) -> dict[str, Any]:
    """Everything that is kept of a patient, but for the staff's notes. Recorded in the audit log."""
    me = _held(session, patient_id)
    clinic.audit.record(session, f"patient:{patient_id}", "patient_export", f"patient:{patient_id}", clinic.now())
    conversations = session.scalars(select(Conversation).where(Conversation.patient_id == patient_id).order_by(Conversation.created_at))
    tickets = session.scalars(select(Handoff).where(Handoff.patient_id == patient_id).order_by(Handoff.created_at))
    return {
        "clinic": clinic.content.clinic["name"],
        "made_at": clinic.now().isoformat(),
        "profile": {"name": me.name, "email": me.email, "birth_date": me.birth_date, "phone": me.phone, "contact_by": me.contact_by,
                    "email_about_replies": me.notify_email, "since": me.created_at.isoformat()},
        "threads": [_thread(session, conversation) for conversation in conversations],
        "questions_sent_to_the_clinic": [_ticket(ticket) for ticket in tickets],
        "visit_list": [{"question": item.question, "answer": item.answer, "at": item.created_at.isoformat()} for item in visit.listing(session, patient_id)],
    }


def _thread(session: Session, conversation: Conversation) -> dict[str, Any]:
    said = [{"author": message.author, "staff_name": message.staff_name, "at": message.at.isoformat(), "text": message.text}
            for message in messages.after(session, conversation.id, 0)]
    return {"subject": conversation.subject, "begun_at": conversation.created_at.isoformat(), "messages": said}


def _ticket(ticket: Handoff) -> dict[str, Any]:
    """What the patient was told of it, and what they told."""
    return {"reference": ticket.reference, "sent_at": ticket.created_at.isoformat(), "question": ticket.question, "state": ticket.state,
            "reply_by": ticket.reply_by.isoformat() if ticket.reply_by else None, "details": ticket.details}


def change(session: Session, patient_id: int, notify_email: bool, contact_by: str, phone: str) -> None:
    """How the clinic may reach the patient. Refusal `invalid_phone`, `phone_needed`, `bad_request`."""
    if contact_by not in ("portal", "phone"):
        raise Refusal("bad_request")
    number = patients.checked_phone(phone)
    if contact_by == "phone" and not number:
        raise Refusal("phone_needed")
    me = _held(session, patient_id)
    me.notify_email, me.contact_by, me.phone = notify_email, contact_by, number


async def delete(clinic: Clinic, patient_id: int) -> None:
    """Forget the threads, here and in the engine's store, then the patient with list, codes and sessions. Tickets stay with
    the clinic for as long as it keeps them. DatabaseDown half-way leaves the patient, who can do it again."""
    while left := await clinic.db.read(threads.ids, patient_id):
        for conversation_id in left:
            await retention.forget(clinic, conversation_id)
    await clinic.db.write(_delete, clinic, patient_id)


def _delete(session: Session, clinic: Clinic, patient_id: int) -> None:
    websessions.end_all(session, "patient", patient_id)
    session.delete(_held(session, patient_id))
    clinic.audit.record(session, f"patient:{patient_id}", "patient_delete", f"patient:{patient_id}", clinic.now())


def _held(session: Session, patient_id: int) -> Patient:
    """Refusal `signed_out` for one who was deleted meanwhile."""
    me = session.get(Patient, patient_id, with_for_update=True)
    if me is None:
        raise Refusal("signed_out")
    return me
