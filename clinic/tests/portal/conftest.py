"""Patients in browsers on the portal's pages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from html import unescape
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from people import Browser, add_patient
from sqlalchemy import select
from sqlalchemy.orm import Session

from ampoule_clinic.accounts.models import AuditEntry
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.notify.models import Outgoing
from ampoule_clinic.portal import pages_entry, threads


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages_entry, "SAME_TIME", 0)


@pytest.fixture
async def jo(app: FastAPI) -> Browser:
    """A patient who is signed in."""
    return await Browser(app).enters("patient", await add_patient(app.state.clinic))


@pytest.fixture
async def other(app: FastAPI) -> Browser:
    """Another one."""
    return await Browser(app).enters("patient", await add_patient(app.state.clinic, "Al Meadow", "al@example.com"))


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[Browser]:
    """Nobody is signed in here."""
    yield Browser(app)


async def begins(browser: Browser, text: str = "how much is usual?", **fields: Any) -> str:
    """A new thread; its id."""
    key = fields.pop("key", None) or threads.new_key()
    answer = await browser.post("/portal/new", key=key, text=text, **fields)
    assert answer.status_code == 303, (answer.status_code, words(answer))
    assert answer.headers["location"] == f"/portal/threads/{key}"
    return key


def words(answer: httpx.Response) -> str:
    """What a page says, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def hidden(answer: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    assert found, answer.text
    return unescape(found[1])


async def all_of[T](clinic: Clinic, table: type[T], *which: Any) -> list[T]:
    return await clinic.db.read(lambda session: list(session.scalars(select(table).where(*which))))


async def audited(clinic: Clinic, action: str) -> list[tuple[str, str, Any]]:
    rows = await all_of(clinic, AuditEntry, AuditEntry.action == action)
    return [(row.actor, row.object, row.detail) for row in rows]


async def mails(clinic: Clinic) -> list[dict[str, str]]:
    return [row.payload for row in await all_of(clinic, Outgoing, Outgoing.kind == "email")]


async def change(clinic: Clinic, work: Callable[[Session], Any]) -> Any:
    return await clinic.db.write(work)
