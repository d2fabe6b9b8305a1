"""Looks at the whole audit log at the start and every hour, and tells the service's own log where it ends."""

from __future__ import annotations

import asyncio
import logging

from ampoule_clinic.clinic import Clinic
from ampoule_clinic.db import DatabaseDown

log = logging.getLogger(__name__)

EVERY_SECONDS = 3600.0


async def check(clinic: Clinic) -> None:
    """Logs the last line's number and hash: kept with the service's log, they show later that lines at the end were cut off."""
    checked = await clinic.audit.check(clinic.db, clinic.now(), whole=True)
    if checked.broken:
        log.error("audit log: line %d is missing or not as it was written", checked.broken)
    else:
        log.info("audit log: whole, head %d:%s", *checked.head)


async def check_for_ever(clinic: Clinic) -> None:
    while True:
        try:
            await check(clinic)
        except DatabaseDown as error:
            log.warning("the audit log is checked the next time: %s", error)
        await asyncio.sleep(EVERY_SECONDS)
