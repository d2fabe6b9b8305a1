"""The tables of patients and what they keep."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ampoule_clinic.models import Base


class Patient(Base):
    """A patient whom the clinic has invited, or for whom the clinic's other portal vouches (`issuer` and `subject`)."""

    __tablename__ = "patients"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(200), unique=True)  # in lower case
    birth_date: Mapped[str | None] = mapped_column(String(10))  # YYYY-MM-DD
    phone: Mapped[str | None] = mapped_column(String(50))
    issuer: Mapped[str | None] = mapped_column(String(200))
    subject: Mapped[str | None] = mapped_column(String(200))
    notify_email: Mapped[bool] = mapped_column(default=True)
    contact_by: Mapped[str] = mapped_column(String(8), default="portal")  # portal | phone
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class LoginCode(Base):
    """A one-time code sent by e-mail. The newest of a patient counts; only its hash is kept."""

    __tablename__ = "login_codes"

    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    tries_left: Mapped[int]
    expires_at: Mapped[datetime]


class UsedToken(Base):
    """A token of another portal that was used here, kept until it expires: it works once."""

    __tablename__ = "used_tokens"

    issuer: Mapped[str] = mapped_column(String(200), primary_key=True)
    jti: Mapped[str] = mapped_column(String(200), primary_key=True)
    expires_at: Mapped[datetime]


class VisitItem(Base):
    """A line of "my visit list": a question for the next appointment, with an answer where one was kept with it."""

    __tablename__ = "visit_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), index=True)
    question: Mapped[str] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
