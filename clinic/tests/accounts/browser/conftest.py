"""The pages of accounts in Chromium, against the service on a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from ampoule.content import Content
from conftest import Clock, FakeEngine, build, served
from playwright.async_api import Browser, BrowserContext, Page
from test_process import free_port
from widget.conftest import AXE, browser  # noqa: F401

from ampoule_clinic.app import create_app
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.settings import Settings

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The pages do not see which database it is."""
    return f"sqlite:///{tmp_path / 'clinic.db'}"


@pytest.fixture
async def clinic(settings: Settings, content: Content, engine: FakeEngine, clock: Clock) -> AsyncIterator[Clinic]:
    port = free_port()
    clinic = build(replace(settings, port=port, public_url=f"http://127.0.0.1:{port}"), content, engine, clock)
    yield clinic
    await clinic.close()


@pytest.fixture
async def base(clinic: Clinic) -> AsyncIterator[str]:
    async with served(create_app(clinic), clinic.settings.port) as base:
        yield base


@pytest.fixture
async def context(browser: Browser, base: str) -> AsyncIterator[BrowserContext]:  # noqa: F811
    context = await browser.new_context(base_url=base, permissions=["clipboard-read", "clipboard-write"])
    yield context
    await context.close()


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    """Every error on the page, a broken policy included, fails the test."""
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.on("console", lambda message: pytest.fail(message.text) if message.type == "error" and "Failed to load resource" not in message.text else None)
    return page


async def violations(page: Page) -> list[str]:
    """What axe-core finds on the page."""
    await page.evaluate(AXE)
    found = await page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
    return [f"{v['id']}: {node['html'][:160]} {node['failureSummary']}" for v in found["violations"] for node in v["nodes"]]
