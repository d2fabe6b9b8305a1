"""The chat element in Debian's Chromium, against the service on a real socket with a stand-in engine."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from ampoule.content import Content
from axe_playwright_python.base import AXE_FILE_PATH
from conftest import Clock, FakeEngine, build, served
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from test_process import engine_url, free_port

from ampoule_clinic.app import create_app
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.settings import Settings

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-sync"]
STRICT_CSP = "default-src 'none'; script-src {service}; connect-src {service}; style-src 'self'; base-uri 'none'; form-action 'none'"
HOST_PAGE = """<!doctype html><html lang="en"><head><title>A clinic</title><meta name="viewport" content="width=device-width">
<script type="module" src="{service}/widget.js"></script></head>
<body><main><h1>A clinic</h1><p>Any page.</p><a href="#top">A link</a></main><ampoule-chat{attributes}></ampoule-chat></body></html>"""
AXE = Path(AXE_FILE_PATH).read_text()


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The page does not see which database it is."""
    return f"sqlite:///{tmp_path / 'clinic.db'}"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing")
        pytest.skip("no Chromium here: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


class Scripted(FakeEngine):
    """Says what a real engine would, by the words of the message."""

    slow = 0.0
    step: str | None = None
    STEPS = ("patient", "name", "birth_date", "contact", "about", "consent")

    async def answers(self, body: dict[str, Any]) -> httpx.Response:
        await asyncio.sleep(self.slow)
        texts, outcome = self.turn(body["message"], body["metadata"].get("choice"))
        return httpx.Response(200, json=[*({"text": text} for text in texts), {"custom": self.outcome(**outcome)}])

    def say(self, *ids: str, **outcome: Any) -> tuple[list[str], dict[str, Any]]:
        blanks = self.content.clinic_values() | {"reference": "B12-7K4M2Q", "reply_time": "today", "contact": "[phone …99]"}
        texts = [self.content.text(id).fill(blanks) for id in ids]
        return texts, {"outcome": "smalltalk", "topics": [], "texts": list(ids), "sources": [], "choices": []} | outcome

    def turn(self, text: str, choice: str | None) -> tuple[list[str], dict[str, Any]]:
        kind = (choice or "").split(":")[0]
        if "safety check" in text:
            return self.say("replies/emergency#check", "topics/usual_dose#answer", outcome="answer", safety="check", topics=["usual_dose"], choices=[
                {"title": "Yes, now", "choice": "check:yes"}, {"title": "No, none of these", "choice": "check:no"},
                {"title": "Side effects", "choice": "topic:side_effects"}])
        if "throat is closing" in text or choice == "check:yes":
            self.step = None
            return self.say("replies/emergency#allergy", outcome="emergency", safety="emergency")
        if "unclear" in text:
            return self.say("replies/clarify#choose", outcome="clarify", topics=["usual_dose"], choices=[
                {"title": "The usual dose", "choice": "topic:usual_dose"}, {"title": "Ask the clinic", "choice": "ask_clinic"}])
        if "español" in text:
            return self.say("replies/language#es", outcome="language")
        if "my dose" in text:
            return self.say("replies/handoff#my_dose", "replies/handoff#offer", outcome="handoff", handoff=self.handoff("offered"), choices=[
                {"title": "Yes, pass it on", "choice": "handoff:accept"}, {"title": "No, thanks", "choice": "handoff:decline"}])
        if kind == "handoff" or self.step:
            return self.next_step(text)
        return self.say("topics/usual_dose#answer", outcome="answer", topics=["usual_dose"],
                        sources=[{"id": "S2-30", "title": "A guide", "section": "FAQ"}],
                        choices=[{"title": "Tell me more", "choice": "more:usual_dose"}, {"title": "Side effects", "choice": "topic:side_effects"}])

    def next_step(self, text: str) -> tuple[list[str], dict[str, Any]]:
        if self.step == "name" and "Nobody" in text:
            return self.asks()
        self.step = self.STEPS[self.STEPS.index(self.step) + 1] if self.step not in (None, "consent") else None if self.step else "patient"
        if self.step:
            return self.asks()
        return self.say("replies/handoff#sent", outcome="handoff", handoff=self.handoff("sent", "B12-7K4M2Q"))

    def asks(self) -> tuple[list[str], dict[str, Any]]:
        offers = {"patient": ("patient:yes", "patient:no"), "about": ("about:self", "about:other"), "consent": ("consent:yes", "consent:no")}
        choices = [{"title": choice, "choice": choice} for choice in offers.get(self.step or "", ())]
        return self.say(f"replies/handoff#ask_{self.step}", outcome="handoff", handoff=self.handoff("asking"), choices=choices)

    @staticmethod
    def handoff(state: str, reference: str | None = None) -> dict[str, Any]:
        return {"kind": "my_dose", "reason": "own_dose", "urgency": "routine", "state": state, "reference": reference}


@pytest.fixture
def engine(content: Content) -> Scripted:
    return Scripted(content)


class Site:
    """A clinic's website on another origin than the service, with a strict policy."""

    def __init__(self) -> None:
        self.service = self.base = ""
        self.attributes = self.css = ""
        self.app = FastAPI()

        @self.app.get("/site.css")
        async def css() -> HTMLResponse:
            return HTMLResponse(self.css, media_type="text/css")

        @self.app.get("/{page}")
        async def page(page: str) -> HTMLResponse:
            text = HOST_PAGE.format(service=self.service, attributes=self.attributes)
            if self.css:
                text = text.replace("</head>", '<link rel="stylesheet" href="/site.css"></head>')
            return HTMLResponse(text, headers={"content-security-policy": STRICT_CSP.format(service=self.service)})


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    async with serving(site.app, free_port()) as base:
        site.base = base.replace("127.0.0.1", "localhost")  # Another site than that of the service.
        yield site


@asynccontextmanager
async def serving(app: FastAPI, port: int) -> AsyncIterator[str]:
    if not hasattr(app.state, "clinic"):
        app.state.clinic = type("NoClinic", (), {"events": type("NoEvents", (), {"close": staticmethod(lambda: None)})})
    async with served(app, port) as base:
        yield base


class Service:
    """The clinic's service, which can be stopped and started again under the same address."""

    def __init__(self, settings: Settings, content: Content, engine: FakeEngine, clock: Clock) -> None:
        self._parts = settings, content, engine, clock
        self.clinic: Clinic
        self._running: Any = None
        self.base = f"http://127.0.0.1:{settings.port}"

    async def start(self) -> None:
        self.clinic = build(*self._parts)
        self._running = serving(create_app(self.clinic), self._parts[0].port)
        await self._running.__aenter__()

    async def stop(self) -> None:
        await self._running.__aexit__(None, None, None)
        await self.clinic.close()


@pytest.fixture
async def service(settings: Settings, content: Content, engine: Scripted, clock: Clock, site: Site) -> AsyncIterator[Service]:
    service = Service(replace(settings, port=free_port(), origins=frozenset({site.base})), content, engine, clock)
    site.service = service.base
    await service.start()
    yield service
    await service.stop()


class Chat:
    """The element on one page, as a person uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.launcher = page.locator("ampoule-chat .launcher")
        self.panel = page.locator("ampoule-chat .panel")
        self.log = page.get_by_role("log")
        self.input = page.get_by_label("Type your question")
        self.messages = page.locator("ampoule-chat .message")
        self.form = page.locator("ampoule-chat form.form")

    async def opens(self) -> Chat:
        await self.launcher.click()
        await self.messages.first.wait_for()
        return self

    async def asks(self, text: str) -> None:
        """Send a message and wait for its reply."""
        count = await self.messages.count()
        await self.input.fill(text)
        await self.input.press("Enter")
        await self.messages.nth(count + 1).wait_for()

    async def presses(self, title: str) -> None:
        count = await self.messages.count()
        await self.page.get_by_role("button", name=title, exact=True).last.click()
        await self.messages.nth(count + 1).wait_for()

    async def texts(self) -> list[str]:
        return await self.messages.locator(".text").all_inner_texts()

    async def violations(self) -> list[str]:
        """What axe-core finds on the page, the element's inside included."""
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE)
        # What is scrolled under the line that stays in view counts as too small for axe.
        await self.panel.evaluate("panel => { panel.scrollTop = 0; }")
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = await self.page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", tags)
        return [f"{v['id']}: {node['html'][:120]} {node['failureSummary']}" for v in found["violations"] for node in v["nodes"]]

    async def focused(self) -> str:
        """What has the focus inside the element."""
        return await self.page.evaluate("""() => {
            const e = document.querySelector('ampoule-chat').shadowRoot.activeElement;
            return e ? e.id || e.name || e.className || e.textContent : '';
        }""")


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context()
    yield context
    await context.close()


@pytest.fixture
async def chat(context: BrowserContext, site: Site, service: Service) -> Chat:
    """The element, closed, on a page of the clinic's website; every error on the page fails the test."""
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    await page.goto(f"{site.base}/home")
    chat = Chat(page)
    await chat.launcher.wait_for()
    return chat


__all__ = ["engine_url"]
