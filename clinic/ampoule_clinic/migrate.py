"""Brings the tables up to date when the service starts."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from ampoule_clinic.db import Database

_LOCK = 0x414D50  # Any number, the same in every process.


def migrate(db: Database) -> None:
    """Run the missing migrations in one transaction; of several processes that start together, one does it and the
    others wait. Raises SQLAlchemyError where the database does not answer."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with db.engine.execution_options(ampoule_write=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
