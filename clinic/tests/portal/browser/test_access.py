"""WCAG 2.2 AA on each page and state, narrow and wide, light and dark; and what the pages look like where asked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect
from sqlalchemy.orm import Session
from widget.conftest import Service

from ampoule_clinic.accounts.policy import Actor
from ampoule_clinic.desk import tickets
from ampoule_clinic.models import Handoff
from portal.browser.conftest import OneTap
from portal.browser.test_paths import signs_in_by_code

SHOTS = os.environ.get("AMPOULE_SHOTS")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_axe_finds_nothing(windows: Any, service: Service, engine: OneTap, width: int, colours: str) -> None:
    patient = await windows(viewport={"width": width, "height": 780}, color_scheme=colours)
    page, found = patient.page, {}

    async def look(state: str) -> None:
        found[state] = await patient.violations()
        if not await patient.fits():
            found[state].append("the page scrolls sideways")
        if SHOTS:
            await page.screenshot(path=Path(SHOTS) / f"portal-{state}-{width}{'-dark' if colours == 'dark' else ''}.png")

    async def unchecked() -> None:
        """So that the service is the one who refuses."""
        await page.locator("main form").first.evaluate("form => { form.noValidate = true; }")

    await patient.opens("/portal/sign-in")
    await look("sign-in")
    await unchecked()
    await page.get_by_label("Your e-mail address").fill("jo")
    await page.keyboard.press("Enter")
    await expect(page.locator(".problem")).to_be_visible()
    await look("sign-in-refused")
    await page.get_by_label("Your e-mail address").fill("jo@example.com")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Type your code").wait_for()
    await look("code")
    await page.get_by_label("The code").fill("000")
    await page.keyboard.press("Enter")
    await page.get_by_text("That code did not work").wait_for()
    await look("code-refused")
    await patient.enters("patient")
    await patient.opens("/portal")
    await look("empty")
    await patient.opens("/portal/new")
    await look("new")
    await unchecked()
    await page.get_by_role("button", name="Send").click()
    await page.locator(".problem").wait_for()
    await look("new-refused")

    await patient.asks("what about my dose")
    await look("thread-offer")
    await page.get_by_role("button", name="Yes, pass it on").click()
    await expect(patient.messages.last).to_contain_text("was sent")
    await look("thread-sent")
    sam = Actor(1, "Sam Clinician", "clinician")

    def replies(session: Session) -> None:
        reference = session.query(Handoff).one().reference
        tickets.claim(session, service.clinic, reference, sam)
        tickets.view(session, service.clinic, reference, sam)
        tickets.reply(session, service.clinic, reference, sam, "Please keep to your written plan. I will call you this afternoon.")

    await service.clinic.db.write(replies)
    service.clinic.events.notify(engine.seen[-1]["sender"])
    await expect(patient.messages.last).to_contain_text("keep to your written plan")
    await expect(page.locator("#state")).to_contain_text("replied")
    await look("thread-reply")
    await page.locator("ampoule-chat summary").first.click()
    await look("thread-menu")
    await page.keyboard.press("Escape")
    await page.get_by_role("link", name="Keep parts of this for my visit").click()
    await look("keep")
    await page.get_by_role("button", name="Put on my visit list").click()
    await page.locator(".problem").wait_for()
    await look("keep-refused")
    await page.get_by_role("checkbox").last.check()
    await page.get_by_role("button", name="Put on my visit list").click()
    await page.get_by_label("A question for my visit").fill("Which arm is better?")
    await page.get_by_role("button", name="Add to my list").click()
    await expect(page.locator(".list > li")).to_have_count(2)
    await look("visit")
    for path, state in (("visit/1", "visit-item"), ("visit/print", "visit-print"), ("preferences", "preferences"),
                        ("preferences?saved=true", "preferences-saved"), ("data", "data"), ("data/delete", "delete"),
                        ("threads/nothing", "problem"), ("deleted", "deleted")):
        await patient.opens(f"/portal/{path}")
        await look(state)
    await patient.opens("/portal/preferences")
    await page.get_by_label("Your phone number").fill("none")
    await page.get_by_role("button", name="Save").click()
    await page.locator(".problem").wait_for()
    await look("preferences-refused")
    await patient.opens("/portal/data/delete")
    await page.get_by_role("button", name="Delete it now").click()
    await page.locator(".problem").wait_for()
    await look("delete-refused")

    await patient.opens("/portal/new")
    await page.get_by_label("Your question").fill("my throat is closing up")
    await page.get_by_role("button", name="Send").click()
    await page.get_by_role("heading", name="Call 911 now").wait_for()
    await look("emergency")
    await page.get_by_role("link", name="Back to your question").click()
    await expect(patient.messages.last).to_contain_text("Call 911 now")
    await look("thread-emergency")
    engine.then = engine.fails
    await patient.asks("how much is usual?")
    await expect(page.get_by_role("button", name="Yes, send it")).to_be_visible()
    await look("thread-away")
    await patient.opens("/portal")
    await look("list")
    service.clinic.now.later(minutes=28.5)  # type: ignore[attr-defined]
    await page.evaluate("Date.now = ((now) => () => now() + 28.5 * 60_000)(Date.now.bind(Date))")
    await page.get_by_role("dialog").wait_for()
    await look("warning")
    assert {state: problems for state, problems in found.items() if problems} == {}


@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_without_script(windows: Any, service: Service, width: int) -> None:
    """The element's own content, which an old phone shows: the script of the chat never comes."""
    patient = await (await windows(viewport={"width": width, "height": 780})).enters("patient")
    await patient.page.route("**/widget.js", lambda route: route.abort())
    page = await patient.opens("/portal/new")
    await page.get_by_label("Your question").fill("what about my dose")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("button", name="Yes, pass it on")).to_be_visible()
    patient.complaints.clear()
    assert await patient.violations() == [] and await patient.fits()
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"portal-thread-plain-{width}.png", full_page=True)


@pytest.mark.parametrize("width", [360, 1280])
async def test_the_desks_pages_of_patients(windows: Any, service: Service, width: int) -> None:
    desk = await (await windows(viewport={"width": width, "height": 900})).enters("staff")
    found = {}
    for path in ("/desk/patients", "/desk/patients/1"):
        await desk.opens(path)
        found[path] = [*await desk.violations(), *([] if await desk.fits() else ["the page scrolls sideways"])]
        if SHOTS:
            await desk.page.screenshot(path=Path(SHOTS) / f"desk-{path.removeprefix('/desk/').replace('/', '-')}-{width}.png", full_page=True)
    assert {path: problems for path, problems in found.items() if problems} == {}


async def test_code_sent_by_the_real_page(windows: Any, service: Service) -> None:
    """The code's page takes what is pasted, spaces and all."""
    await signs_in_by_code(await windows(), service)
