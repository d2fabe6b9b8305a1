"""The triage desk's pages: the queue, and the stream that keeps every page of the desk up to date."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy.orm import Session

from ampoule_clinic.access import clinic_of
from ampoule_clinic.accounts.policy import ROLES, allow, gate, passive, still_valid
from ampoule_clinic.desk import alerts, moves, pages_intake, pages_ticket, queue, ticket_view
from ampoule_clinic.desk.queue import Counts, Filters
from ampoule_clinic.models import PRIORITIES
from ampoule_clinic.web import render
from ampoule_clinic.web.forms import read_checked_form

router = APIRouter(prefix="/desk", dependencies=[Depends(gate)])
for part in (pages_ticket, pages_intake):
    router.include_router(part.router)

LANGUAGES = {"en": "English", "es": "Spanish", "fr": "French", "de": "German", "pt": "Portuguese", "it": "Italian", "pl": "Polish", "hi": "Hindi",
             "zh": "Chinese", "ar": "Arabic", "tl": "Tagalog", "ur": "Urdu", "other": "Another one"}
# The filters that stand in the page's address, each with its values. What is not among them lets everything through.
KNOWN: dict[str, tuple[str, ...]] = {
    "whose": queue.WHOSE[1:], "status": (*moves.STATES, "any"), "urgency": PRIORITIES, "language": tuple(LANGUAGES),
}


@router.get("")
@allow(*ROLES)
async def queue_page(request: Request) -> Response:
    """The filters stand in the address; what is searched for does not, as it may be a patient's name."""
    return await _page(request, "desk/queue.html", {name: value for name, value in request.query_params.items() if name != "q"})


@router.post("")
@allow(*ROLES)
async def filtered(request: Request) -> Response:
    """The form of filters and search, and the way to the next tickets."""
    fields = dict(await read_checked_form(request))
    fields["after"] = fields.get("next") or fields.get("after", "")
    if fields.get("q", "").strip():
        return await _page(request, "desk/queue.html", fields)
    shown = urlencode({name: fields[name] for name in (*KNOWN, "kind", "after") if fields.get(name)})
    return render.go(f"/desk?{shown}" if shown else "/desk")


@router.post("/rows")
@allow(*ROLES)
@passive
async def rows(request: Request) -> Response:
    """The tickets alone, for the page that refreshes itself."""
    return await _page(request, "desk/rows.html", await read_checked_form(request))


async def _page(request: Request, template: str, fields: Mapping[str, str]) -> Response:
    clinic, actor = clinic_of(request), request.state.staff
    kinds = clinic.content.desk.kinds
    chosen = {name: fields.get(name, "") if fields.get(name) in values else "" for name, values in {**KNOWN, "kind": tuple(kinds)}.items()}
    search, after = fields.get("q", "").strip()[:100], fields.get("after", "")
    filters = Filters(**{name: value for name, value in chosen.items() if value}, search=search)

    def work(session: Session) -> dict[str, Any]:
        # The newest event first: what happens meanwhile is asked for again rather than missed.
        newest, now = queue.newest(session), clinic.now()
        found, counts = queue.page(session, filters, actor, now, after or None), queue.counts(session, actor, now)
        return {"newest": newest, "rows": found.rows, "next": found.next, "alerts": alerts.unacknowledged(session),
                "counts": {name: Counts.shown(getattr(counts, name)) for name in ("unread", "unassigned", "late")}}

    def viewed(session: Session) -> dict[str, Any]:
        clinic.audit.record(session, f"staff:{actor.id}", "view_queue", "queue", clinic.now(), searched=bool(search))
        return work(session)

    # The list that refreshes itself is no new look at it.
    refreshes = template == "desk/rows.html"
    return render.page(
        request, template, filters=chosen | {"q": search, "after": after}, filtered=bool(search or after or any(chosen.values())),
        kinds=[(id, kind.title) for id, kind in kinds.items()], languages=LANGUAGES, 
        **(await clinic.db.read(work) if refreshes else await clinic.db.write(viewed)),
    )


@router.get("/alerts")
@allow(*ROLES)
@passive
async def alerts_part(request: Request) -> Response:
    return render.page(request, "desk/alerts.html", alerts=await clinic_of(request).db.read(alerts.unacknowledged))


@router.get("/events")
@allow(*ROLES)
@passive
async def events(request: Request, ticket: str = "") -> Response:
    """How the queue stands, and this ticket: at once, and whenever it changes. Pages fetch what they show anew."""
    clinic, visit = clinic_of(request), request.state.visit
    last: dict[str, Any] | None = None

    def work(session: Session) -> dict[str, Any] | None:
        if not still_valid(session, visit, clinic.now()):
            return None
        state = {"newest": queue.newest(session), "alerts": " ".join(alerts.unacknowledged(session))}
        return state | {"ticket": ticket_view.token(session, ticket)} if ticket else state

    async def read(after: int) -> list[dict[str, Any]] | None:
        nonlocal last
        state = await clinic.db.read(work)
        if state is None or state == last:
            return None if state is None else []
        last = state
        return [{"seq": after + 1} | state]

    return StreamingResponse(clinic.events.stream("desk", 0, read), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
