"""The ways into the portal, and out: a code by e-mail, or a token of the clinic's other portal."""

from __future__ import annotations

import asyncio
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from ampoule_clinic.access import clinic_of
from ampoule_clinic.accounts import timeouts, websessions
from ampoule_clinic.accounts.entry import address, problem
from ampoule_clinic.accounts.policy import ANYONE, PATIENT, allow, passive
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.errors import Refusal
from ampoule_clinic.notify import announce
from ampoule_clinic.portal import codes, patients, tokens
from ampoule_clinic.portal.tokens import Bad
from ampoule_clinic.web import render
from ampoule_clinic.web.forms import read_checked_form, read_form, same_site

router = APIRouter(prefix="/portal")

SAME_TIME = 0.4  # seconds that an answer takes, so that its time does not tell whether an address is known
_NEXT = re.compile(r"/portal(/(new|visit|data|preferences|threads/[A-Za-z0-9_-]+))?")


@router.get("/sign-in")
@allow(ANYONE)
async def sign_in_page(request: Request, next: str = "") -> Response:
    return render.page(request, "portal/sign_in.html", next=_next(next), email="", problem=None)


@router.post("/sign-in")
@allow(ANYONE)
async def ask_for_code(request: Request) -> Response:
    same_site(request)
    fields = await read_form(request)
    clinic, email, next = clinic_of(request), fields.get("email", ""), _next(fields.get("next", ""))
    try:
        email = patients.checked_email(email)
        if not clinic.throttle.address(address(request)):
            raise Refusal("too_many_tries")
        await asyncio.gather(_send_code(clinic, email), asyncio.sleep(SAME_TIME))
    except Refusal as refusal:
        return render.page(request, "portal/sign_in.html", refusal.status, next=next, email=email, problem=problem(request, refusal))
    response = render.go("/portal/code")
    # Whose code it is, as this browser says: a claim that the code has to prove.
    asked = urlsafe_b64encode(f"{next} {email}".encode()).decode()
    response.set_cookie(_cookie(clinic), asked, max_age=codes.MINUTES * 60, path="/", httponly=True, samesite="lax", secure=clinic.settings.secure_cookies)
    return response


async def _send_code(clinic: Clinic, email: str) -> None:
    """A code to an active patient who has this address, and otherwise nothing."""
    if not clinic.codes.asked.allow(email):
        return

    def work(session: Session) -> None:
        patient = patients.by_email(session, email)
        if patient and patient.active:
            announce.sign_in_code(session, clinic, patient, clinic.codes.new(session, patient.id, clinic.now()), codes.MINUTES)

    await clinic.db.write(work)


@router.get("/code")
@allow(ANYONE)
async def code_page(request: Request) -> Response:
    asked = _asked(request)
    return render.page(request, "portal/code.html", email=asked[1], minutes=codes.MINUTES, problem=None) if asked else render.go("/portal/sign-in")


@router.post("/code")
@allow(ANYONE)
async def sign_in(request: Request) -> Response:
    same_site(request)
    fields, asked = await read_form(request), _asked(request)
    if asked is None:
        return render.go("/portal/sign-in")
    next, email = asked
    clinic, code = clinic_of(request), re.sub(r"\D", "", fields.get("code", ""))
    old = request.cookies.get(websessions.cookie_name("patient", clinic.settings), "")
    try:
        if not clinic.throttle.address(address(request)) or not clinic.codes.tried.allow(email):
            raise Refusal("too_many_tries")
        token, _ = await asyncio.gather(clinic.db.write(_by_code, clinic, email, code, old), asyncio.sleep(SAME_TIME))
        if token is None:
            raise Refusal("wrong_login_code")
    except Refusal as refusal:
        shown = problem(request, refusal)
        return render.page(request, "portal/code.html", refusal.status, email=email, minutes=codes.MINUTES, problem=shown)
    clinic.codes.tried.forget(email)
    clinic.codes.asked.forget(email)
    response = _signed_in(clinic, token, next)
    response.delete_cookie(_cookie(clinic), path="/", httponly=True, samesite="lax", secure=clinic.settings.secure_cookies)
    return response


def _by_code(session: Session, clinic: Clinic, email: str, code: str, old: str) -> str | None:
    """The new session's token; None where the code is not right, which the audit log keeps."""
    patient = patients.by_email(session, email)
    if patient and patient.active and clinic.codes.use(session, patient.id, code, clinic.now()):
        return patients.sign_in(session, clinic, patient, old, "code")
    object = f"patient:{patient.id}" if patient else "portal"
    clinic.audit.record(session, "nobody", "sign_in_failed", object, clinic.now(), reason="code")
    return None


@router.post("/enter")
@allow(ANYONE)
async def enter(request: Request) -> Response:
    """From the clinic's other portal, whose page posts the form: so it comes from another site, and the token says it all."""
    clinic = clinic_of(request)
    old = request.cookies.get(websessions.cookie_name("patient", clinic.settings), "")
    try:
        if request.url.query:
            raise Bad("in_address")
        if not clinic.throttle.address(address(request)):
            raise Bad("too_many_tries")
        claims = tokens.read(clinic.issuers, await _read_enter_form(request), clinic.now())
        token = await clinic.db.write(_by_token, clinic, claims, old)
    except Bad as bad:
        reason = bad.reason
        await clinic.db.write(lambda session: clinic.audit.record(session, "nobody", "sign_in_failed", "portal", clinic.now(), reason=reason))
        return render.page(request, "portal/enter_failed.html", 403)
    return _signed_in(clinic, token, "/portal")


async def _read_enter_form(request: Request) -> str:
    try:
        return (await read_form(request)).get("token", "")
    except Refusal:
        raise Bad("malformed") from None


def _by_token(session: Session, clinic: Clinic, claims: tokens.Claims, old: str) -> str:
    """The new session's token. Bad for a token that was used before, or a patient who is no longer active."""
    tokens.use_up(session, claims, clinic.now())
    patient = patients.vouched(session, clinic, claims)
    if not patient.active:
        raise Bad("inactive")
    return patients.sign_in(session, clinic, patient, old, "token")


def _signed_in(clinic: Clinic, token: str, next: str) -> Response:
    response = render.go(next)
    websessions.set_cookie(response, "patient", token, clinic.settings)
    return response


@router.post("/sign-out")
@allow(PATIENT)
async def sign_out(request: Request) -> Response:
    """Ends the tokens of the threads that are open, too: they belong to the session."""
    await read_checked_form(request)
    clinic, visit, me = clinic_of(request), request.state.visit, f"patient:{request.state.patient.id}"

    def work(session: Session) -> None:
        websessions.end(session, visit.token_hash)
        clinic.audit.record(session, me, "sign_out", me, clinic.now())

    await clinic.db.write(work)
    response = render.go("/portal/sign-in")
    websessions.clear_cookie(response, "patient", clinic.settings)
    return response


@router.get("/extend")
@allow(PATIENT)
@passive
async def time_left(request: Request) -> Response:
    return timeouts.time_left(request)


@router.post("/extend")
@allow(PATIENT)
async def extend(request: Request) -> Response:
    return await timeouts.extend(request)


def _next(wanted: str) -> str:
    """Where to go after signing in: a page of the portal, never an address that somebody else made up."""
    return wanted if _NEXT.fullmatch(wanted) else "/portal"


def _cookie(clinic: Clinic) -> str:
    return "__Host-ampoule-asked" if clinic.settings.secure_cookies else "ampoule-asked"


def _asked(request: Request) -> tuple[str, str] | None:
    """Where to go and whose code it is, as the browser remembers."""
    try:
        next, email = urlsafe_b64decode(request.cookies.get(_cookie(clinic_of(request)), "")).decode().split(" ")
        return _next(next), patients.checked_email(email)
    except (ValueError, Refusal):
        return None
