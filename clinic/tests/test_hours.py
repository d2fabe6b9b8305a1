from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from ampoule.content import Content

from ampoule_clinic.hours import Hours

NEW_YORK = ZoneInfo("America/New_York")


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=NEW_YORK).astimezone(UTC)


# 4 March 2026 is a Wednesday; on Sunday, 8 March, the clocks go forward. Open on weekdays from 8:30 to 17:30.
@pytest.mark.parametrize(("now", "urgency", "text", "by"), [
    ("2026-03-04 09:00", "same_day", "reply_same_day", "2026-03-04 13:00"),
    ("2026-03-04 15:00", "same_day", "reply_same_day", "2026-03-04 17:30"),
    ("2026-03-04 17:00", "same_day", "reply_next_day", "2026-03-05 12:30"),
    ("2026-03-04 17:30", "same_day", "reply_same_day_closed", "2026-03-05 12:30"),
    ("2026-03-04 03:00", "same_day", "reply_same_day_closed", "2026-03-04 12:30"),
    ("2026-03-06 20:00", "same_day", "reply_same_day_closed", "2026-03-09 12:30"),
    ("2026-03-04 12:00", "routine", "reply_routine", "2026-03-09 12:00"),
    ("2026-03-07 12:00", "routine", "reply_routine", "2026-03-11 17:30"),
    ("2026-03-04 12:00", "emergency", "reply_emergency", None),
])
def test_what_is_promised(content: Content, now: str, urgency: str, text: str, by: str | None) -> None:
    promise = Hours(content).promise(urgency, at(now))
    assert promise.text == f"handoff#{text}"
    assert promise.by == (at(by) if by else None)


@pytest.mark.parametrize(("now", "is_open"), [
    ("2026-03-04 08:29", False), ("2026-03-04 08:30", True), ("2026-03-04 17:29", True), ("2026-03-04 17:30", False), ("2026-03-07 12:00", False),
])
def test_when_it_is_open(content: Content, now: str, is_open: bool) -> None:
    assert Hours(content).is_open(at(now)) == is_open
