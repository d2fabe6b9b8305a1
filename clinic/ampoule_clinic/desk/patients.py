"""The clinic's patients as the desk sees them: found, invited to the portal, corrected, shut out. Each change is audited."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ampoule_clinic.accounts import websessions
from ampoule_clinic.accounts.staff import By
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.errors import Refusal
from ampoule_clinic.notify import announce
from ampoule_clinic.portal import patients
from ampoule_clinic.portal.models import Patient

MOST = 50  # rows of a list


@dataclass(frozen=True)
class Details:
    """What the form says of a patient, as typed."""

    name: str = ""
    email: str = ""
    birth_date: str = ""
    phone: str = ""


def search(session: Session, words: str = "") -> list[Patient]:
    """Those whose name, e-mail address, date of birth or phone number holds each of these words; the newest first."""
    rows = select(Patient)
    for word in words.lower().split():
        places = (Patient.name, Patient.email, Patient.birth_date, Patient.phone)
        found = [place.icontains(word, autoescape=True) for place in places]
        rows = rows.where(found[0] | found[1] | found[2] | found[3])
    return list(session.scalars(rows.order_by(Patient.id.desc()).limit(MOST)))


def get(session: Session, patient_id: int) -> Patient:
    """Held until the transaction ends. Refusal `not_found`."""
    if patient := session.get(Patient, patient_id, with_for_update=True):
        return patient
    raise Refusal("not_found")


def view(session: Session, by: By, patient_id: int) -> Patient:
    """Refusal `not_found`."""
    patient = get(session, patient_id)
    by.record(session, "view_patient", f"patient:{patient.id}")
    return patient


def invite(session: Session, clinic: Clinic, by: By, details: Details) -> Patient:
    """A new patient, who gets an e-mail. Refusal `invalid_patient_name`, `invalid_email`, `email_taken`,
    `invalid_birth_date`, `invalid_phone`."""
    patient = Patient(name="", active=True, notify_email=True, contact_by="portal", created_at=by.at)
    _fill(session, patient, details, by)
    _store(session, patient)
    announce.invitation(session, clinic, patient)
    by.record(session, "patient_invited", f"patient:{patient.id}")
    return patient


def invite_again(session: Session, clinic: Clinic, by: By, patient_id: int) -> None:
    """Refusal `not_found`, `bad_request` for one who is shut out or has no e-mail address."""
    patient = get(session, patient_id)
    if not patient.active or not patient.email:
        raise Refusal("bad_request")
    announce.invitation(session, clinic, patient)
    by.record(session, "patient_invited", f"patient:{patient.id}", again=True)


def correct(session: Session, by: By, patient_id: int, details: Details) -> None:
    """Refusals as those of `invite`, and `not_found`. With another e-mail address whoever is signed in is signed out: it may
    have been a stranger's."""
    patient = get(session, patient_id)
    before = patient.email
    _fill(session, patient, details, by)
    _store(session, patient)
    if patient.email != before:
        websessions.end_all(session, "patient", patient.id)
    by.record(session, "patient_changed", f"patient:{patient.id}", what="email" if patient.email != before else "details")


def set_active(session: Session, by: By, patient_id: int, active: bool) -> None:
    """Shut a patient out of the portal, at once, or let them in again. Refusal `not_found`."""
    patient = get(session, patient_id)
    patient.active = active
    if not active:
        websessions.end_all(session, "patient", patient.id)
    by.record(session, "patient_changed", f"patient:{patient.id}", what="activated" if active else "deactivated")


def _fill(session: Session, patient: Patient, details: Details, by: By) -> None:
    name = " ".join(details.name.split())
    if not 2 <= len(name) <= 200:
        raise Refusal("invalid_patient_name")
    # Whoever comes from the clinic's other portal need not have one.
    email = patients.checked_email(details.email) if details.email.strip() or patient.issuer is None else None
    birth_date, phone = patients.checked_birth_date(details.birth_date, by.at.date()), patients.checked_phone(details.phone)
    with session.no_autoflush:
        other = patients.by_email(session, email) if email else None
    if other and other.id != patient.id:
        raise Refusal("email_taken")
    patient.name, patient.email, patient.birth_date, patient.phone = name, email, birth_date, phone


def _store(session: Session, patient: Patient) -> None:
    try:
        with session.begin_nested():
            session.add(patient)
    except IntegrityError:
        raise Refusal("email_taken") from None
