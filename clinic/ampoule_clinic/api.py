"""What pages may ask for: sessions, the conversation, messages, events, the form that passes a question on."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from ampoule_clinic import conversations, degraded, handoffs, messages, posts, retention, sessions, turns
from ampoule_clinic.access import any_visit, bearer, clinic_of, known_origin, open_visit
from ampoule_clinic.bodies import read_as
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.db import DatabaseDown, Unconfirmed
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import Message

router = APIRouter(prefix="/api")


@router.post("/sessions")
async def start_session(request: Request) -> Response:
    clinic = clinic_of(request)
    known_origin(request)
    if not clinic.session_limit.allow(request.client.host if request.client else ""):
        raise Refusal("rate_limited")

    def work(session: Session) -> tuple[str, Message]:
        token, conversation_id = sessions.start(session, clinic.now())
        return token, messages.reply(session, conversation_id, degraded.greeting(clinic.words), clinic.now())

    token, greeting = await clinic.db.write(work)
    body = {"token": token, "conversation_id": greeting.conversation_id, "message": messages.public(greeting, clinic.words), "hours": _hours(clinic)}
    return JSONResponse(body, 201)


@router.delete("/sessions")
async def end_session(request: Request) -> Response:
    clinic = clinic_of(request)
    visit = await any_visit(request, down="unavailable")
    await retention.forget(clinic, visit.conversation_id)
    return JSONResponse({"text": clinic.words("errors#ended")})


@router.get("/conversation")
async def conversation(request: Request) -> Response:
    clinic = clinic_of(request)
    visit = await open_visit(request, down="unavailable")

    def work(session: Session) -> tuple[dict[str, Any], list[Message]]:
        return conversations.standing(conversations.get(session, visit.conversation_id)), messages.after(session, visit.conversation_id, 0)

    standing, found = await clinic.db.read(work)
    return JSONResponse({"messages": [messages.public(message, clinic.words) for message in found], "state": standing["mode"], **standing,
                         "content_version": clinic.content.version, "hours": _hours(clinic)})


def _hours(clinic: Clinic) -> str | None:
    """What to know about the clinic's hours just now."""
    return None if clinic.hours.is_open(clinic.now()) else clinic.words("page#closed_now")


@router.get("/events")
async def events(request: Request) -> Response:
    clinic, token = clinic_of(request), bearer(request)
    visit = await open_visit(request, down="unavailable")
    try:
        after = int(request.headers.get("last-event-id", "0"))
    except ValueError:
        raise Refusal("bad_request") from None

    known: dict[str, Any] = {}

    def work(session: Session, seq: int) -> tuple[list[Message], dict[str, Any]] | None:
        still = sessions.find(session, token, clinic.now())
        if still is None or still.expired:
            return None
        return messages.after(session, visit.conversation_id, seq), conversations.standing(conversations.get(session, visit.conversation_id))

    async def read(seq: int) -> list[dict[str, Any]] | None:
        nonlocal known
        found = await clinic.db.read(work, seq)
        if found is None:
            return None
        shown = [messages.public(message, clinic.words) for message in found[0]]
        if found[1] != known:
            known = found[1]
            shown.append({"event": "standing", "seq": shown[-1]["seq"] if shown else seq, **known})
        return shown

    stream = clinic.events.stream(visit.conversation_id, after, read)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.post("/messages")
async def post_message(request: Request) -> Response:
    clinic = clinic_of(request)
    message, reply = await posts.take(request, await posts.read(request))
    shown = messages.public(message, clinic.words) if message else None
    return JSONResponse({"message": shown, "reply": messages.public(reply, clinic.words)})


class Feedback(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: str
    helpful: bool


@router.post("/feedback")
async def post_feedback(request: Request) -> Response:
    """Whether a reply helped."""
    clinic = clinic_of(request)
    visit = await open_visit(request, down="not_stored")
    if not clinic.message_limit.allow(visit.conversation_id):
        raise Refusal("rate_limited")
    given = await read_as(request, Feedback)
    await clinic.db.write(messages.rate, visit.conversation_id, given.id, given.helpful)
    return JSONResponse({"helpful": given.helpful})


class Seen(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    seq: int


@router.post("/seen")
async def post_seen(request: Request) -> Response:
    """How far the patient has read."""
    clinic = clinic_of(request)
    visit = await open_visit(request, down="not_stored")
    seq = (await read_as(request, Seen)).seq
    if seq > (await clinic.db.read(conversations.get, visit.conversation_id)).patient_seen:
        await clinic.db.write(conversations.seen_by_patient, visit.conversation_id, seq, clinic.now())
        for key in (visit.conversation_id, "desk"):
            clinic.events.notify(key)
    return JSONResponse({})


@router.post("/handoff")
async def post_form(request: Request) -> Response:
    """The form of the degraded mode: the patient's last question becomes a ticket."""
    clinic = clinic_of(request)
    visit = await open_visit(request, down="not_sent")
    if not clinic.message_limit.allow(visit.conversation_id):
        raise Refusal("rate_limited")
    form = await read_as(request, handoffs.Form)
    reading = await clinic.red_flags.read(f"{form.name}. {form.contact}")
    if turns.is_emergency(reading):
        reply = await turns.keep(clinic, visit.conversation_id, degraded.emergency(clinic.words, reading))
    elif not form.patient:
        reply = await turns.keep(clinic, visit.conversation_id, degraded.not_patient(clinic.words))
    else:
        signed_in = (await clinic.db.read(conversations.get, visit.conversation_id)).patient_id is not None
        details = handoffs.signed_in_details(form) if signed_in else handoffs.details(form, clinic.now().date())
        reply = await hand_off(clinic, visit.conversation_id, details)
    return JSONResponse({"reply": messages.public(reply, clinic.words)})


async def hand_off(clinic: Clinic, conversation_id: str, details: handoffs.Details) -> Message:
    """Store the ticket together with the reply that says so. Refusal `bad_choice`, `not_sent`, `unconfirmed`."""

    def work(session: Session) -> Message:
        offer, question = messages.last_reply(session, conversation_id), messages.last_question(session, conversation_id)
        if offer is None or question is None or not degraded.offers_form(offer.outcome):
            raise Refusal("bad_choice")
        new = handoffs.NewHandoff(
            key=f"form:{conversation_id}:{question.seq}", conversation=conversation_id, origin="clinic", kind=degraded.KIND,
            reason=degraded.REASON, urgency=degraded.URGENCY, details=details, question=question.text,
        )
        ticket, _ = handoffs.create(session, clinic, new)
        reply_time = clinic.words(clinic.hours.promise(ticket.urgency, ticket.created_at).text)
        return messages.reply(session, conversation_id, degraded.sent(clinic.words, ticket.reference, reply_time), clinic.now())

    try:
        reply = await clinic.db.write(work)
    except Unconfirmed as error:
        raise Refusal("unconfirmed") from error
    except DatabaseDown as error:
        raise Refusal("not_sent") from error
    clinic.events.notify("desk")
    clinic.events.notify(conversation_id)
    return reply
