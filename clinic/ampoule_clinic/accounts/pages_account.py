"""One's own account: password and second step."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from ampoule_clinic.access import clinic_of
from ampoule_clinic.accounts import passwords, second_factor, staff, websessions
from ampoule_clinic.accounts.entry import address, by, problem, signed_in
from ampoule_clinic.accounts.models import Staff
from ampoule_clinic.accounts.policy import ROLES, allow
from ampoule_clinic.errors import Refusal
from ampoule_clinic.web import render
from ampoule_clinic.web.forms import read_checked_form

router = APIRouter(prefix="/desk/account")


@router.get("")
@allow(*ROLES)
async def account_page(request: Request) -> Response:
    return await _page(request)


@router.post("/password")
@allow(*ROLES)
async def change_password(request: Request) -> Response:
    fields = await read_checked_form(request)
    clinic, new = clinic_of(request), fields.get("new_password", "")
    try:
        person = await _own(request, fields.get("present", ""))
        passwords.check(new, person.email, person.name)
        await clinic.db.write(staff.set_password, by(request), person.id, await passwords.hash_of(new))
        return await signed_in(request, person.id, "password", "/desk/account", second_step_done=True)
    except Refusal as refusal:
        return await _page(request, refusal, "password")


@router.post("/two-step-off")
@allow(*ROLES)
async def two_step_off(request: Request) -> Response:
    """Where the second step is required, setting up another device comes next."""
    fields = await read_checked_form(request)
    clinic, who = clinic_of(request), by(request)

    def work(session: Session, staff_id: int) -> bool:
        if not second_factor.use(session, staff_id, fields.get("code", ""), clinic.now()):
            who.record(session, "sign_in_failed", who.actor, reason="code")
            return False
        second_factor.forget(staff.get(session, staff_id))
        websessions.end_all(session, "staff", staff_id)
        who.record(session, "staff_changed", who.actor, what="two_step_off")
        return True

    try:
        person = await _own(request, fields.get("password", ""))
        if not clinic.throttle.code(who.actor):
            raise Refusal("too_many_tries")
        if not await clinic.db.write(work, person.id):
            raise Refusal("wrong_code")
        return await signed_in(request, person.id, "password", "/desk/account")
    except Refusal as refusal:
        return await _page(request, refusal, "two_step")


async def _own(request: Request, password: str) -> Staff:
    """The account of whoever is signed in, once they have given its password again. Refusal `too_many_tries`, `wrong_password`."""
    clinic, who = clinic_of(request), by(request)
    person = await clinic.db.read(staff.get, request.state.staff.id)
    if not clinic.throttle.password(person.email, address(request)):
        raise Refusal("too_many_tries")
    if not await passwords.verify(person.password_hash, password):
        await clinic.db.write(lambda session: who.record(session, "sign_in_failed", who.actor, reason="password"))
        raise Refusal("wrong_password")
    clinic.throttle.password_was_right(person.email, address(request))
    return person


async def _page(request: Request, refusal: Refusal | None = None, form: str = "") -> Response:
    clinic = clinic_of(request)
    person = await clinic.db.read(staff.get, request.state.staff.id)
    return render.page(request, "accounts/account.html", refusal.status if refusal else 200, person=person, form=form,
                       required=clinic.settings.require_totp, problem=problem(request, refusal) if refusal else None)
