"""Alembic's entry: runs on the connection, and in the transaction, that `migrate` hands over."""

from alembic import context

from ampoule_clinic.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
