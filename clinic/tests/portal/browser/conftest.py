"""The portal in Debian's Chromium, beside the desk, against the service on a real socket with a stand-in engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from conftest import SERVICE, Clock, handed_over
from people import add_patient, add_staff
from playwright.async_api import Browser, BrowserContext, Page
from sqlalchemy import select
from test_process import free_port
from widget.conftest import AXE, Content, Scripted, Service, browser, database_url

from ampoule_clinic.accounts import websessions
from ampoule_clinic.accounts.websessions import Audience
from ampoule_clinic.notify.models import Outgoing
from ampoule_clinic.portal import pages_entry
from ampoule_clinic.settings import Settings

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class OneTap(Scripted):
    """Asks a signed-in patient nothing but whether to pass the question on, as the engine does."""

    base = ""
    question = ""

    async def answers(self, body: dict[str, Any]) -> httpx.Response:
        assert body["metadata"]["signed_in"] is True
        text, choice = body["message"], body["metadata"].get("choice")
        texts, outcome = self.turn(text, choice)
        if "my dose" in text:
            self.question = text
            buttons = [{"title": "Yes, pass it on", "choice": "handoff:accept"}, {"title": "No, thanks", "choice": "handoff:decline"}]
            texts, outcome = self.say("replies/handoff#my_dose", "replies/handoff#offer_signed_in", outcome="handoff",
                                      handoff=self.handoff("offered"), choices=buttons)
        elif choice == "handoff:accept":
            new = handed_over(body["sender"], question=self.question, details={"about": "self", "is_patient": True, "consent": True})
            async with httpx.AsyncClient(trust_env=False) as http:
                reference = (await http.post(f"{self.base}/internal/handoffs", json=new, headers=SERVICE)).json()["reference"]
            texts, outcome = self.say("replies/handoff#sent", outcome="handoff", handoff=self.handoff("sent", reference))
            texts = [text.replace("B12-7K4M2Q", reference) for text in texts]
        return httpx.Response(200, json=[*({"text": text} for text in texts), {"custom": self.outcome(**outcome)}])


@pytest.fixture
def engine(content: Content) -> OneTap:
    return OneTap(content)


@pytest.fixture
async def service(settings: Settings, content: Content, engine: OneTap, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    monkeypatch.setattr(pages_entry, "SAME_TIME", 0)
    port = free_port()
    service = Service(replace(settings, port=port, public_url=f"http://127.0.0.1:{port}"), content, engine, clock)
    engine.base = service.base
    await service.start()
    await add_patient(service.clinic)
    await add_staff(service.clinic, "clinician", "Sam Clinician")
    yield service
    await service.stop()


class Window:
    """A browser of its own. Whatever its pages complain about fails the test."""

    def __init__(self, context: BrowserContext, page: Page, service: Service) -> None:
        self.context, self.page, self.service = context, page, service
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._console)

    def _console(self, message: Any) -> None:
        # A refused form answers with its status, which Chromium reports as an error of the network.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    async def enters(self, audience: Audience, subject_id: int = 1) -> Window:
        """As somebody who has signed in."""
        clinic = self.service.clinic
        token = await clinic.db.write(websessions.start, audience, subject_id, clinic.now())
        name = websessions.cookie_name(audience, clinic.settings)
        await self.context.add_cookies([{"name": name, "value": token, "url": self.service.base, "httpOnly": True, "sameSite": "Lax"}])
        return self

    async def opens(self, path: str) -> Page:
        await self.page.goto(f"{self.service.base}{path}")
        return self.page

    async def asks(self, text: str) -> None:
        """A new question; the page of its thread, with its reply."""
        page = await self.opens("/portal/new")
        await page.get_by_label("Your question").fill(text)
        await page.get_by_role("button", name="Send").click()
        await self.messages.nth(1).wait_for()

    @property
    def messages(self) -> Any:
        return self.page.locator("ampoule-chat .message")

    async def writes(self, text: str) -> None:
        count = await self.messages.count()
        await self.page.get_by_label("Type your question").fill(text)
        await self.page.keyboard.press("Enter")
        await self.messages.nth(count + 1).wait_for()

    async def violations(self) -> list[str]:
        """What axe-core finds on the page, the chat's inside included."""
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE)
        found = await self.page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
        return [f"{v['id']}: {node['html'][:160]} {node['failureSummary']}" for v in found["violations"] for node in v["nodes"]]

    async def fits(self) -> bool:
        """Whether the page does not scroll sideways."""
        return bool(await self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.fixture
async def windows(browser: Browser, service: Service) -> AsyncIterator[Any]:
    """A function that opens another browser, with cookies of its own."""
    opened: list[Window] = []

    async def window(**look: Any) -> Window:
        context = await browser.new_context(**look)
        opened.append(Window(context, await context.new_page(), service))
        return opened[-1]

    yield window
    complaints = [complaint for window in opened for complaint in window.complaints]
    for each in opened:
        await each.context.close()
    assert complaints == []


async def last_mail(service: Service) -> str:
    rows = await service.clinic.db.read(lambda session: list(session.scalars(select(Outgoing).where(Outgoing.kind == "email").order_by(Outgoing.id))))
    return str(rows[-1].payload["body"])


__all__ = ["browser", "database_url"]
