"""The portal's pages."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from ampoule_clinic.accounts.policy import gate
from ampoule_clinic.portal import pages_data, pages_entry, pages_threads, pages_visit

router = APIRouter(dependencies=[Depends(gate)])
for part in (pages_entry.router, pages_threads.router, pages_threads.words_router, pages_visit.router, pages_visit.keep_router, pages_data.router):
    router.include_router(part)
