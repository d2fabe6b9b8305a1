"""E-mail through SMTP, or into files where the service is tried out."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import os
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib

from ampoule_clinic.clinic import Clinic
from ampoule_clinic.notify import Refused, trusted
from ampoule_clinic.notify.models import Outgoing

COMMAND_SECONDS = 10.0


async def send(clinic: Clinic, row: Outgoing) -> None:
    """Hand one mail to the server. Refused where it will never take it; any other exception: not now."""
    url = clinic.settings.smtp_url or ""
    try:
        message = compose(row, clinic.content.clinic["name"], clinic.settings.mail_from)
    except (ValueError, MessageError, IndexError) as error:
        raise Refused(f"address: {type(error).__name__}") from None
    if url.startswith("file:"):
        await asyncio.to_thread(_write, message, row, clinic.settings.var / "outbox")
    else:
        await _through_smtp(url, message, row.payload["to"])


def compose(row: Outgoing, sender_name: str, sender: str) -> EmailMessage:
    """The mail of this row, always the same one. ValueError, or an error of the e-mail package, where an address or the
    subject cannot stand in a header."""
    message = EmailMessage()
    message["From"] = Address(sender_name, addr_spec=sender)
    message["To"] = Address(addr_spec=row.payload["to"])
    message["Subject"] = row.payload["subject"]
    message["Date"] = row.created_at
    message["Message-ID"] = f"<{_name(row)}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office reply, please
    message.set_content(row.payload["body"])
    return message


async def _through_smtp(url: str, message: EmailMessage, to: str) -> None:
    """`smtps://` is TLS from the beginning. `smtp://` must offer STARTTLS, except on this machine without a password."""
    parts = urlsplit(url)
    host, user = parts.hostname or "", unquote(parts.username or "") or None
    tls = parts.scheme == "smtps"
    try:
        await aiosmtplib.send(
            message, recipients=[to], hostname=host, port=parts.port or (465 if tls else 587), username=user,
            password=unquote(parts.password) if parts.password else None, use_tls=tls, tls_context=trusted(),
            start_tls=not tls and not (user is None and _is_local(host)), local_hostname=_domain(message), timeout=COMMAND_SECONDS,
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        code = error.recipients[0].code
        raise (Refused(f"recipient {code}") if 500 <= code < 600 else error) from None
    except aiosmtplib.SMTPDataError as error:
        raise (Refused(f"message {error.code}") if 500 <= error.code < 600 else error) from None


def _write(message: EmailMessage, row: Outgoing, folder: Path) -> None:
    """For trying out: one file a mail, for its owner only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / f"{row.created_at:%Y%m%dT%H%M%S}-{_name(row)[:8]}.eml"
    with os.fdopen(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as out:
        out.write(message.as_bytes())


def _name(row: Outgoing) -> str:
    """The same each time this row is sent, and telling nothing of what its key is made of."""
    return hashlib.sha256(f"{row.key} {row.created_at.isoformat()}".encode()).hexdigest()[:32]


def _domain(message: EmailMessage) -> str:
    """What the service calls itself: not the machine's own name."""
    return str(message["From"].addresses[0].domain)


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
