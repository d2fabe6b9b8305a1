"""Members of staff for the tests of the desk: in the database, and signed in."""

from __future__ import annotations

from typing import Any

import httpx
from conftest import SERVICE, handed_over
from fastapi import FastAPI
from sqlalchemy.orm import Session

from ampoule_clinic.accounts import websessions
from ampoule_clinic.accounts.models import Staff
from ampoule_clinic.clinic import Clinic

NAMES = {"front_desk": "Front Desk", "clinician": "Sam Clinician", "admin": "Ada Admin"}


def add_staff(session: Session, clinic: Clinic, role: str, name: str = "", password_hash: str | None = None) -> int:
    """A new member of staff; the id."""
    name = name or NAMES[role]
    person = Staff(email=f"{name.lower().replace(' ', '.')}@clinic.example", name=name, role=role, password_hash=password_hash, created_at=clinic.now())
    session.add(person)
    session.flush()
    return person.id


class Desk:
    """A browser in which somebody of this role is signed in."""

    def __init__(self, app: FastAPI, clinic: Clinic, role: str, name: str = "") -> None:
        self.app, self.clinic, self.role, self.name = app, clinic, role, name or NAMES[role]
        self.http: httpx.AsyncClient
        self.csrf, self.id = "", 0

    async def __aenter__(self) -> Desk:
        def work(session: Session) -> tuple[int, str, str]:
            staff_id = add_staff(session, self.clinic, self.role, self.name)
            token = websessions.start(session, "staff", staff_id, self.clinic.now())
            visit = websessions.find(session, "staff", token, self.clinic.now())
            assert visit
            return staff_id, token, visit.csrf

        self.id, token, self.csrf = await self.clinic.db.write(work)
        cookies = {websessions.cookie_name("staff", self.clinic.settings): token}
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://127.0.0.1:8000", cookies=cookies,
                                      headers={"accept": "text/html"})
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def sees(self, path: str, status: int = 200) -> str:
        """The page's HTML."""
        answer = await self.http.get(path)
        assert answer.status_code == status, (answer.status_code, answer.text[:400])
        return answer.text

    async def posts(self, path: str, **fields: Any) -> httpx.Response:
        return await self.http.post(path, data={"csrf": self.csrf} | fields)

    async def does(self, reference: str, action: str, **fields: Any) -> httpx.Response:
        """An action on a ticket, which must be done."""
        answer = await self.posts(f"/desk/tickets/{reference}/{action}", **fields)
        assert answer.status_code == 303, (answer.status_code, answer.text[:2000])
        return answer


async def ticket(http: httpx.AsyncClient, conversation: str, **changes: Any) -> str:
    """A ticket as the engine's actions make it; its reference."""
    answer = await http.post("/internal/handoffs", json=handed_over(conversation, **changes), headers=SERVICE)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["reference"])
