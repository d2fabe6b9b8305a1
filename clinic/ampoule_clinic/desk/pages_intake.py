"""Phone intake's page: reads along while the receptionist types, and makes a ticket of what was said."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from ampoule_clinic import errors
from ampoule_clinic.access import clinic_of
from ampoule_clinic.accounts.policy import allow
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import alerts, tickets
from ampoule_clinic.desk.intake import Heard, hear, higher
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import PRIORITIES, Handoff
from ampoule_clinic.web import render
from ampoule_clinic.web.forms import read_checked_form

router = APIRouter()
FIELDS = ("words", "kind", "urgency", "name", "phone", "birth_date")


@router.get("/intake")
@allow("front_desk", "clinician")
async def intake_page(request: Request, made: str = "") -> Response:
    """Empty, or with the reference of the ticket that was just made."""
    clinic = clinic_of(request)
    ticket = await clinic.db.read(tickets.get, made) if made else None
    return await _page(request, {}, made=ticket)


@router.post("/intake/read")
@allow("front_desk", "clinician")
async def read(request: Request) -> Response:
    """What to say to the words so far. The page asks at every pause; without its script a button does."""
    fields = await read_checked_form(request)
    words = fields.get("words", "").strip()
    return await _page(request, fields, heard=await hear(clinic_of(request), words[:tickets.LONGEST]) if words else None)


@router.post("/intake")
@allow("front_desk", "clinician")
async def make(request: Request) -> Response:
    """The ticket. Its urgency is the chosen one, but never below what the words call for."""
    clinic, fields = clinic_of(request), await read_checked_form(request)
    words = fields.get("words", "").strip()
    heard = await hear(clinic, words[:tickets.LONGEST]) if words else None
    try:
        if heard is None:
            raise Refusal("empty")
        if len(words) > tickets.LONGEST:
            raise Refusal("text_long")
        reference = await clinic.db.write(_make, clinic, request, fields, words, heard)
    except Refusal as refusal:
        return await _page(request, fields, heard=heard, refusal=refusal)
    clinic.events.notify("desk")
    return render.go(f"/desk/intake?made={reference}")


def _make(session: Session, clinic: Clinic, request: Request, fields: Mapping[str, str], words: str, heard: Heard) -> str:
    kinds, chosen = clinic.content.desk.kinds, fields.get("urgency", "")
    kind = fields.get("kind", "")
    ticket = tickets.create_from_phone(
        session, clinic, request.state.staff, words=words, reading=heard.reading, kind=kind if kind in kinds else heard.kind,
        reason=heard.reason if kind in ("", heard.kind) else kind, topics=heard.topics,
        urgency=higher(heard.urgency, chosen) if chosen in PRIORITIES else heard.urgency,
        name=fields.get("name", ""), phone=fields.get("phone", ""), birth_date=fields.get("birth_date", ""), key=fields.get("key", ""),
    )
    return ticket.reference


async def _page(request: Request, fields: Mapping[str, str], heard: Heard | None = None, made: Handoff | None = None,
                refusal: Refusal | None = None) -> Response:
    clinic = clinic_of(request)
    return render.page(
        request, "desk/intake.html", refusal.status if refusal else 200,
        form={name: fields.get(name, "") for name in FIELDS}, key=fields.get("key") or secrets.token_urlsafe(16),
        kinds=[(id, kind.title) for id, kind in clinic.content.desk.kinds.items()],
        heard=heard, made=_made(clinic, made) if made else None, longest=tickets.LONGEST, alerts=await clinic.db.read(alerts.unacknowledged),
        problem=errors.body(clinic.words, refusal.code)["error"]["text"] if refusal else None,
    )


def _made(clinic: Clinic, ticket: Handoff) -> dict[str, object]:
    """What to tell the caller about the ticket."""
    reply_time = clinic.words(clinic.hours.promise(ticket.urgency, ticket.created_at).text)
    said = [clinic.words("intake#made", reference=ticket.reference, reply_time=reply_time)]
    if ticket.urgency == "emergency":
        said = [clinic.words("intake#made_emergency")]
    return {"reference": ticket.reference, "said": said}
