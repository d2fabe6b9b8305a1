"""The accounts of staff: made, changed and ended. Each change is recorded in the audit log, in the same transaction."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ampoule_clinic.accounts import second_factor, websessions
from ampoule_clinic.accounts.audit import Audit
from ampoule_clinic.accounts.models import ROLES, SetupLink, Staff
from ampoule_clinic.errors import Refusal

Change = Callable[[Session, "By", int], str]  # one that ends with a new link
FIRST_RUN, LINK = timedelta(hours=1), timedelta(hours=24)  # how long a link works
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True)
class By:
    """Who makes a change, when, and the log in which it is recorded."""

    actor: str  # staff:12 | service | nobody
    audit: Audit
    at: datetime

    def record(self, session: Session, action: str, object: str, **detail: Any) -> None:
        self.audit.record(session, self.actor, action, object, self.at, **detail)


def everyone(session: Session) -> list[Staff]:
    """Active ones first, then by name."""
    return list(session.scalars(select(Staff).order_by(Staff.active.desc(), Staff.name, Staff.id)))


def find(session: Session, email: str) -> Staff | None:
    return session.scalar(select(Staff).where(Staff.email == clean_email(email)))


def get(session: Session, staff_id: int) -> Staff:
    """Refusal `not_found`."""
    if person := session.get(Staff, staff_id):
        return person
    raise Refusal("not_found")


def clean_email(email: str) -> str:
    return email.strip().lower()


def add(session: Session, by: By, email: str, name: str, role: str) -> str:
    """A new account, and the token of the link by which its owner sets a password. Refusal `invalid_email`,
    `invalid_staff_name`, `email_taken`, `bad_request` (a role that does not exist)."""
    person = _new(session, by, email, name, role)
    by.record(session, "staff_added", f"staff:{person.id}", role=role)
    return _link(session, by, person.id, LINK)


def reset(session: Session, by: By, staff_id: int) -> str:
    """Sign the person out everywhere, forget password and second step, and make a new link. Refusal `not_found`,
    `bad_request` (for somebody who is no longer active)."""
    person = get(session, staff_id)
    if not person.active:
        raise Refusal("bad_request")
    _shut_out(session, person)
    by.record(session, "staff_changed", f"staff:{person.id}", what="reset")
    return _link(session, by, person.id, LINK)


def deactivate(session: Session, by: By, staff_id: int) -> None:
    """Sign the person out everywhere, for good; claimed tickets stay theirs until someone reassigns them. Refusal
    `not_found`, `last_admin`."""
    _keep_an_admin(session, staff_id)
    person = get(session, staff_id)
    person.active = False
    _shut_out(session, person)
    session.execute(delete(SetupLink).where(SetupLink.staff_id == person.id))
    by.record(session, "staff_changed", f"staff:{person.id}", what="deactivated")


def activate(session: Session, by: By, staff_id: int) -> str:
    """Let somebody in again who had left, by a new link. Refusal `not_found`, `bad_request` (for somebody who is active)."""
    person = get(session, staff_id)
    if person.active:
        raise Refusal("bad_request")
    person.active = True
    by.record(session, "staff_changed", f"staff:{person.id}", what="activated")
    return _link(session, by, person.id, LINK)


def change_role(session: Session, by: By, staff_id: int, role: str) -> None:
    """Counts at once, in open sessions too. Refusal `not_found`, `last_admin`, `bad_request`."""
    if role not in ROLES:
        raise Refusal("bad_request")
    if role != "admin":
        _keep_an_admin(session, staff_id)
    person = get(session, staff_id)
    person.role = role
    by.record(session, "staff_changed", f"staff:{person.id}", what="role", role=role)


def set_password(session: Session, by: By, staff_id: int, hash: str) -> None:
    """And sign the person out everywhere."""
    person = get(session, staff_id)
    person.password_hash = hash
    websessions.end_all(session, "staff", person.id)
    by.record(session, "staff_changed", f"staff:{person.id}", what="password")


def link(public_url: str, token: str) -> str:
    """The token stands behind `#`, so that no server is told it and no log keeps it."""
    return f"{public_url}/desk/set-up#{token}"


def first_run_link(session: Session, by: By) -> str | None:
    """The token by which the first account is made; the one before it no longer works. None where there are accounts."""
    return None if _any(session) else _link(session, by, None, FIRST_RUN)


def is_first_run(session: Session) -> bool:
    return not _any(session)


def link_owner(session: Session, token: str, now: datetime) -> Staff | None:
    """Whose password the link sets, None for the first account's. Refusal `link_over` where the link does not work (any more)."""
    link = session.get(SetupLink, websessions.hash_of(token))
    if link is None or now >= link.expires_at or (link.staff_id is None and _any(session)):
        raise Refusal("link_over")
    return session.get(Staff, link.staff_id) if link.staff_id is not None else None


def use_link(session: Session, by: By, token: str, hash: str, email: str = "", name: str = "") -> int:
    """Set the password of the link's owner, or make the first account, an admin; the owner's id. Refusal `link_over`, and
    those of `add`."""
    link_owner(session, token, by.at)
    used = delete(SetupLink).where(SetupLink.token_hash == websessions.hash_of(token)).returning(SetupLink.staff_id)
    owner = session.execute(used).first()  # Two at once: the database gives it to one of them.
    if owner is None:
        raise Refusal("link_over")
    if owner.staff_id is not None:
        set_password(session, by, owner.staff_id, hash)
        return int(owner.staff_id)
    person = _new(session, by, email, name, "admin")
    person.password_hash = hash
    by.record(session, "staff_added", f"staff:{person.id}", role="admin", first=True)
    return person.id


def _new(session: Session, by: By, email: str, name: str, role: str) -> Staff:
    email, name = clean_email(email), " ".join(name.split())
    if not _EMAIL.fullmatch(email) or len(email) > 200:
        raise Refusal("invalid_email")
    if not 2 <= len(name) <= 100:
        raise Refusal("invalid_staff_name")
    if role not in ROLES:
        raise Refusal("bad_request")
    if find(session, email):
        raise Refusal("email_taken")
    person = Staff(email=email, name=name, role=role, active=True, created_at=by.at)
    session.add(person)
    session.flush()
    return person


def _any(session: Session) -> bool:
    return session.scalar(select(Staff.id).limit(1)) is not None


def _link(session: Session, by: By, staff_id: int | None, lasts: timedelta) -> str:
    session.execute(delete(SetupLink).where((SetupLink.staff_id == staff_id) | (SetupLink.expires_at <= by.at)))
    token = secrets.token_urlsafe(32)
    session.add(SetupLink(token_hash=websessions.hash_of(token), staff_id=staff_id, expires_at=by.at + lasts))
    return token


def _shut_out(session: Session, person: Staff) -> None:
    person.password_hash = None
    second_factor.forget(person)
    websessions.end_all(session, "staff", person.id)


def _keep_an_admin(session: Session, staff_id: int) -> None:
    """Refusal `last_admin` where nobody else could sign in as one. All of them are held, so that two cannot leave at once."""
    able = select(Staff).where(Staff.role == "admin", Staff.active, Staff.password_hash.is_not(None)).order_by(Staff.id).with_for_update()
    admins = {admin.id for admin in session.scalars(able)}
    if admins == {staff_id}:
        raise Refusal("last_admin")
