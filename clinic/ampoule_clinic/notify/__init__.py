"""E-mail and webhook: an outbox in the database, sent at least once, never with health content."""

import ssl


class Refused(Exception):
    """The other side will never take this one: trying again is of no use. The message is a code, never words."""


def trusted() -> ssl.SSLContext:
    """Certificates are checked against what the machine trusts, or the file that SSL_CERT_FILE names."""
    return ssl.create_default_context()
