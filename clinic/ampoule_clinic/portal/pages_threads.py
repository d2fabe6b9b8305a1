"""Threads: the list, a new question, the conversation, and what to keep of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from ampoule_clinic import api, degraded, handoffs, posts, sessions, turns
from ampoule_clinic.access import clinic_of
from ampoule_clinic.accounts.entry import problem
from ampoule_clinic.accounts.policy import PATIENT, allow, passive
from ampoule_clinic.db import DatabaseDown
from ampoule_clinic.errors import Refusal
from ampoule_clinic.models import Conversation, Message
from ampoule_clinic.portal import emergency, threads
from ampoule_clinic.posts import Post
from ampoule_clinic.web import render
from ampoule_clinic.web.forms import read_checked_form

router = APIRouter(prefix="/portal")
words_router = APIRouter(prefix="/portal", route_class=emergency.EmergencyFirst)


@router.get("")
@allow(PATIENT)
async def list_page(request: Request) -> Response:
    return render.page(request, "portal/threads.html", threads=await _listing(request))


@router.get("/rows")
@allow(PATIENT)
@passive
async def rows(request: Request) -> Response:
    """The list alone, for the page that is open."""
    return render.page(request, "portal/thread_rows.html", threads=await _listing(request))


async def _listing(request: Request) -> list[threads.Thread]:
    clinic = clinic_of(request)
    return await clinic.db.read(threads.listing, clinic, request.state.patient.id)


@router.get("/new")
@allow(PATIENT)
async def new_page(request: Request) -> Response:
    return _new_page(request, {"key": threads.new_key()})


@words_router.post("/new")
@allow(PATIENT)
async def begin(request: Request) -> Response:
    """A new thread with its first message, which goes to the assistant."""
    fields, clinic, patient = await read_checked_form(request), clinic_of(request), request.state.patient
    key, subject, text = (fields.get(name, "") for name in ("key", "subject", "text"))
    # The same words are the same message, however often the form comes.
    post = posts.post_of(clinic, {"id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{key}\n{text}")), "text": text})
    try:
        if post.refused or not clinic.message_limit.allow(f"patient:{patient.id}"):
            await _only_emergency(request, text, post.refused or "rate_limited")
        try:
            thread: Conversation = await clinic.db.write(threads.begin, patient.id, key, subject, text, clinic.now())
        except DatabaseDown as error:
            raise Refusal("not_stored") from error
        return await _said(request, thread.id, post)
    except Refusal as refusal:
        return _new_page(request, fields, refusal)


async def _only_emergency(request: Request, text: str, code: str) -> None:
    """A first message that is refused begins a thread all the same if there is a red flag in it. Refusal `code` where not."""
    if not turns.is_emergency(await clinic_of(request).red_flags.read(text)):
        raise Refusal(code)


def _new_page(request: Request, fields: Mapping[str, str], refusal: Refusal | None = None) -> Response:
    longest = clinic_of(request).content.clinic["max_message_length"]
    values = {name: fields.get(name, "") for name in ("key", "subject", "text")}
    return render.page(request, "portal/new.html", refusal.status if refusal else 200, longest=longest,
                       problem=problem(request, refusal) if refusal else None, **values)


@router.get("/threads/{id}")
@allow(PATIENT)
async def thread_page(request: Request, id: str) -> Response:
    return await _thread_page(request, id)


@words_router.post("/threads/{id}/messages")
@allow(PATIENT)
async def say(request: Request, id: str) -> Response:
    """A message, or a button of the last reply, from a page without script."""
    fields, clinic = await read_checked_form(request), clinic_of(request)
    await clinic.db.read(threads.own, request.state.patient.id, id)
    data = {"id": fields.get("key")} | ({"choice": fields["choice"]} if fields.get("choice") else {"text": fields.get("text", "")})
    try:
        return await _said(request, id, posts.post_of(clinic, data))
    except Refusal as refusal:
        return await _thread_page(request, id, fields.get("text", ""), refusal)


@router.post("/threads/{id}/pass-on")
@allow(PATIENT)
async def pass_on(request: Request, id: str) -> Response:
    """The last question to the clinic, while the assistant is away, from a page without script."""
    await read_checked_form(request)
    clinic = clinic_of(request)
    await clinic.db.read(threads.own, request.state.patient.id, id)
    try:
        await api.hand_off(clinic, id, handoffs.signed_in_details(handoffs.Form(patient=True, consent=True)))
    except Refusal as refusal:
        return await _thread_page(request, id, refusal=refusal)
    return render.go(f"/portal/threads/{id}")


async def _said(request: Request, id: str, post: Post) -> Response:
    clinic = clinic_of(request)
    message, reply = await emergency.write(clinic, id, post)
    if reply.outcome and reply.outcome["outcome"] == "emergency":
        return emergency.page(request, reply.text, stored=message.seq is not None and reply.seq is not None, thread=id)
    return render.go(f"/portal/threads/{id}")


async def _thread_page(request: Request, id: str, text: str = "", refusal: Refusal | None = None) -> Response:
    """The conversation: the chat's element with a token for this thread alone, and without script as plain HTML."""
    clinic, visit, patient = clinic_of(request), request.state.visit, request.state.patient

    def work(session: Session) -> tuple[Conversation, list[Message], str, str]:
        found = threads.view(session, clinic, patient.id, id)
        return *found, sessions.open_for(session, id, visit.token_hash, clinic.now())

    thread, said, state, token = await clinic.db.write(work)
    clinic.events.notify(id)
    outcome: dict[str, Any] = next((message.outcome for message in reversed(said) if message.outcome), {})
    values: dict[str, Any] = {"thread": thread, "messages": said, "choices": outcome.get("choices", []), "state": state,
                              "passes_on": degraded.offers_form(outcome) and outcome["handoff"]["state"] == "offered",
                              "token": token, "key": str(uuid.uuid4()), "text": text, "problem": problem(request, refusal) if refusal else None}
    return render.page(request, "portal/thread.html", refusal.status if refusal else 200, **values)


@router.get("/threads/{id}/state")
@allow(PATIENT)
@passive
async def state(request: Request, id: str) -> Response:
    """Where the thread stands, for the page that is open."""
    clinic = clinic_of(request)
    return render.page(request, "portal/state.html", state=await clinic.db.read(threads.standing, clinic, request.state.patient.id, id))
