"""From the first link to signing out, as a person does it."""

import os
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from conftest import Clock
from people import PASSWORD, add_staff
from playwright.async_api import BrowserContext, Page, expect
from sqlalchemy import update

from accounts.browser.conftest import violations
from ampoule_clinic.accounts import staff, websessions
from ampoule_clinic.accounts.models import Staff, WebSession
from ampoule_clinic.accounts.staff import By
from ampoule_clinic.clinic import Clinic

EMAIL = "sam@clinic.example"
SHOTS = os.environ.get("AMPOULE_SHOTS")  # a folder for pictures to look at


async def sign_in(page: Page, email: str = EMAIL, password: str = PASSWORD, path: str = "/desk/account") -> None:
    await page.goto(path)
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password", exact=True).fill(password)
    await page.keyboard.press("Enter")


async def test_the_first_account_by_keyboard(page: Page, clinic: Clinic) -> None:
    token = await clinic.db.write(staff.first_run_link, By("service", clinic.audit, clinic.now()))
    assert token
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(staff.link(clinic.settings.public_url, token))
    await expect(page.get_by_label("Code from your link")).to_be_hidden()
    assert page.url.endswith("/desk/set-up"), "the token has left the address bar"
    assert not any(token in url.partition("#")[0] for url in asked)
    for _ in range(2):  # the skip link, then the first field
        await page.keyboard.press("Tab")
    await page.keyboard.type("Sam Admin")
    await page.keyboard.press("Tab")
    await page.keyboard.type(EMAIL)
    await page.keyboard.press("Tab")
    await page.keyboard.type("too short")
    await page.locator("form").evaluate("form => { form.noValidate = true; }")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Please use 12 letters or more")).to_be_visible()
    await expect(page.get_by_label("New password", exact=True)).to_be_focused()
    assert await violations(page) == []
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/desk")
    await page.goto("/desk/staff")
    await expect(page.get_by_role("heading", name="Staff", exact=True)).to_be_visible()


async def test_without_script_the_code_is_pasted(context: BrowserContext, base: str, clinic: Clinic) -> None:
    token = await clinic.db.write(staff.first_run_link, By("service", clinic.audit, clinic.now()))
    assert token and context.browser
    plain = await context.browser.new_context(base_url=base, java_script_enabled=False)
    page = await plain.new_page()
    await page.goto(f"/desk/set-up#{token}")
    for label, text in (("Code from your link", token), ("Your name", "Sam Admin"), ("E-mail address", EMAIL), ("New password", PASSWORD)):
        await page.get_by_label(label).fill(text)
    await page.get_by_role("button", name="Create the account").click()
    await page.wait_for_url("**/desk")
    await page.goto("/desk/account")
    await page.get_by_role("button", name="Sign out").click()
    await sign_in(page)
    await expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    await plain.close()


async def test_signing_in_and_setting_up_the_second_step(page: Page, clinic: Clinic, clock: Clock) -> None:
    await add_staff(clinic, "clinician", "Sam Clinician", EMAIL)
    await sign_in(page, password="not the password")
    await expect(page.get_by_role("alert")).to_contain_text("do not go together")
    await expect(page).to_have_title("Error: Sign in – " + clinic.content.clinic["name"])
    await page.get_by_role("button", name="Show: Password").click()
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    assert await page.get_by_label("Password", exact=True).get_attribute("type") == "text"
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("link", name="Set it up").click()
    picture = page.get_by_role("img", name="QR code")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.complete && image.naturalWidth > 100")
    secret = (await page.locator("code").inner_text()).replace(" ", "")
    await page.get_by_label("6-digit code").fill("000000")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("6-digit code")).to_be_focused()
    await page.keyboard.type(pyotp.TOTP(secret).at(int(clock.now.timestamp())))
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("On: a code from your phone")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    clock.later(seconds=30)
    await sign_in(page)
    await page.get_by_label("6-digit code").fill(pyotp.TOTP(secret).at(int(clock.now.timestamp())))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Your account")).to_be_visible()


async def test_an_admin_adds_someone_who_signs_in(page: Page, context: BrowserContext, clinic: Clinic) -> None:
    await add_staff(clinic, "admin", "Sam Admin", EMAIL)
    await sign_in(page, path="/desk/staff")
    await page.get_by_label("Name").fill("Front desk")
    await page.get_by_label("E-mail address").fill("desk@clinic.example")
    await page.get_by_role("button", name="Add and get a set-up link").click()
    await page.get_by_role("button", name="Copy").click()
    await expect(page.get_by_text("Copied")).to_be_visible()
    link = await page.evaluate("navigator.clipboard.readText()")
    assert context.browser
    elsewhere = await context.browser.new_context(base_url=clinic.settings.public_url)
    other = await elsewhere.new_page()
    await other.goto(link)
    await other.get_by_label("New password", exact=True).fill(PASSWORD)
    await other.keyboard.press("Enter")
    await other.wait_for_url("**/desk")
    await other.goto("/desk/account")
    await expect(other.get_by_text("desk@clinic.example")).to_be_visible()
    await expect(other.get_by_role("link", name="Staff")).to_have_count(0)
    await page.goto("/desk/staff")
    await page.get_by_role("link", name="Front desk").click()
    await page.get_by_role("button", name="Close the account").click()
    await expect(page.get_by_role("heading", name="Open the account again")).to_be_visible()
    await other.get_by_role("link", name="Account").click()
    await expect(other.get_by_role("heading", name="Sign in to the desk")).to_be_visible()
    await elsewhere.close()


class Time:
    """Goes on in the page and on the server alike."""

    def __init__(self, page: Page, clock: Clock) -> None:
        self.page, self.clock = page, clock

    async def passes(self, seconds: int) -> None:
        self.clock.later(seconds=seconds)
        await self.page.clock.fast_forward(seconds * 1000)
        await self.page.clock.run_for(0)


async def begin(page: Page, clinic: Clinic, clock: Clock) -> Time:
    await page.clock.install(time=clock.now)
    await add_staff(clinic, "front_desk", "Front desk", EMAIL)
    await sign_in(page)
    await expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    # From here on time passes only when the test says so, however slow the machine is.
    await page.clock.pause_at(clock.now + timedelta(minutes=5))
    await page.reload()
    return Time(page, clock)


async def test_the_warning_before_the_end(page: Page, clinic: Clinic, clock: Clock) -> None:
    time = await begin(page, clinic, clock)
    dialog = page.get_by_role("dialog", name="Are you still there?")
    await page.get_by_label("Present password", exact=True).focus()
    await time.passes(13 * 60 - 5)
    await expect(dialog).to_be_hidden()
    await time.passes(6)
    await time.passes(1)
    await expect(dialog).to_be_visible()
    await expect(dialog).to_contain_text("You will be signed out in 2 minutes. Stay signed in?")
    await expect(dialog.get_by_role("button", name="Stay signed in")).to_be_focused()
    await expect(dialog.get_by_role("timer")).to_have_text("1:58")
    await time.passes(58)
    await expect(dialog.locator("[aria-live=polite]")).to_have_text("One minute left.")
    await time.passes(1)
    await expect(dialog.locator("[aria-live=polite]")).to_have_text("One minute left.")
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_label("Present password", exact=True)).to_be_focused()
    await time.passes(12 * 60)
    await expect(dialog).to_be_hidden()
    await time.passes(70)
    await time.passes(1)
    await expect(dialog).to_be_visible()
    await time.passes(110)
    await time.passes(1)
    await expect(page.get_by_role("heading", name="Sign in to the desk")).to_be_visible()
    await page.get_by_label("E-mail address").fill(EMAIL)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Your account")).to_be_visible()


async def test_another_tab_keeps_this_one_signed_in(page: Page, context: BrowserContext, clinic: Clinic, clock: Clock) -> None:
    time = await begin(page, clinic, clock)
    other = await context.new_page()
    clock.later(seconds=12 * 60)
    await other.goto("/desk/account")
    await page.clock.fast_forward(14 * 60 * 1000)
    clock.later(seconds=2 * 60)
    await time.passes(1)
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(page.get_by_role("heading", name="Your account")).to_be_visible()


async def used_all_day(page: Page, clinic: Clinic, clock: Clock) -> None:
    """As if the session had only half its idle time left in any case."""
    idle, whole = websessions.LIMITS["staff"]
    await clinic.db.write(lambda session: session.execute(update(WebSession).values(created_at=clock.now - whole + idle / 2)))
    await page.reload()


@pytest.mark.parametrize("final", [False, True])
async def test_axe_finds_nothing_in_the_warning(page: Page, clinic: Clinic, clock: Clock, final: bool) -> None:
    time = await begin(page, clinic, clock)
    await page.set_viewport_size({"width": 360, "height": 640})
    if final:
        await used_all_day(page, clinic, clock)
    await time.passes(5 * 60 + 31 if final else 13 * 60 + 1)
    await time.passes(1)
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.clock.resume()  # axe-core waits with the page's own timers.
    assert await violations(page) == []
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"warning{'-final' * final}-360-light.png")


async def test_the_end_in_any_case(page: Page, clinic: Clinic, clock: Clock) -> None:
    time = await begin(page, clinic, clock)
    dialog = page.get_by_role("dialog")
    await used_all_day(page, clinic, clock)
    await time.passes(5 * 60 + 31)
    await time.passes(1)
    await expect(dialog).to_contain_text("a session ends after 10 hours in any case")
    await expect(dialog.get_by_role("button", name="Stay signed in")).to_be_hidden()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await time.passes(30)
    await expect(dialog).to_be_hidden()
    await time.passes(90)
    await time.passes(1)
    await expect(page.get_by_role("heading", name="Sign in to the desk")).to_be_visible()


async def test_signed_out_elsewhere(page: Page, clinic: Clinic, clock: Clock) -> None:
    time = await begin(page, clinic, clock)
    await clinic.db.write(lambda session: session.execute(update(Staff).values(active=False)))
    await time.passes(13 * 60 + 1)
    await expect(page.get_by_role("heading", name="Sign in to the desk")).to_be_visible()


async def test_the_server_is_away_when_the_time_is_over(page: Page, context: BrowserContext, clinic: Clinic, clock: Clock) -> None:
    time = await begin(page, clinic, clock)
    await context.set_offline(True)
    await time.passes(15 * 60 + 1)
    await expect(page.get_by_role("heading", name="Your account")).to_have_count(0)
