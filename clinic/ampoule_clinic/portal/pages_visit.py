"""My visit list: on screen, on paper, and what is put on it from a thread."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from ampoule_clinic import messages
from ampoule_clinic.access import clinic_of
from ampoule_clinic.accounts.entry import problem
from ampoule_clinic.accounts.policy import PATIENT, allow
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import Conversation
from ampoule_clinic.portal import emergency, threads, visit
from ampoule_clinic.portal.threads import Pair
from ampoule_clinic.web import render
from ampoule_clinic.web.forms import read_checked_form

router = APIRouter(prefix="/portal/visit", route_class=emergency.EmergencyFirst)
ItemId = Annotated[int, Path(ge=1, lt=2**31)]
keep_router = APIRouter(prefix="/portal/threads/{id}/keep")


@router.get("")
@allow(PATIENT)
async def list_page(request: Request) -> Response:
    return await _list_page(request)


@router.post("")
@allow(PATIENT)
async def add(request: Request) -> Response:
    """A question by hand. One that tells of an emergency is answered as such, and kept too."""
    question, clinic = (await read_checked_form(request)).get("question", ""), clinic_of(request)
    try:
        await clinic.db.write(visit.add, request.state.patient.id, question, clinic.now())
    except Refusal as refusal:
        return await emergency.answered(request, question) or await _list_page(request, question, refusal)
    return await emergency.answered(request, question) or render.go("/portal/visit")


@router.get("/print")
@allow(PATIENT)
async def print_page(request: Request) -> Response:
    items = await clinic_of(request).db.read(visit.listing, request.state.patient.id)
    return render.page(request, "portal/visit_print.html", items=items)


@router.get("/{item:int}")
@allow(PATIENT)
async def item_page(request: Request, item: ItemId) -> Response:
    return await _item_page(request, item)


@router.post("/{item:int}")
@allow(PATIENT)
async def edit(request: Request, item: ItemId) -> Response:
    question, clinic = (await read_checked_form(request)).get("question", ""), clinic_of(request)
    try:
        await clinic.db.write(visit.edit, request.state.patient.id, item, question)
    except Refusal as refusal:
        if refusal.code == "not_found":
            raise
        return await emergency.answered(request, question) or await _item_page(request, item, question, refusal)
    return await emergency.answered(request, question) or render.go("/portal/visit")


@router.post("/{item:int}/remove")
@allow(PATIENT)
async def remove(request: Request, item: ItemId) -> Response:
    await read_checked_form(request)
    await clinic_of(request).db.write(visit.remove, request.state.patient.id, item)
    return render.go("/portal/visit")


@keep_router.get("")
@allow(PATIENT)
async def keep_page(request: Request, id: str) -> Response:
    return await _keep_page(request, id)


@keep_router.post("")
@allow(PATIENT)
async def keep(request: Request, id: str) -> Response:
    fields, clinic = await read_checked_form(request), clinic_of(request)
    seqs = [int(name) for name in fields if name.isdecimal()]
    try:
        if not seqs:
            raise Refusal("nothing_chosen")
        await clinic.db.write(visit.keep, request.state.patient.id, id, seqs, clinic.now())
    except Refusal as refusal:
        if refusal.code == "not_found":
            raise
        return await _keep_page(request, id, refusal)
    return render.go("/portal/visit")


async def _list_page(request: Request, question: str = "", refusal: Refusal | None = None) -> Response:
    items = await clinic_of(request).db.read(visit.listing, request.state.patient.id)
    return render.page(request, "portal/visit.html", refusal.status if refusal else 200, items=items, question=question, longest=visit.LONGEST,
                       problem=problem(request, refusal) if refusal else None)


async def _item_page(request: Request, item: int, question: str | None = None, refusal: Refusal | None = None) -> Response:
    found = await clinic_of(request).db.read(visit.own, request.state.patient.id, item)
    return render.page(request, "portal/visit_item.html", refusal.status if refusal else 200, item=found, longest=visit.LONGEST,
                       question=found.question if question is None else question, problem=problem(request, refusal) if refusal else None)


async def _keep_page(request: Request, id: str, refusal: Refusal | None = None) -> Response:
    def work(session: Session) -> tuple[Conversation, list[Pair]]:
        return threads.own(session, request.state.patient.id, id), threads.pairs(messages.after(session, id, 0))

    thread, pairs = await clinic_of(request).db.read(work)
    return render.page(request, "portal/keep.html", refusal.status if refusal else 200, thread=thread, pairs=pairs,
                       problem=problem(request, refusal) if refusal else None)
