"""Signing in and out, and the link by which an account begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from ampoule_clinic.access import clinic_of
from ampoule_clinic.accounts import pages_account, pages_audit, pages_staff, pages_two_step, passwords, staff, timeouts, websessions
from ampoule_clinic.accounts.entry import address, by, next_page, problem, signed_in
from ampoule_clinic.accounts.models import Staff
from ampoule_clinic.accounts.policy import ANYONE, HALF_SIGNED_IN, ROLES, allow, gate, passive
from ampoule_clinic.accounts.staff import By
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.errors import Refusal
from ampoule_clinic.web import render
from ampoule_clinic.web.forms import read_checked_form, read_form, same_site

router = APIRouter(dependencies=[Depends(gate)])
door = APIRouter(prefix="/desk")


@door.get("/sign-in")
@allow(ANYONE)
async def sign_in_page(request: Request, next: str = "") -> Response:
    return _sign_in_page(request, next)


@door.post("/sign-in")
@allow(ANYONE)
async def sign_in(request: Request) -> Response:
    same_site(request)
    fields = await read_form(request)
    email, password, next = (fields.get(name, "") for name in ("email", "password", "next"))
    try:
        staff_id = await _prove(clinic_of(request), email, password, address(request))
        return await signed_in(request, staff_id, "password", next_page(next))
    except Refusal as refusal:
        return _sign_in_page(request, next, refusal, email=email)


def _sign_in_page(request: Request, next: str, refusal: Refusal | None = None, email: str = "") -> Response:
    shown = problem(request, refusal) if refusal else None
    return render.page(request, "accounts/sign_in.html", refusal.status if refusal else 200, next=next_page(next), email=email, problem=shown)


async def _prove(clinic: Clinic, email: str, password: str, address: str) -> int:
    """Whose e-mail address and password these are. Refusal `too_many_tries`; `wrong_sign_in` whatever is wrong, after the same time."""
    account = staff.clean_email(email)
    if not clinic.throttle.password(account, address):
        raise Refusal("too_many_tries")
    person = await clinic.db.read(staff.find, account)
    known = person.password_hash if person and person.active else None
    right = await passwords.verify(known, password)
    if person is None or known is None or not right:
        object = f"staff:{person.id}" if person else "staff"
        await clinic.db.write(lambda session: clinic.audit.record(session, "nobody", "sign_in_failed", object, clinic.now(), reason="password"))
        raise Refusal("wrong_sign_in")
    clinic.throttle.password_was_right(account, address)
    if passwords.outdated(known):
        await clinic.db.write(_rehash, person.id, known, await passwords.hash_of(password))
    return person.id


def _rehash(session: Session, staff_id: int, old: str, new: str) -> None:
    person = staff.get(session, staff_id)
    if person.password_hash == old:
        person.password_hash = new


@door.post("/sign-out")
@allow(*ROLES, HALF_SIGNED_IN)
async def sign_out(request: Request) -> Response:
    await read_checked_form(request)
    clinic, visit, actor = clinic_of(request), request.state.visit, by(request)

    def work(session: Session) -> None:
        websessions.end(session, visit.token_hash)
        actor.record(session, "sign_out", actor.actor)

    await clinic.db.write(work)
    response = render.go("/desk/sign-in")
    websessions.clear_cookie(response, "staff", clinic.settings)
    return response


@door.get("/extend")
@allow(*ROLES, HALF_SIGNED_IN)
@passive
async def time_left(request: Request) -> Response:
    return timeouts.time_left(request)


@door.post("/extend")
@allow(*ROLES, HALF_SIGNED_IN)
async def extend(request: Request) -> Response:
    return await timeouts.extend(request)


@door.get("/set-up")
@allow(ANYONE)
async def set_up_page(request: Request) -> Response:
    return await _set_up_page(request, {})


@door.post("/set-up")
@allow(ANYONE)
async def set_up(request: Request) -> Response:
    """The token came in the link's fragment, which no server sees, and from there into the form."""
    same_site(request)
    fields = await read_form(request)
    clinic = clinic_of(request)
    token, email, name, password = (fields.get(field, "") for field in ("token", "email", "name", "password"))
    try:
        if not clinic.throttle.address(address(request)):
            raise Refusal("too_many_tries")
        owner: Staff | None = await clinic.db.read(staff.link_owner, token, clinic.now())
        passwords.check(password, owner.email if owner else email, owner.name if owner else name)
        hash = await passwords.hash_of(password)
        staff_id = await clinic.db.write(staff.use_link, By("nobody", clinic.audit, clinic.now()), token, hash, email, name)
        return await signed_in(request, staff_id, "link")
    except Refusal as refusal:
        return await _set_up_page(request, fields, refusal)


async def _set_up_page(request: Request, fields: Mapping[str, str], refusal: Refusal | None = None) -> Response:
    first = await clinic_of(request).db.read(staff.is_first_run)
    values: dict[str, Any] = {name: fields.get(name, "") for name in ("token", "email", "name")}
    return render.page(request, "accounts/set_up.html", refusal.status if refusal else 200, first=first,
                       problem=problem(request, refusal) if refusal else None, **values)


for part in (door, pages_two_step.router, pages_account.router, pages_staff.router, pages_audit.router):
    router.include_router(part)
