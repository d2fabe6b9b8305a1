"""A ticket's page: what was asked, why it came here, the conversation, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from ampoule_clinic import errors
from ampoule_clinic.access import clinic_of
from ampoule_clinic.accounts.policy import ROLES, Actor, allow, passive
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.desk import alerts, ticket_view, tickets
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import Handoff
from ampoule_clinic.web import render
from ampoule_clinic.web.forms import read_checked_form

router = APIRouter()
Fields = Mapping[str, str]
Act = Callable[[Session, Clinic, str, Actor, Fields], object]

DONE = {
    "claim": "This ticket is yours. The assistant is silent in the chat now.", "release": "The ticket is back in the queue.",
    "reassign": "The ticket was assigned.", "urgency": "The urgency was changed.", "note": "The note was added.", "reply": "Your reply was sent.",
    "ask": "Your question was sent. The ticket waits for the patient.", "approved": "The text was sent.", "resolve": "The ticket is closed.",
    "reopen": "The ticket is open again.", "acknowledge": "You have acknowledged the emergency.",
}


def _seq(fields: Fields) -> int | None:
    """The number of the last message that was on screen. Refusal `bad_request` for what is no number."""
    try:
        return int(fields["seen_seq"]) if "seen_seq" in fields else None
    except ValueError:
        raise Refusal("bad_request") from None


def _staff_id(fields: Fields) -> int:
    try:
        return int(fields.get("to", ""))
    except ValueError:
        raise Refusal("nobody_chosen") from None


ACTS: dict[str, Act] = {
    "claim": lambda session, clinic, ref, actor, _: tickets.claim(session, clinic, ref, actor),
    "release": lambda session, clinic, ref, actor, f: tickets.release(session, clinic, ref, actor, f.get("reason", "")),
    "reassign": lambda session, clinic, ref, actor, f: tickets.reassign(session, clinic, ref, actor, _staff_id(f), f.get("reason", "")),
    "urgency": lambda session, clinic, ref, actor, f: tickets.change_urgency(session, clinic, ref, actor, f.get("urgency", ""), f.get("reason", "")),
    "note": lambda session, clinic, ref, actor, f: tickets.note(session, clinic, ref, actor, f.get("text", "")),
    "reply": lambda session, clinic, ref, actor, f: tickets.reply(session, clinic, ref, actor, f.get("text", ""), seen_seq=_seq(f)),
    "ask": lambda session, clinic, ref, actor, f: tickets.reply(session, clinic, ref, actor, f.get("text", ""), ask=True, seen_seq=_seq(f)),
    "approved": lambda session, clinic, ref, actor, f: tickets.send_approved(session, clinic, ref, actor, f.get("canned", "")),
    "resolve": lambda session, clinic, ref, actor, f: tickets.resolve(session, clinic, ref, actor, f.get("outcome", ""), f.get("note", ""), seen_seq=_seq(f)),
    "reopen": lambda session, clinic, ref, actor, f: tickets.reopen(session, clinic, ref, actor, f.get("reason", "")),
    "acknowledge": lambda session, clinic, ref, actor, _: tickets.acknowledge(session, clinic, ref, actor),
}


@router.get("/tickets/{reference}")
@allow(*ROLES)
async def ticket_page(request: Request, reference: str, done: str = "") -> Response:
    return await _page(request, reference, done=done)


@router.get("/tickets/{reference}/now")
@allow(*ROLES)
@passive
async def ticket_now(request: Request, reference: str) -> Response:
    """The page as it is now, for its script, which takes what is new from it."""
    return await _page(request, reference, again=True)


@router.post("/tickets/{reference}/{action}")
@allow(*ROLES)
async def act(request: Request, reference: str, action: str) -> Response:
    """One step, then the page again; where it is refused, with the problem on top and what was written in its place."""
    if action not in ACTS:
        raise Refusal("not_found")
    clinic, fields = clinic_of(request), await read_checked_form(request)

    def work(session: Session) -> Handoff:
        ACTS[action](session, clinic, reference, request.state.staff, fields)
        return tickets.get(session, reference)

    try:
        ticket = await clinic.db.write(work)
    except Refusal as refusal:
        if refusal.code == "not_found":
            raise
        return await _page(request, reference, action=action, fields=fields, refusal=refusal)
    clinic.events.notify("desk")
    clinic.events.notify(ticket.conversation_id)
    return render.go(f"/desk/tickets/{ticket.reference}?done={action}")


async def _page(request: Request, reference: str, *, again: bool = False, done: str = "", action: str = "", fields: Fields = {},  # noqa: B006 - never changed
                refusal: Refusal | None = None) -> Response:
    clinic, actor = clinic_of(request), request.state.staff

    def work(session: Session) -> dict[str, Any]:
        return {"page": ticket_view.build(session, clinic, tickets.view(session, clinic, reference, actor, again), actor),
                "alerts": alerts.unacknowledged(session)}

    typed = {"note": "", "reply": "", "reason": "", "resolve_note": "", "outcome": "", "to": ""} | dict(fields)
    if action in ("note", "reply", "ask"):
        typed["note" if action == "note" else "reply"] = fields.get("text", "")
    if action == "resolve":
        typed |= {"resolve_note": fields.get("note", ""), "note": ""}
    return render.page(
        request, "desk/ticket.html", refusal.status if refusal else 200, **await clinic.db.write(work),
        done=done, DONE=DONE, EVENTS=ticket_view.EVENTS, form=typed, problem=errors.body(clinic.words, refusal.code)["error"]["text"] if refusal else None,
    )
