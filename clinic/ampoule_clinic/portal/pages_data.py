"""My details: how the clinic may reach me; my data to take away or to delete."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request
from fastapi.responses import Response

from ampoule_clinic.access import clinic_of
from ampoule_clinic.accounts import websessions
from ampoule_clinic.accounts.entry import problem
from ampoule_clinic.accounts.policy import ANYONE, PATIENT, allow
from ampoule_clinic.errors import Refusal
from ampoule_clinic.portal import data
from ampoule_clinic.web import render
from ampoule_clinic.web.forms import read_checked_form

router = APIRouter(prefix="/portal")


@router.get("/preferences")
@allow(PATIENT)
async def preferences_page(request: Request, saved: bool = False) -> Response:
    me = request.state.patient
    return render.page(request, "portal/preferences.html", notify_email=me.notify_email, contact_by=me.contact_by, phone=me.phone or "", saved=saved,
                       problem=None)


@router.post("/preferences")
@allow(PATIENT)
async def change(request: Request) -> Response:
    fields = await read_checked_form(request)
    notify, by, phone = fields.get("notify_email") == "yes", fields.get("contact_by", ""), fields.get("phone", "")
    try:
        await clinic_of(request).db.write(data.change, request.state.patient.id, notify, by, phone)
    except Refusal as refusal:
        return render.page(request, "portal/preferences.html", refusal.status, notify_email=notify, contact_by=by, phone=phone, saved=False,
                           problem=problem(request, refusal))
    return render.go("/portal/preferences?saved=true")


@router.get("/data")
@allow(PATIENT)
async def data_page(request: Request) -> Response:
    return render.page(request, "portal/data.html")


@router.post("/data/download")
@allow(PATIENT)
async def download(request: Request) -> Response:
    await read_checked_form(request)
    clinic = clinic_of(request)
    everything = await clinic.db.write(data.export, clinic, request.state.patient.id)
    headers = {"content-disposition": f'attachment; filename="my-data-{clinic.now():%Y-%m-%d}.json"'}
    return Response(json.dumps(everything, ensure_ascii=False, indent=1), media_type="application/json", headers=headers)


@router.get("/data/delete")
@allow(PATIENT)
async def delete_page(request: Request) -> Response:
    return _delete_page(request)


@router.post("/data/delete")
@allow(PATIENT)
async def delete(request: Request) -> Response:
    if (await read_checked_form(request)).get("sure") != "yes":
        return _delete_page(request, Refusal("not_sure"))
    clinic = clinic_of(request)
    await data.delete(clinic, request.state.patient.id)
    response = render.go("/portal/deleted")
    websessions.clear_cookie(response, "patient", clinic.settings)
    return response


def _delete_page(request: Request, refusal: Refusal | None = None) -> Response:
    return render.page(request, "portal/delete.html", refusal.status if refusal else 200, problem=problem(request, refusal) if refusal else None)


@router.get("/deleted")
@allow(ANYONE)
async def deleted_page(request: Request) -> Response:
    return render.page(request, "portal/deleted.html")
