"""Nothing is sent twice or lost: offline, slow, restarted, in two tabs, with a long history."""

import asyncio
import signal
import uuid
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, expect
from test_process import Service as Process

from ampoule_clinic import messages, models
from widget.conftest import ARGUMENTS, CHROMIUM, Chat, Scripted, Service, Site


async def stored(service: Service) -> list[str]:
    """What patients typed, as the database has it."""
    rows = await service.clinic.db.read(lambda session: session.query(models.Message).filter_by(author="patient").order_by(models.Message.seq).all())
    return [row.text for row in rows]


async def test_offline_and_online_again(chat: Chat, service: Service) -> None:
    await chat.opens()
    await chat.page.context.set_offline(True)
    await expect(chat.page.locator("ampoule-chat .notice")).to_contain_text("You are offline")
    await chat.input.fill("how much is usual?")
    await chat.input.press("Enter")
    await expect(chat.messages.last).to_contain_text("Not sent. You are offline.")
    await expect(chat.messages.last.get_by_role("button", name="Try again")).to_be_visible()
    await chat.page.context.set_offline(False)
    await expect(chat.messages).to_have_count(3)
    await expect(chat.page.locator("ampoule-chat .notice")).to_be_empty()
    await expect(chat.page.locator("ampoule-chat .failed")).to_have_count(0)
    assert await stored(service) == ["how much is usual?"]


async def test_a_slow_answer_shows_that_it_is_under_way(chat: Chat, engine: Scripted, service: Service) -> None:
    engine.slow = 1.5
    await chat.opens()
    await chat.input.fill("how much is usual?")
    await chat.input.press("Enter")
    await expect(chat.page.get_by_role("status").get_by_text("Looking for an answer")).to_be_visible()
    await chat.page.reload()
    await expect(chat.messages).to_have_count(3)
    assert await stored(service) == ["how much is usual?"]


async def test_killed_in_the_middle_of_a_message(context: BrowserContext, site: Site, engine: Scripted, engine_url: str, tmp_path: Path) -> None:
    process = Process(tmp_path, f"sqlite:///{tmp_path / 'clinic.db'}", engine_url)
    process.env["AMPOULE_ORIGINS"], site.service = site.base, process.base
    await process.start()
    chat = Chat(await context.new_page())
    await chat.page.goto(f"{site.base}/home")
    await chat.opens()
    await chat.asks("the first question")
    engine.slow = 4
    await chat.input.fill("the second question")
    await chat.input.press("Enter")
    while len(engine.seen) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    await process.stop(signal.SIGKILL)
    await expect(chat.messages.last).to_contain_text("I could not confirm that this reached the clinic.")
    await expect(chat.messages.last.get_by_role("button", name="Try again")).to_be_visible()
    engine.slow = 0
    await process.start()
    await expect(chat.messages).to_have_count(5, timeout=20_000)  # without a click
    await expect(chat.page.locator("ampoule-chat .failed")).to_have_count(0)
    await chat.page.reload()
    await expect(chat.messages).to_have_count(5)
    await process.stop(signal.SIGKILL)


async def test_while_the_service_is_away_the_number_stays(chat: Chat, service: Service) -> None:
    await service.stop()
    await chat.launcher.click()
    await expect(chat.page.locator("ampoule-chat .notice")).to_contain_text("The chat can't be reached right now. Please phone (555) 555-0142.")
    await expect(chat.page.get_by_role("link", name="Emergency? Call 911 now.")).to_be_visible()
    await chat.input.fill("how much is usual?")
    await chat.input.press("Enter")
    await expect(chat.messages.last).to_contain_text("Not sent.")
    await service.start()
    await chat.page.locator("ampoule-chat .notice").get_by_role("button", name="Try again").click()
    await expect(chat.messages).to_have_count(3)
    assert await stored(service) == ["how much is usual?"]


async def test_it_survives_reload_and_navigation(chat: Chat, site: Site) -> None:
    await chat.opens()
    await chat.asks("how much is usual?")
    await chat.input.fill("half a quest")
    await chat.page.goto(f"{site.base}/about")
    await expect(chat.messages).to_have_count(3)
    await expect(chat.input).to_have_value("half a quest")
    await expect(chat.input).not_to_be_focused()
    await chat.page.keyboard.press("Tab")
    await chat.page.get_by_role("button", name="Close this chat").click()
    await chat.page.reload()
    await expect(chat.launcher).to_be_visible()


async def test_two_tabs_share_the_conversation(chat: Chat, service: Service, site: Site) -> None:
    await chat.opens()
    await chat.asks("how much is usual?")
    other = Chat(await chat.page.context.new_page())
    await other.page.goto(f"{site.base}/about")
    await other.opens()
    await expect(other.messages).to_have_count(3)
    await other.asks("and in the other tab?")
    await expect(chat.messages).to_have_count(5)
    await chat.page.get_by_text("More", exact=True).click()
    await chat.page.get_by_role("button", name="End and clear").click()
    await chat.page.get_by_role("button", name="Yes, end and delete").click()
    await expect(other.messages).to_have_count(0)
    await expect(other.page.locator("ampoule-chat .notice")).to_contain_text("This chat has ended.")


async def test_nothing_is_left_once_the_tabs_are_closed(chat: Chat, site: Site) -> None:
    await chat.opens()
    await chat.asks("how much is usual?")
    context = chat.page.context
    await chat.page.close()
    later = Chat(await context.new_page())
    await later.page.goto(f"{site.base}/home")
    await later.opens()
    await expect(later.messages).to_have_count(1)
    assert await context.cookies() == []
    assert await later.page.evaluate("localStorage.length") == 0
    assert await later.page.evaluate("indexedDB.databases().then(all => all.length)") == 0


async def test_a_session_that_has_expired(chat: Chat, service: Service) -> None:
    await chat.opens()
    service.clinic.now.later(hours=3)  # type: ignore[attr-defined]
    await chat.input.fill("how much is usual?")
    await chat.input.press("Enter")
    await expect(chat.messages.last).to_contain_text("Not sent.")
    await expect(chat.input).to_have_value("how much is usual?")  # not lost
    await chat.page.get_by_role("button", name="Start a new chat").click()
    await expect(chat.messages).to_have_count(1)
    await chat.input.press("Enter")
    await expect(chat.messages).to_have_count(3)


async def test_no_request_leaves_the_service(chat: Chat, service: Service, site: Site) -> None:
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url))
    await chat.page.reload()
    await chat.launcher.wait_for()
    assert [url for url in asked if url.startswith(service.base)] == [f"{service.base}/widget.js"]
    await chat.opens()
    await chat.asks("how much is usual?")
    assert all(url.startswith((service.base, site.base)) for url in asked)


async def test_with_third_party_cookies_blocked(browser: Browser, service: Service, site: Site) -> None:
    strict = await browser.browser_type.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, "--test-third-party-cookie-phaseout"])
    page = await strict.new_page()
    await page.goto(f"{site.base}/home")
    chat = await Chat(page).opens()
    await chat.asks("how much is usual?")
    await page.reload()
    await expect(chat.messages).to_have_count(3)
    await strict.close()


async def test_a_page_that_is_not_on_the_list_gets_nothing(chat: Chat, service: Service, site: Site) -> None:
    await chat.page.goto(f"{site.base.replace('localhost', '127.0.0.1')}/home")
    await chat.page.wait_for_timeout(500)
    await expect(chat.launcher).to_have_count(0)


async def test_a_history_of_500_messages(chat: Chat, service: Service) -> None:
    await chat.opens()
    conversation = await service.clinic.db.read(lambda session: session.query(models.Conversation).one().id)

    def fill(session) -> None:  # type: ignore[no-untyped-def]
        for n in range(500):
            typed = messages.Typed(str(uuid.uuid4()), f"Question {n}. " + "Some more words. " * (n % 7))
            messages.add(session, conversation, typed, service.clinic.now()).refused = "empty"

    service.clinic.db.run(service.clinic.db.engine.execution_options(ampoule_write=True), fill)
    await chat.page.add_init_script("""window.shift = 0; window.longest = 0;
        new PerformanceObserver(l => { for (const e of l.getEntries()) window.shift += e.value; }).observe({type: 'layout-shift', buffered: true});
        new PerformanceObserver(l => { for (const e of l.getEntries()) window.longest = Math.max(window.longest, e.duration); })
            .observe({type: 'longtask', buffered: true});""")
    await chat.page.reload()
    await expect(chat.messages).to_have_count(501)
    await expect(chat.messages.last).to_be_in_viewport()
    shift, longest = await chat.page.evaluate("[window.shift, window.longest]")
    await chat.page.evaluate("window.shift = window.longest = 0")
    await chat.asks("how much is usual?")
    await expect(chat.messages.last.locator(".who").first).to_be_in_viewport()
    after = await chat.page.evaluate("[window.shift, window.longest]")
    print(f"500 messages: layout shift {shift:.3f}, longest task {longest:.0f} ms; one more: {after[0]:.3f}, {after[1]:.0f} ms")
    assert shift < 0.1 and longest < 1000 and after[0] < 0.1 and after[1] < 300
