"""The second step of signing in: time-based codes (RFC 6238: SHA-1, 6 digits, 30 s), each good for one use."""

from __future__ import annotations

import hmac
import io
from datetime import datetime

import pyotp
import segno
from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from ampoule_clinic.accounts.models import Staff

STEP_SECONDS = 30
DRIFT = 1  # steps that a phone's clock may be early or late


def pending(session: Session, person_id: int) -> str | None:
    """The secret that this person is about to set up, made when it is first asked for; None where one is in use already."""
    person = session.get_one(Staff, person_id, with_for_update=True)
    if person.totp_secret:
        return None
    person.totp_pending = person.totp_pending or pyotp.random_base32()
    return person.totp_pending


def confirm(session: Session, person_id: int, code: str, now: datetime) -> bool:
    """Begin to ask for codes, where this code shows that the person's device has the secret."""
    person = session.get_one(Staff, person_id, with_for_update=True)
    step = matching_step(person.totp_pending, code, now) if person.totp_pending and not person.totp_secret else None
    if step is None:
        return False
    person.totp_secret, person.totp_pending, person.totp_last_step = person.totp_pending, None, step
    return True


def use(session: Session, person_id: int, code: str, now: datetime) -> bool:
    """Whether the code is right and was not used before. It is used from then on, and so is every earlier one."""
    secret = session.get_one(Staff, person_id).totp_secret
    step = matching_step(secret, code, now) if secret else None
    if step is None:
        return False
    unused = or_(Staff.totp_last_step.is_(None), Staff.totp_last_step < step)
    taken = session.execute(update(Staff).where(Staff.id == person_id, unused).values(totp_last_step=step).returning(Staff.id))
    return taken.first() is not None


def forget(person: Staff) -> None:
    person.totp_secret = person.totp_pending = person.totp_last_step = None


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The 30-second step, near now, whose code this is."""
    typed = "".join(code.split()).encode()
    current = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    return next((step for step in range(current - DRIFT, current + DRIFT + 1) if hmac.compare_digest(totp.at(step * STEP_SECONDS).encode(), typed)), None)


def picture(secret: str, account: str, issuer: str) -> bytes:
    """The QR code that an authenticator scans, as SVG."""
    svg = io.BytesIO()
    code = segno.make_qr(pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer))
    code.save(svg, kind="svg", scale=5, border=4, light="#fff", svgclass=None, lineclass=None)
    return svg.getvalue()
