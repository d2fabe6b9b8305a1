"""Who may ask: known origins, session tokens, and the service token of the processes beside this one."""

from __future__ import annotations

import ipaddress
import secrets

from fastapi import Request

from ampoule_clinic import sessions
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.db import DatabaseDown
from ampoule_clinic.errors import Refusal
from ampoule_clinic.sessions import Visit


def clinic_of(request: Request) -> Clinic:
    clinic: Clinic = request.app.state.clinic
    return clinic


def bearer(request: Request) -> str:
    """The request's bearer token; empty where there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def known_origin(request: Request) -> None:
    """Only pages of the listed origins may use the API; a request without an origin must be for this host.
    Refusal `bad_origin`."""
    settings = clinic_of(request).settings
    origin = request.headers.get("origin")
    if not (origin in settings.all_origins if origin else request.headers.get("host") in settings.hosts):
        raise Refusal("bad_origin")


async def any_visit(request: Request, down: str) -> Visit:
    """Whose token came with the request, expired or not. Refusal `bad_origin`, `no_session`, or `down` where the
    database does not answer."""
    known_origin(request)
    clinic = clinic_of(request)
    try:
        visit = await clinic.db.read(sessions.find, bearer(request), clinic.now())
    except DatabaseDown as error:
        raise Refusal(down) from error
    if visit is None:
        raise Refusal("no_session")
    return visit


async def open_visit(request: Request, down: str) -> Visit:
    """As `any_visit`, with the Refusal `session_expired` too."""
    visit = await any_visit(request, down)
    if visit.expired:
        raise Refusal("session_expired")
    return visit


def service(request: Request) -> None:
    """Only a process on this machine that holds the service token. Refusal `not_found`, which gives nothing away."""
    local = request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    if not local or not secrets.compare_digest(bearer(request).encode(), clinic_of(request).settings.service_token.encode()):
        raise Refusal("not_found")
