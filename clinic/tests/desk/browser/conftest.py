"""The desk in Debian's Chromium, beside a patient's chat, against the service on a real socket with a stand-in engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from conftest import SERVICE, Clock, handed_over
from playwright.async_api import Browser, BrowserContext, Page
from sqlalchemy.orm import Session
from test_process import free_port
from widget.conftest import AXE, Chat, Content, Scripted, Service, browser, database_url

from ampoule_clinic.accounts import passwords
from ampoule_clinic.settings import Settings
from desk import kit

PASSWORD = "seven yellow umbrellas"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
READING = {
    "labels": [["my_dose", 0.81], ["missed_dose", 0.09], ["usual_dose", 0.04]], "because": [["dose_due_today", "due today"], ["quantity", "1000 mcg"]],
    "quantities": ["1000 mcg"], "routes": ["im"], "forms": ["cyanocobalamin"], "medicines": ["metformin"], "flags": [], "language": None,
}


class Passing(Scripted):
    """Hands a question over to the service as the engine's actions do."""

    base = ""
    question = "what about my dose"

    async def answers(self, body: dict[str, Any]) -> httpx.Response:
        texts, outcome = self.turn(body["message"], body["metadata"].get("choice"))
        if "my dose" in body["message"]:
            self.question = body["message"]
        if (outcome.get("handoff") or {}).get("state") == "sent":
            async with httpx.AsyncClient(trust_env=False) as http:
                new = handed_over(body["sender"], question=self.question, reading=READING, details={
                    "name": "Jo Field", "birth_date": "1961-05-12", "contact": "555-555-0199", "about": "self", "is_patient": True, "consent": True})
                answer = await http.post(f"{self.base}/internal/handoffs", json=new, headers=SERVICE)
            outcome["handoff"]["reference"] = answer.json()["reference"]
        return httpx.Response(200, json=[*({"text": text} for text in texts), {"custom": self.outcome(**outcome)}])


@pytest.fixture
def engine(content: Content) -> Passing:
    return Passing(content)


@pytest.fixture
async def service(settings: Settings, content: Content, engine: Passing, clock: Clock) -> AsyncIterator[Service]:
    port = free_port()
    service = Service(replace(settings, port=port, public_url=f"http://127.0.0.1:{port}"), content, engine, clock)
    engine.base = service.base
    await service.start()
    hashed = await passwords.hash_of(PASSWORD)

    def staff(session: Session) -> None:
        for role in kit.NAMES:
            kit.add_staff(session, service.clinic, role, password_hash=hashed)

    await service.clinic.db.write(staff)
    yield service
    await service.stop()


class DeskPage:
    """A window in which a member of staff works. Whatever the page complains about fails the test."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._console)

    def _console(self, message: Any) -> None:
        # A refused form answers with its status, which Chromium reports as an error of the network.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    async def signs_in(self, role: str, path: str = "/desk") -> DeskPage:
        await self.page.goto(f"{self.base}{path}")
        await self.page.get_by_label("E-mail").fill(f"{kit.NAMES[role].lower().replace(' ', '.')}@clinic.example")
        await self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_url(f"{self.base}{path}")
        return self

    async def opens(self, path: str) -> None:
        await self.page.goto(f"{self.base}{path}")

    async def violations(self) -> list[str]:
        """What axe-core finds on the page."""
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE)
        found = await self.page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
        return [f"{v['id']}: {node['html'][:160]} {node['failureSummary']}" for v in found["violations"] for node in v["nodes"]]

    async def fits(self) -> bool:
        """Whether the page does not scroll sideways."""
        return bool(await self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.fixture
async def windows(browser: Browser, service: Service) -> AsyncIterator[Any]:
    """A function that opens another browser window, with cookies of its own."""
    opened: list[tuple[BrowserContext, DeskPage]] = []

    async def window(**look: Any) -> DeskPage:
        context = await browser.new_context(**look)
        page = DeskPage(await context.new_page(), service.base)
        opened.append((context, page))
        return page

    yield window
    complaints = [complaint for _, page in opened for complaint in page.complaints]
    for context, _ in opened:
        await context.close()
    assert complaints == []


@pytest.fixture
async def patient_chat(browser: Browser, service: Service) -> AsyncIterator[Chat]:
    """The chat of a visitor, in a browser of its own."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{service.base}/demo")
    yield Chat(page)
    await context.close()


__all__ = ["browser", "database_url"]
