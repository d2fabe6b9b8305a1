"""WCAG 2.2 AA: what axe-core finds in every state, and what it cannot see."""

import asyncio

import pytest
from playwright.async_api import BrowserContext, expect

from widget.conftest import Chat, Scripted, Service, Site
from widget.test_paths import fill


async def states(chat: Chat, engine: Scripted) -> dict[str, list[str]]:
    """Every state of the chat in turn, with what axe-core finds in it."""
    found = {"closed": await chat.violations()}
    await chat.opens()
    found["open"] = await chat.violations()
    await chat.asks("how much is usual?")
    await chat.messages.last.get_by_text("Where this comes from").click()
    found["answer"] = await chat.violations()
    await chat.asks("something unclear")
    found["clarify"] = await chat.violations()
    await chat.asks("please do the safety check")
    found["check"] = await chat.violations()
    engine.slow = 2
    await chat.input.fill("how much is usual?")
    await chat.input.press("Enter")
    await chat.page.get_by_role("status").get_by_text("Looking for an answer").wait_for()
    found["sending"] = await chat.violations()
    await expect(chat.messages).to_have_count(9)
    engine.slow = 0
    await chat.page.context.set_offline(True)
    await chat.input.fill("how much is usual?")
    await chat.input.press("Enter")
    await chat.page.locator("ampoule-chat .failed").wait_for()
    found["error"] = await chat.violations()
    await chat.page.context.set_offline(False)
    await expect(chat.messages).to_have_count(11)
    await chat.asks("what about my dose")
    await chat.presses("Yes, pass it on")
    await chat.presses("patient:yes")
    found["form"] = await chat.violations()
    await chat.form.get_by_role("button", name="Yes, send it").click()
    found["form with errors"] = await chat.violations()
    await fill(chat, "Jo Field")
    await chat.page.locator("ampoule-chat .reference").wait_for()
    found["sent"] = await chat.violations()
    await chat.page.get_by_text("More", exact=True).click()
    await chat.page.get_by_text("Privacy", exact=True).click()
    found["menu"] = await chat.violations()
    await chat.page.get_by_role("button", name="End and clear").click()
    found["end?"] = await chat.violations()
    await chat.page.get_by_role("button", name="No, keep it").click()
    await chat.asks("my throat is closing")
    found["emergency"] = await chat.violations()
    return found


@pytest.mark.parametrize("look", [
    {}, {"color_scheme": "dark"}, {"forced_colors": "active"}, {"color_scheme": "dark", "forced_colors": "active"},
    {"viewport": {"width": 320, "height": 640}}, {"viewport": {"width": 320, "height": 256}}, {"reduced_motion": "reduce"},
], ids=["light", "dark", "forced colours", "forced colours, dark", "320 px", "400 % zoom", "reduced motion"])
async def test_axe_finds_nothing(chat: Chat, engine: Scripted, look: dict) -> None:  # type: ignore[type-arg]
    if viewport := look.pop("viewport", None):
        await chat.page.set_viewport_size(viewport)
    await chat.page.emulate_media(**look)
    await chat.page.reload()
    found = await states(chat, engine)
    assert {state: violations for state, violations in found.items() if violations} == {} and len(found) == 13
    assert await chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page does not scroll sideways"


async def test_the_page_of_the_service(chat: Chat, service: Service) -> None:
    for path in ("/", "/demo"):
        await chat.page.goto(f"{service.base}{path}")
        if path == "/":
            await chat.messages.first.wait_for()
        assert await chat.violations() == []


async def test_nothing_is_lost_at_320_px_and_400_percent(chat: Chat) -> None:
    for height in (640, 256):
        await chat.page.set_viewport_size({"width": 320, "height": height})
        await chat.page.reload()
        if await chat.launcher.is_visible():
            await chat.opens()
        await chat.asks("how much is usual?")
        wide = """() => [...document.querySelector('ampoule-chat').shadowRoot.querySelectorAll('.panel *')]
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.matches('.unseen')).map(e => e.className)"""
        assert await chat.page.evaluate(wide) == []
        for control in (chat.page.get_by_role("button", name="Send"), chat.messages.last.get_by_role("button").last, chat.page.get_by_text("More", exact=True)):
            await control.focus()
            await expect(control).to_be_in_viewport(ratio=0.99)
        await expect(chat.page.locator("ampoule-chat .bar")).to_be_in_viewport(ratio=0.99)


async def test_targets_are_large_enough(chat: Chat, engine: Scripted) -> None:
    await chat.opens()
    await chat.asks("what about my dose")
    await chat.presses("Yes, pass it on")
    await chat.presses("patient:yes")
    await chat.asks("how much is usual?")
    small = """() => [...document.querySelector('ampoule-chat').shadowRoot.querySelectorAll('button, a, summary, input, textarea')]
        .filter(e => e.offsetParent && (e.getBoundingClientRect().width < 24 || e.getBoundingClientRect().height < 24)).map(e => e.outerHTML)"""
    assert await chat.page.evaluate(small) == []


async def test_everything_by_keyboard(chat: Chat) -> None:
    keyboard = chat.page.keyboard
    await keyboard.press("Tab")  # the page's own link
    await keyboard.press("Tab")
    await expect(chat.launcher).to_be_focused()
    await keyboard.press("Enter")
    await chat.messages.first.wait_for()
    await expect(chat.input).to_be_focused()
    await keyboard.type("what about my dose")
    await keyboard.press("Enter")
    await expect(chat.messages).to_have_count(3)
    await expect(chat.input).to_be_focused()
    await keyboard.press("F6")
    await expect(chat.log).to_be_focused()
    await keyboard.press("Tab")
    await keyboard.press("Enter")  # Yes, pass it on
    await expect(chat.messages).to_have_count(5)
    await expect(chat.messages.last).to_be_focused()
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await expect(chat.form).to_be_visible()
    await keyboard.press("Tab")
    for typed in ("Jo Field", "Tab", "05121961", "Tab", "Tab", "555-555-0199", "Tab", "Space", "Tab", "Space", "Tab", "Enter"):
        await (keyboard.press(typed) if typed in ("Tab", "Space", "Enter") else keyboard.type(typed))
    await expect(chat.messages.last.locator(".reference")).to_be_visible()
    await expect(chat.messages.last).to_be_focused()
    await keyboard.press("F6")
    await expect(chat.input).to_be_focused()
    await keyboard.press("Escape")
    await expect(chat.launcher).to_be_focused()


async def test_the_menu_by_keyboard(chat: Chat) -> None:
    await chat.opens()
    await chat.page.get_by_text("More", exact=True).press("Enter")
    await expect(chat.page.get_by_role("button", name="Copy this chat")).to_be_visible()
    await chat.page.keyboard.press("Escape")
    await expect(chat.page.get_by_role("button", name="Copy this chat")).to_be_hidden()
    await expect(chat.page.get_by_text("More", exact=True)).to_be_focused()
    await chat.page.keyboard.press("Escape")
    await expect(chat.panel).to_be_hidden()


async def test_the_accessibility_tree(chat: Chat) -> None:
    await expect(chat.page.get_by_role("button", name="Ask about B12 shots")).to_be_visible()
    await chat.opens()
    await chat.asks("how much is usual?")
    dialog = chat.page.get_by_role("dialog", name="Vitamin B12 shots: questions and answers")
    await expect(dialog).to_have_accessible_description("Emergency? Call 911 now. This chat is not watched.")
    await expect(dialog).to_match_aria_snapshot("""
        - link "Emergency? Call 911 now. This chat is not watched."
        - 'heading "Vitamin B12 shots: questions and answers" [level=2]'
        - button "Close this chat"
        - log "Messages in this chat":
          - article
          - article:
            - paragraph: You
            - paragraph: how much is usual?
          - article:
            - paragraph: Assistant (automatic)
            - group: Where this comes from
            - button "Tell me more"
            - group "You could also ask":
              - button "Side effects"
            - group "Was this helpful?":
              - button "Yes"
              - button "No"
        - status
        - status
        - textbox "Type your question"
        - button "Send"
    """)


async def test_what_is_read_out(chat: Chat, engine: Scripted) -> None:
    """Only what is new: the history never, the answer once and politely, the emergency at once."""
    await chat.opens()
    await expect(chat.log).to_have_attribute("aria-live", "polite")
    await chat.page.evaluate("""() => {
        window.said = [];
        new MutationObserver(records => { for (const r of records) for (const n of r.addedNodes) {
            const live = (n.closest ? n : n.parentElement)?.closest('[aria-live],[role=status],[role=alert]');
            const how = live?.ariaLive ?? {status: 'polite', alert: 'assertive'}[live?.role];
            if (how && how !== 'off' && n.textContent) window.said.push([how, n.textContent.slice(0, 14)]);
        } }).observe(document.querySelector('ampoule-chat').shadowRoot, {childList: true, subtree: true});
    }""")
    await chat.asks("how much is usual?")
    await asyncio.sleep(0.2)
    said = await chat.page.evaluate("window.said")
    assert ["polite", "Looking for an"] in said and sum(text.startswith("Assistant") for _, text in said) == 1
    assert not any("You" in text or "how much" in text for _, text in said)
    await chat.page.evaluate("window.said = []")
    await chat.asks("my throat is closing")
    said = await chat.page.evaluate("window.said")
    assert [text for how, text in said if how == "assertive"] == ["Call 911 now C"]
    await chat.page.reload()
    await expect(chat.messages).to_have_count(5)
    await expect(chat.page.locator("ampoule-chat [role=alert].unseen")).to_be_empty()


async def test_text_twice_as_large(context: BrowserContext, site: Site, service: Service) -> None:
    """Sizes follow the reader's own default size."""
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send("Page.enable")
    await session.send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
    await page.goto(f"{site.base}/home")
    chat = await Chat(page).opens()
    assert await chat.messages.first.evaluate("e => getComputedStyle(e).fontSize") == "32px"
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
