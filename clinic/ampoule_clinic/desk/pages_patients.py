"""The clinic's patients: who may use the portal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from ampoule_clinic.access import clinic_of
from ampoule_clinic.accounts.entry import by, problem
from ampoule_clinic.accounts.policy import ROLES, allow, gate
from ampoule_clinic.desk import patients
from ampoule_clinic.desk.patients import Details
from ampoule_clinic.errors import Refusal
from ampoule_clinic.web import render
from ampoule_clinic.web.forms import read_checked_form

router = APIRouter(prefix="/desk/patients", dependencies=[Depends(gate)])
PatientId = Annotated[int, Path(ge=1, lt=2**31)]


@router.get("")
@allow(*ROLES)
async def list_page(request: Request) -> Response:
    return await _list(request)


@router.post("")
@allow(*ROLES)
async def search(request: Request) -> Response:
    """By POST: a name has no place in an address."""
    return await _list(request, words=(await read_checked_form(request)).get("q", ""))


@router.post("/invite")
@allow(*ROLES)
async def invite(request: Request) -> Response:
    details, clinic = _details(await read_checked_form(request)), clinic_of(request)
    try:
        patient = await clinic.db.write(patients.invite, clinic, by(request), details)
    except Refusal as refusal:
        return await _list(request, details=details, refusal=refusal)
    return render.go(f"/desk/patients/{patient.id}?done=invited")


@router.get("/{patient_id:int}")
@allow(*ROLES)
async def patient_page(request: Request, patient_id: PatientId, done: str = "") -> Response:
    return await _patient(request, patient_id, done=done)


@router.post("/{patient_id:int}")
@allow(*ROLES)
async def correct(request: Request, patient_id: PatientId) -> Response:
    details = _details(await read_checked_form(request))
    try:
        await clinic_of(request).db.write(patients.correct, by(request), patient_id, details)
    except Refusal as refusal:
        return await _patient(request, patient_id, details, refusal)
    return render.go(f"/desk/patients/{patient_id}?done=saved")


@router.post("/{patient_id:int}/invite")
@allow(*ROLES)
async def invite_again(request: Request, patient_id: PatientId) -> Response:
    await read_checked_form(request)
    await clinic_of(request).db.write(patients.invite_again, clinic_of(request), by(request), patient_id)
    return render.go(f"/desk/patients/{patient_id}?done=invited")


@router.post("/{patient_id:int}/deactivate")
@allow(*ROLES)
async def deactivate(request: Request, patient_id: PatientId) -> Response:
    return await _set_active(request, patient_id, False)


@router.post("/{patient_id:int}/activate")
@allow(*ROLES)
async def activate(request: Request, patient_id: PatientId) -> Response:
    return await _set_active(request, patient_id, True)


async def _set_active(request: Request, patient_id: int, active: bool) -> Response:
    await read_checked_form(request)
    await clinic_of(request).db.write(patients.set_active, by(request), patient_id, active)
    return render.go(f"/desk/patients/{patient_id}?done=saved")


def _details(fields: Mapping[str, str]) -> Details:
    return Details(**{name: fields.get(name, "") for name in Details.__dataclass_fields__})


async def _list(request: Request, words: str = "", details: Details | None = None, refusal: Refusal | None = None) -> Response:
    found = await clinic_of(request).db.read(patients.search, words)
    return render.page(request, "desk/patients.html", refusal.status if refusal else 200, patients=found, q=words, most=patients.MOST,
                       details=asdict(details or Details()), problem=problem(request, refusal) if refusal else None)


async def _patient(request: Request, patient_id: int, details: Details | None = None, refusal: Refusal | None = None, done: str = "") -> Response:
    if refusal and refusal.code == "not_found":
        raise refusal
    found = await clinic_of(request).db.write(patients.view, by(request), patient_id)
    shown = details or Details(found.name, found.email or "", found.birth_date or "", found.phone or "")
    return render.page(request, "desk/patient.html", refusal.status if refusal else 200, person=found, details=asdict(shown), done=done,
                       problem=problem(request, refusal) if refusal else None)
