"""The table of what is left of conversations that are gone: numbers."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ampoule_clinic.models import Base


class DailyFigure(Base):
    """How many messages of one kind there were on one day, in conversations that are deleted by now. No words, no ids."""

    __tablename__ = "daily_figures"

    day: Mapped[date] = mapped_column(primary_key=True)  # in the clinic's time zone
    name: Mapped[str] = mapped_column(String(16), primary_key=True)  # outcome | topic | gap | helpful | not_helpful
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    count: Mapped[int]
