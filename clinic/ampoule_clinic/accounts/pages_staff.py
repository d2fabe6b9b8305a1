"""The staff's accounts, for admins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from ampoule_clinic.access import clinic_of
from ampoule_clinic.accounts import staff
from ampoule_clinic.accounts.entry import by, problem
from ampoule_clinic.accounts.models import Staff
from ampoule_clinic.accounts.policy import allow
from ampoule_clinic.errors import Refusal
from ampoule_clinic.web import render
from ampoule_clinic.web.forms import read_checked_form

router = APIRouter(prefix="/desk/staff")
StaffId = Annotated[int, Path(ge=1, lt=2**31)]
ROLE_NAMES = {"front_desk": "Front desk", "clinician": "Clinician", "admin": "Admin"}


@router.get("")
@allow("admin")
async def staff_page(request: Request) -> Response:
    return await _list(request)


@router.post("")
@allow("admin")
async def add(request: Request) -> Response:
    fields = await read_checked_form(request)
    given = {name: fields.get(name, "") for name in ("email", "name", "role")}
    try:
        token = await clinic_of(request).db.write(staff.add, by(request), **given)
    except Refusal as refusal:
        return await _list(request, refusal, **given)
    return _link(request, given["name"], token)


@router.get("/{staff_id:int}")
@allow("admin")
async def person_page(request: Request, staff_id: StaffId) -> Response:
    return await _person(request, staff_id)


@router.post("/{staff_id:int}/role")
@allow("admin")
async def change_role(request: Request, staff_id: StaffId) -> Response:
    role = (await read_checked_form(request)).get("role", "")
    try:
        await clinic_of(request).db.write(staff.change_role, by(request), staff_id, role)
    except Refusal as refusal:
        return await _person(request, staff_id, refusal)
    return render.go(f"/desk/staff/{staff_id}")


@router.post("/{staff_id:int}/deactivate")
@allow("admin")
async def deactivate(request: Request, staff_id: StaffId) -> Response:
    await read_checked_form(request)
    try:
        await clinic_of(request).db.write(staff.deactivate, by(request), staff_id)
    except Refusal as refusal:
        return await _person(request, staff_id, refusal)
    return render.go(f"/desk/staff/{staff_id}")


@router.post("/{staff_id:int}/reset")
@allow("admin")
async def reset(request: Request, staff_id: StaffId) -> Response:
    await read_checked_form(request)
    return _link(request, *await clinic_of(request).db.write(_named, staff.reset, by(request), staff_id))


@router.post("/{staff_id:int}/activate")
@allow("admin")
async def activate(request: Request, staff_id: StaffId) -> Response:
    await read_checked_form(request)
    return _link(request, *await clinic_of(request).db.write(_named, staff.activate, by(request), staff_id))


def _named(session: Session, change: staff.Change, who: staff.By, staff_id: int) -> tuple[str, str]:
    token = change(session, who, staff_id)
    return staff.get(session, staff_id).name, token


def _link(request: Request, name: str, token: str) -> Response:
    """The link, shown this once: only its hash is kept."""
    link = staff.link(clinic_of(request).settings.public_url, token)
    return render.page(request, "accounts/link.html", name=name, link=link, hours=int(staff.LINK.total_seconds() // 3600))


async def _list(request: Request, refusal: Refusal | None = None, email: str = "", name: str = "", role: str = "front_desk") -> Response:
    people: list[Staff] = await clinic_of(request).db.read(staff.everyone)
    return render.page(request, "accounts/staff.html", refusal.status if refusal else 200, people=people, roles=ROLE_NAMES,
                       problem=problem(request, refusal) if refusal else None, email=email, name=name, role=role)


async def _person(request: Request, staff_id: int, refusal: Refusal | None = None) -> Response:
    person: Staff = await clinic_of(request).db.read(staff.get, staff_id)
    return render.page(request, "accounts/person.html", refusal.status if refusal else 200, person=person, roles=ROLE_NAMES,
                       problem=problem(request, refusal) if refusal else None)
