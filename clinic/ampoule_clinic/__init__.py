"""Ampoule's web service: sessions, conversations and hand-offs; the only process that the public reaches."""
