"""Rate limits, kept in memory: a bucket that fills again at a steady rate."""

from __future__ import annotations

import time
from collections.abc import Callable


class Limit:
    """Lets each key through `burst` times at once and then once every `seconds`."""

    def __init__(self, burst: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._spread, self._seconds, self._clock = burst * seconds, seconds, clock
        self._paid_until: dict[str, float] = {}  # key -> when its bucket will be full again

    def allow(self, key: str) -> bool:
        now = self._clock()
        paid_until = max(self._paid_until.get(key, now), now) + self._seconds
        if paid_until > now + self._spread:
            return False
        if len(self._paid_until) > 10_000:
            self._paid_until = {k: until for k, until in self._paid_until.items() if until > now}
        self._paid_until[key] = paid_until
        return True

    def forget(self, key: str) -> None:
        """Fill this key's bucket again."""
        self._paid_until.pop(key, None)
