"""Staff and patients for the tests, and their browsers on the clinic's own pages."""

from __future__ import annotations

from functools import cache
from typing import Any

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy.orm import Session

from ampoule_clinic.accounts import websessions
from ampoule_clinic.accounts.models import Staff
from ampoule_clinic.accounts.websessions import Audience, Visit
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.portal.models import Patient

BASE = "http://127.0.0.1:8000"
PASSWORD = "a lamp in the green kitchen"


@cache
def password_hash(password: str = PASSWORD) -> str:
    return PasswordHasher().hash(password)


async def add_staff(clinic: Clinic, role: str = "front_desk", name: str = "Front desk", email: str | None = None, **changes: Any) -> int:
    """The id of a new member of staff, whose password is PASSWORD."""
    hash = password_hash()

    def work(session: Session) -> int:
        person = Staff(email=email or f"{role}.{name.lower().replace(' ', '.')}@clinic.example", name=name, role=role, active=True,
                       created_at=clinic.now(), password_hash=hash)
        for field, value in changes.items():
            setattr(person, field, value)
        session.add(person)
        session.flush()
        return person.id

    return await clinic.db.write(work)


async def add_patient(clinic: Clinic, name: str = "Jo Field", email: str = "jo@example.com", **changes: Any) -> int:
    def work(session: Session) -> int:
        patient = Patient(name=name, email=email, birth_date="1961-05-12", phone="555-555-0199", notify_email=True, contact_by="portal",
                          active=True, created_at=clinic.now())
        for field, value in changes.items():
            setattr(patient, field, value)
        session.add(patient)
        session.flush()
        return patient.id

    return await clinic.db.write(work)


class Browser:
    """A browser on the clinic's own pages. It takes cookies, and sends its session's CSRF token with each form."""

    def __init__(self, app: FastAPI, base: str = BASE) -> None:
        self.clinic: Clinic = app.state.clinic
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base, headers={"accept": "text/html", "origin": base})

    async def enters(self, audience: Audience, subject_id: int, step: str = "full") -> Browser:
        """As somebody who has signed in, without the form."""
        token = await self.clinic.db.write(websessions.start, audience, subject_id, self.clinic.now(), step)
        self.carries(websessions.cookie_name(audience, self.clinic.settings), token)
        return self

    def carries(self, cookie: str, value: str) -> None:
        """As if the service had set it."""
        self.http.cookies.set(cookie, value, domain=self.http.base_url.host)

    async def visit(self) -> Visit | None:
        """Whose session its cookie opens."""
        for audience in ("staff", "patient"):
            token = self.http.cookies.get(websessions.cookie_name(audience, self.clinic.settings))
            if token and (found := await self.clinic.db.read(websessions.find, audience, token, self.clinic.now(), False)):
                return found
        return None

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.http.get(path, **options)

    async def post(self, path: str, csrf: str | None = None, headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
        visit = await self.visit()
        token = {"csrf": visit.csrf if visit and csrf is None else csrf or ""}
        return await self.http.post(path, data=token | {name: str(value) for name, value in fields.items()}, headers=headers)

    async def signs_in(self, email: str, password: str = PASSWORD, next: str = "", **options: Any) -> httpx.Response:
        return await self.post("/desk/sign-in", email=email, password=password, next=next, **options)


async def staff_browser(app: FastAPI, role: str = "front_desk", name: str = "Front desk", **changes: Any) -> Browser:
    """A new member of staff, signed in."""
    clinic: Clinic = app.state.clinic
    return await Browser(app).enters("staff", await add_staff(clinic, role, name, **changes))
