"""What the page around, or a message, tries to do to the chat."""

import pytest
from playwright.async_api import BrowserContext, expect

from widget.conftest import Chat, Scripted, Service, Site

HOSTILE = """
html { font-size: 3px !important; } body { direction: ltr; text-transform: uppercase; letter-spacing: 1em; color: yellow; line-height: 0.5; font: 3px serif; }
* { display: none !important; color: #fff !important; position: static !important; } ampoule-chat { all: unset !important; opacity: 0 !important;
visibility: hidden !important; transform: scale(0) !important; width: 1px !important; pointer-events: none !important; filter: blur(9px) !important; }
html, body, main { display: block !important; }
"""


async def test_the_pages_css_changes_nothing(context: BrowserContext, site: Site, service: Service) -> None:
    site.css = HOSTILE
    page = await context.new_page()
    await page.goto(f"{site.base}/home")
    chat = await Chat(page).opens()
    await chat.asks("how much is usual?")
    style = await chat.messages.last.evaluate("e => { const s = getComputedStyle(e); return [s.fontSize, s.textTransform, s.letterSpacing]; }")
    assert style == ["16px", "none", "normal"]
    await expect(chat.messages.last).to_be_in_viewport()
    assert await chat.violations() == []


async def test_markup_in_messages_is_shown_as_text(chat: Chat, engine: Scripted) -> None:
    await chat.opens()
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    chat.page.on("dialog", lambda dialog: pytest.fail("a script ran"))
    engine.turn = lambda text, choice: ([evil], engine.say("replies/errors#bad_request")[1])  # type: ignore[method-assign]
    await chat.asks(evil)
    assert (await chat.texts())[-2:] == [evil, evil]
    await expect(chat.log.locator("img, script")).to_have_count(0)


async def test_under_a_strict_policy_nothing_is_blocked(context: BrowserContext, site: Site, service: Service) -> None:
    page = await context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    await page.goto(f"{site.base}/home")
    chat = await Chat(page).opens()
    await chat.asks("how much is usual?")
    assert [text for text in said if "Content Security Policy" in text or "Content-Security-Policy" in text] == []


async def test_it_looks_as_the_page_wants(context: BrowserContext, site: Site, service: Service) -> None:
    site.attributes = ' position="left" heading="Ask Maple Lane" theme="dark"'
    site.css = "ampoule-chat { --ampoule-accent-dark: rgb(255, 200, 100); --ampoule-offset: 40px; }"
    page = await context.new_page()
    await page.goto(f"{site.base}/home")
    chat = Chat(page)
    box = await chat.launcher.bounding_box()
    assert box and box["x"] == 40
    assert await chat.launcher.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 200, 100)"
    await chat.opens()
    await expect(page.get_by_role("dialog", name="Ask Maple Lane")).to_be_visible()


async def test_right_to_left(chat: Chat) -> None:
    await chat.page.evaluate("document.documentElement.dir = 'rtl'")
    box = await chat.launcher.bounding_box()
    assert box and box["x"] < 100
    await chat.opens()
    await chat.asks("how much is usual?")
    own, title = await chat.messages.nth(1).bounding_box(), await chat.panel.bounding_box()
    assert own and title and own["x"] - title["x"] < 40


async def test_moved_about_and_opened_by_the_page(chat: Chat) -> None:
    await chat.page.evaluate("document.querySelector('ampoule-chat').open()")
    await chat.messages.first.wait_for()
    await chat.page.evaluate("document.querySelector('main').append(document.querySelector('ampoule-chat'))")
    await chat.asks("how much is usual?")
    await expect(chat.messages).to_have_count(3)
    await chat.page.evaluate("document.querySelector('ampoule-chat').close()")
    await expect(chat.launcher).to_be_focused()
