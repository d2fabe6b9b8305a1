"""What the engine's actions hand over, and the state of the service."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from ampoule_clinic import handoffs
from ampoule_clinic.access import clinic_of, service
from ampoule_clinic.bodies import read_as
from ampoule_clinic.db import DatabaseDown, Unconfirmed, ping
from ampoule_clinic.desk import inbox
from ampoule_clinic.errors import Refusal
from ampoule_clinic.handoffs import Join, NewHandoff
from ampoule_clinic.notify import outbox

router = APIRouter()


@router.post("/internal/handoffs", dependencies=[Depends(service)])
async def create(request: Request) -> Response:
    """201 once the ticket is committed, 200 where its key was known. 503 `not_sent` says that nothing was stored,
    503 `unconfirmed` that nobody can say."""
    clinic = clinic_of(request)
    new = await read_as(request, NewHandoff)
    try:
        ticket, is_new = await clinic.db.write(handoffs.create, clinic, new)
    except Unconfirmed as error:
        raise Refusal("unconfirmed") from error
    except DatabaseDown as error:
        raise Refusal("not_sent") from error
    clinic.events.notify("desk")
    promise = clinic.hours.promise(ticket.urgency, ticket.created_at)
    reply_by = ticket.reply_by.isoformat() if ticket.reply_by else None
    body = {"reference": ticket.reference, "urgency": ticket.urgency, "reply_time": clinic.words(promise.text), "reply_by": reply_by}
    return JSONResponse(body, 201 if is_new else 200)


@router.post("/internal/handoffs/join", dependencies=[Depends(service)])
async def join(request: Request) -> Response:
    """200 once the message is added to the open ticket, 404 where there is none."""
    clinic = clinic_of(request)
    later = await read_as(request, Join)
    message = await clinic.db.read(inbox.find, later)
    ticket = await clinic.db.write(inbox.join, clinic, later, await clinic.red_flags.read(message.text))
    clinic.events.notify("desk")
    return JSONResponse({"reference": ticket.reference})


@router.get("/healthz")
async def healthz(request: Request) -> Response:
    """503 where the database does not answer; without the engine the service still works, in degraded mode."""
    clinic = clinic_of(request)
    try:
        await clinic.db.read(ping)
        database, waiting = True, await clinic.db.read(outbox.waiting, clinic.now())
    except DatabaseDown:
        database, waiting = False, None
    engine = await clinic.engine.is_up()
    body = {"status": "ok" if database and engine else "degraded" if database else "down", "database": "ok" if database else "down",
            "engine": "ok" if engine else "down", "content_version": clinic.content.version, "outbox": waiting}
    return JSONResponse(body, 200 if database else 503)
