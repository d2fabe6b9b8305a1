"""The reports in a browser: on a phone and a desk, light and dark, by keyboard, and without a complaint of axe or the policy."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Clock
from widget.conftest import Service

from ..test_reports import by_minutes, with_replies, with_tickets

PERIOD = "?from=2026-03-01&to=2026-03-04"


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
async def test_every_state_is_accessible_and_fits(windows: Any, service: Service, width: int, scheme: str) -> None:
    await with_replies(service.clinic)
    await with_tickets(service.clinic, *(by_minutes(minutes) for minutes in (2, 20, 200)), by_minutes(3, kind="admin", urgency="same_day"))
    window = await windows(viewport={"width": width, "height": 900}, color_scheme=scheme)
    await window.signs_in("admin", "/desk/reports")
    page = window.page
    for path in (f"/desk/reports{PERIOD}", "/desk/reports?from=2026-03-04&to=2026-03-01", "/desk/reports?from=2026-01-01&to=2026-01-31"):
        await window.opens(path)
        for details in await page.locator("details").all():
            await details.locator("summary").press("Enter")
            assert await details.get_attribute("open") is not None
        assert await window.violations() == [] and await window.fits(), path


async def test_charts_are_drawn_in_the_size_of_the_screen(windows: Any, service: Service) -> None:
    await with_replies(service.clinic)
    await with_tickets(service.clinic, by_minutes(5))
    for width, least, most in ((360, 300, 336), (1280, 700, 760)):
        window = await windows(viewport={"width": width, "height": 900})
        await window.signs_in("clinician", "/desk/reports")
        await window.opens(f"/desk/reports{PERIOD}")
        images = await window.page.locator("img.chart").all()
        assert len(images) == 6
        for image in images:
            await image.scroll_into_view_if_needed()
            await image.evaluate("image => image.decode()")
            assert least <= await image.evaluate("image => image.naturalWidth") <= most
            assert least - 40 <= (await image.bounding_box())["width"] <= most


async def test_a_file_is_downloaded(windows: Any, service: Service, clock: Clock) -> None:
    await with_replies(service.clinic)
    window = await windows()
    await window.signs_in("admin", "/desk/reports")
    async with window.page.expect_download() as waiting:
        await window.page.get_by_role("button", name="All numbers as CSV").press("Enter")
    download = await waiting.value
    assert download.suggested_filename == "figures-2026-02-05-to-2026-03-04.csv"
