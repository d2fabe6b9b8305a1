"""Signing in and out, one's own account, and for admins the staff and the audit log."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from ampoule_clinic.accounts.policy import gate

router = APIRouter(prefix="/desk", dependencies=[Depends(gate)])
