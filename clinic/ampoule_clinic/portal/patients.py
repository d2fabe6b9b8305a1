"""The rows of patients: found, vouched for, invited, signed in, gone."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ampoule_clinic.accounts import websessions
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.errors import Refusal
from ampoule_clinic.portal.models import Patient
from ampoule_clinic.portal.tokens import Claims

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_PHONE = re.compile(r"[+(]?\d[\d\s()./-]{4,48}\d")


def clean_email(email: str) -> str:
    return email.strip().lower()


def by_email(session: Session, email: str) -> Patient | None:
    return session.scalar(select(Patient).where(Patient.email == clean_email(email)))


def checked_email(email: str) -> str:
    """Refusal `invalid_email`."""
    email = clean_email(email)
    if len(email) > 200 or not _EMAIL.fullmatch(email):
        raise Refusal("invalid_email")
    return email


def checked_phone(phone: str) -> str | None:
    """None for an empty one. Refusal `invalid_phone`."""
    phone = phone.strip()
    if phone and not _PHONE.fullmatch(phone):
        raise Refusal("invalid_phone")
    return phone or None


def checked_birth_date(text: str, today: date) -> str | None:
    """None for an empty one. Refusal `invalid_birth_date`."""
    if not text.strip():
        return None
    try:
        born = date.fromisoformat(text.strip())
    except ValueError:
        raise Refusal("invalid_birth_date") from None
    if born.year < today.year - 130 or born > today:
        raise Refusal("invalid_birth_date")
    return born.isoformat()


def sign_in(session: Session, clinic: Clinic, patient: Patient, old_token: str, how: str) -> str:
    """A new session's token; whatever the browser had before ends."""
    websessions.end(session, websessions.hash_of(old_token))
    clinic.audit.record(session, f"patient:{patient.id}", "sign_in", f"patient:{patient.id}", clinic.now(), how=how)
    return websessions.start(session, "patient", patient.id, clinic.now())


def vouched(session: Session, clinic: Clinic, claims: Claims) -> Patient:
    """The patient for whom another portal vouches, known by issuer and subject alone, with what the token says of them.

    An e-mail address that belongs to somebody else here is left out, and the audit log says so: who has the same address
    is not therefore the same person.
    """
    patient = _known(session, claims) or _new(session, clinic, claims)
    patient.name = (claims.name or "").strip() or patient.name
    if claims.birthdate:
        with suppress(Refusal):  # OpenID allows a year alone, or 0000 for one that is not told.
            patient.birth_date = checked_birth_date(claims.birthdate, clinic.now().date())
    if claims.email and claims.email_verified is not False:
        _take_email(session, clinic, patient, claims.email)
    return patient


def _known(session: Session, claims: Claims) -> Patient | None:
    return session.scalar(select(Patient).where(Patient.issuer == claims.iss, Patient.subject == claims.sub).with_for_update())


def _new(session: Session, clinic: Clinic, claims: Claims) -> Patient:
    patient = Patient(name=claims.sub, issuer=claims.iss, subject=claims.sub, created_at=clinic.now())
    try:
        with session.begin_nested():
            session.add(patient)
    except IntegrityError:  # Another of their tokens was quicker.
        return _known(session, claims) or patient
    return patient


def _take_email(session: Session, clinic: Clinic, patient: Patient, email: str) -> None:
    try:
        email = checked_email(email)
    except Refusal:
        return
    other = by_email(session, email)
    if other is None:
        patient.email = email
    elif other.id != patient.id:
        clinic.audit.record(session, "service", "email_taken", f"patient:{patient.id}", clinic.now(), other=f"patient:{other.id}")
