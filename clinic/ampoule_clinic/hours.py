"""The clinic's hours, and when a patient may expect a reply."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ampoule.content import Content

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LAST_CALL = timedelta(hours=1)  # What comes later than this before closing is not promised for today.


@dataclass(frozen=True)
class Promise:
    """`text` is the id of the words for it; `by` is when it is due, None where no reply is promised."""

    text: str
    by: datetime | None


class Hours:
    """Opening hours in the clinic's own time zone; holidays are not known."""

    def __init__(self, content: Content) -> None:
        self.zone = ZoneInfo(content.clinic["time_zone"])
        self._week = [content.clinic["hours"][day] for day in _DAYS]
        self._working_hours: dict[str, int | None] = content.clinic["reply_times"]

    def is_open(self, now: datetime) -> bool:
        return any(opening <= now for opening, _ in self._spans(now, days=1))

    def promise(self, urgency: str, now: datetime) -> Promise:
        """What may be promised to a question that comes in now."""
        hours = self._working_hours[urgency]
        if hours is None:
            return Promise("handoff#reply_emergency", None)
        if urgency == "routine":
            return Promise("handoff#reply_routine", self._due(hours, now))
        if not self.is_open(now):
            return Promise("handoff#reply_same_day_closed", self._due(hours, now))
        closing = next(self._spans(now, days=1))[1]
        if closing - now < LAST_CALL:
            return Promise("handoff#reply_next_day", self._due(hours, closing))
        return Promise("handoff#reply_same_day", min(self._due(hours, now), closing))

    def _due(self, hours: int, now: datetime) -> datetime:
        """So many working hours after now. ValueError for a clinic that never opens."""
        left = timedelta(hours=hours)
        for opening, closing in self._spans(now):
            begin = max(opening, now)
            if closing - begin >= left:
                return begin + left
            left -= closing - begin
        raise ValueError("clinic.yml: the clinic is hardly ever open")

    def _spans(self, now: datetime, days: int = 366) -> Iterator[tuple[datetime, datetime]]:
        """(opening, closing) of each working day from today on that has not closed yet, in UTC."""
        today = now.astimezone(self.zone).date()
        for day in (today + timedelta(days=ahead) for ahead in range(days)):
            if hours := self._week[day.weekday()]:
                opening, closing = (datetime.combine(day, time.fromisoformat(hour), self.zone).astimezone(UTC) for hour in hours)
                if closing > now:
                    yield opening, closing
