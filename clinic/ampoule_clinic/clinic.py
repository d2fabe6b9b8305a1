"""The parts that a request needs, put together once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakValueDictionary

from ampoule.content import Content

from ampoule_clinic.accounts.audit import Audit
from ampoule_clinic.accounts.throttle import Throttle
from ampoule_clinic.db import Database
from ampoule_clinic.engine import Engine
from ampoule_clinic.events import Events
from ampoule_clinic.hours import Hours
from ampoule_clinic.limits import Limit
from ampoule_clinic.portal.codes import Codes
from ampoule_clinic.portal.tokens import Issuer
from ampoule_clinic.reading import RedFlags
from ampoule_clinic.settings import Settings
from ampoule_clinic.words import Words


@dataclass
class Clinic:
    settings: Settings
    content: Content
    words: Words
    hours: Hours
    db: Database
    red_flags: RedFlags
    engine: Engine
    events: Events
    audit: Audit
    codes: Codes
    issuers: dict[str, Issuer]
    message_limit: Limit
    session_limit: Limit
    now: Callable[[], datetime]
    throttle: Throttle = field(default_factory=Throttle)
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def turn_of(self, conversation_id: str) -> asyncio.Lock:
        """Held while one message of the conversation is answered; those that wait for it are served in order."""
        return self._locks.setdefault(conversation_id, asyncio.Lock())

    async def close(self) -> None:
        self.events.close()
        await self.engine.close()
        self.red_flags.close()
        self.db.close()
