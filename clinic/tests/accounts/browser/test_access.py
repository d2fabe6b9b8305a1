"""WCAG 2.2 AA on each page and state, narrow and wide, light and dark; and what the pages look like where asked for."""

from pathlib import Path

import pytest
from people import add_staff
from playwright.async_api import BrowserContext, Page
from sqlalchemy.orm import Session

from accounts.browser.conftest import violations
from accounts.browser.test_paths import EMAIL, SHOTS, sign_in
from ampoule_clinic.clinic import Clinic

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_axe_finds_nothing(page: Page, context: BrowserContext, clinic: Clinic, width: int, colours: str) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]
    found: dict[str, list[str]] = {}

    async def look(state: str) -> None:
        found[state] = await violations(page)
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found[state].append("the page scrolls sideways")
        if SHOTS:
            await page.screenshot(path=Path(SHOTS) / f"{state}-{width}-{colours}.png", full_page=True)

    await page.goto("/desk/set-up")
    await look("first set-up")
    await add_staff(clinic, "admin", "Sam Admin", EMAIL)
    for n, role in enumerate(("front_desk", "clinician")):
        await add_staff(clinic, role, f"Person {n}", password_hash=None if n else "x")
    await page.goto("/desk/set-up")
    await look("set-up")
    await sign_in(page, password="not the password")
    await page.get_by_role("alert").wait_for()
    await look("sign-in refused")
    await sign_in(page)
    await page.get_by_role("heading", name="Your account").wait_for()
    for path in ("account", "two-step", "staff", "staff/2", "audit", "staff/99"):
        await page.goto(f"/desk/{path}")
        await look(path.replace("/", "-"))
    await page.goto("/desk/staff")
    await page.get_by_label("Name").fill("S")
    await page.get_by_label("E-mail address").fill("s@clinic.example")
    await page.locator("form").last.evaluate("form => { form.noValidate = true; }")
    await page.get_by_role("button", name="Add and get").click()
    await page.get_by_text("2 to 100").wait_for()
    await look("staff refused")
    await page.get_by_label("Name").fill("Somebody")
    await page.get_by_label("E-mail address").fill("s@clinic.example")
    await page.get_by_role("button", name="Add and get").click()
    await page.get_by_role("heading", name="Set-up link for").wait_for()
    await look("link")

    def two_step(session: Session) -> None:
        from ampoule_clinic.accounts import staff

        person = staff.find(session, EMAIL)
        assert person
        person.totp_secret = SECRET

    await clinic.db.write(two_step)
    await page.goto("/desk/account")
    await look("account two-step")
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_role("heading", name="Sign in to the desk").wait_for()
    await sign_in(page)
    await page.get_by_label("6-digit code").wait_for()
    await look("code")
    assert {state: problems for state, problems in found.items() if problems} == {}
