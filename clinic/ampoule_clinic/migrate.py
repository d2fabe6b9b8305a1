"""Brings the tables up to date when the service starts."""

from __future__ import annotations

import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from ampoule_clinic.db import Database

_LOCK = 0x414D50  # Any number, the same in every process.
# A service that starts waits longer for its turn than a patient's message may.
PATIENCE_SECONDS = 15.0


def migrate(db: Database) -> None:
    """Run the missing migrations in one transaction; of several processes that start together, one does it and the
    others wait up to PATIENCE_SECONDS. Raises SQLAlchemyError where the database does not answer."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            _upgrade(db)
            return
        except OperationalError as error:
            if "is locked" not in str(error.orig) or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _upgrade(db: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with db.engine.execution_options(ampoule_write=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
