"""E-mail and webhook: an outbox in the database, sent at least once, never with health content."""
