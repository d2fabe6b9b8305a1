"""One-time codes by e-mail: six digits that work once, for ten minutes and five tries."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy.orm import Session

from ampoule_clinic.keys import own_key
from ampoule_clinic.limits import Limit
from ampoule_clinic.portal.models import LoginCode

MINUTES = 10
TRIES = 5


class Codes:
    """Makes and checks codes, and slows down whoever asks for many or guesses.

    Six digits are soon tried out by whoever has their hash, so that takes a key which is not in the database. The limits are
    per e-mail address, known or not, and kept in memory. A stranger who uses them up keeps nobody out whose code is on its
    way; who then still cannot sign in phones.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.asked = Limit(burst=3, seconds=600)
        self.tried = Limit(burst=10, seconds=1800)

    @classmethod
    def of(cls, folder: Path) -> Codes:
        return cls(own_key(folder, "code_key"))

    def new(self, session: Session, patient_id: int, now: datetime) -> str:
        """A code in place of any that this patient had."""
        code = f"{secrets.randbelow(10**6):06}"
        session.merge(LoginCode(patient_id=patient_id, code_hash=self._hash(patient_id, code), tries_left=TRIES, expires_at=now + timedelta(minutes=MINUTES)))
        return code

    def use(self, session: Session, patient_id: int, code: str, now: datetime) -> bool:
        """Whether the code is right. A right one is used up; a wrong one costs a try."""
        row = session.get(LoginCode, patient_id, with_for_update=True)
        if row is None or row.tries_left < 1 or now >= row.expires_at:
            return False
        if not hmac.compare_digest(row.code_hash, self._hash(patient_id, code)):
            row.tries_left -= 1
            return False
        session.delete(row)
        return True

    def _hash(self, patient_id: int, code: str) -> str:
        return hmac.new(self._key, f"{patient_id}:{code}".encode(), hashlib.sha256).hexdigest()


def drop_old(session: Session, now: datetime) -> None:
    session.execute(delete(LoginCode).where(LoginCode.expires_at < now))
