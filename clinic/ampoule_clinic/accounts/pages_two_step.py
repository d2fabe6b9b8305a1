"""The second step of signing in: setting it up, and giving its code."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from ampoule_clinic.access import clinic_of
from ampoule_clinic.accounts import second_factor, staff, websessions
from ampoule_clinic.accounts.entry import by, next_page, problem, signed_in
from ampoule_clinic.accounts.policy import HALF_SIGNED_IN, ROLES, allow, passive
from ampoule_clinic.errors import Refusal
from ampoule_clinic.web import render
from ampoule_clinic.web.forms import read_checked_form

router = APIRouter(prefix="/desk")


@router.get("/two-step")
@allow(*ROLES, HALF_SIGNED_IN)
async def two_step_page(request: Request, next: str = "") -> Response:
    return await _page(request, next)


@router.get("/two-step.svg")
@allow(*ROLES, HALF_SIGNED_IN)
@passive
async def picture(request: Request) -> Response:
    """The secret that is being set up; one that is in use is never shown again."""
    clinic, staff_id = clinic_of(request), request.state.staff.id
    secret = await clinic.db.write(second_factor.pending, staff_id)
    if secret is None:
        raise Refusal("not_found")
    email = (await clinic.db.read(staff.get, staff_id)).email
    return Response(second_factor.picture(secret, email, clinic.content.clinic["name"]), media_type="image/svg+xml")


@router.post("/two-step")
@allow(*ROLES, HALF_SIGNED_IN)
async def two_step(request: Request) -> Response:
    fields = await read_checked_form(request)
    clinic, actor, who = clinic_of(request), request.state.staff, by(request)
    code, next = fields.get("code", ""), fields.get("next", "")

    def work(session: Session) -> bool:
        if staff.get(session, actor.id).totp_secret:
            right = second_factor.use(session, actor.id, code, clinic.now())
        elif right := second_factor.confirm(session, actor.id, code, clinic.now()):
            websessions.end_all(session, "staff", actor.id)
            who.record(session, "staff_changed", who.actor, what="two_step_on")
        if not right:
            who.record(session, "sign_in_failed", who.actor, reason="code")
        return right

    if not clinic.throttle.code(who.actor):
        return await _page(request, next, Refusal("too_many_tries"))
    if not await clinic.db.write(work):
        return await _page(request, next, Refusal("wrong_code"))
    clinic.throttle.code_was_right(who.actor)
    return await signed_in(request, actor.id, "code", next_page(next), second_step_done=True)


async def _page(request: Request, next: str, refusal: Refusal | None = None) -> Response:
    secret = await clinic_of(request).db.write(second_factor.pending, request.state.staff.id)
    return render.page(request, "accounts/two_step.html", refusal.status if refusal else 200, secret=secret, next=next_page(next),
                       problem=problem(request, refusal) if refusal else None)
