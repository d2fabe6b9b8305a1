"""The portal's pages."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from ampoule_clinic.accounts.policy import gate

router = APIRouter(prefix="/portal", dependencies=[Depends(gate)])
