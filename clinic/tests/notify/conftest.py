"""A real mail server and a real receiver of webhooks, each in a thread, and a clinic that sends there."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from ampoule_clinic.accounts.models import AuditEntry
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.notify.models import Outgoing
from ampoule_clinic.portal.models import Patient
from ampoule_clinic.settings import Settings

SECRET = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw=="


class Inbox:
    """Takes mails. `recipient` and `data` are the next answers to RCPT and DATA; afterwards everything is taken."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.recipient: list[str] = []
        self.data: list[str] = []
        self.pause = 0.0

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.recipient:
            return self.recipient.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        time.sleep(self.pause)  # noqa: ASYNC251 - the whole server is slow
        if self.data:
            return self.data.pop(0)
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        self.recipients += envelope.rcpt_tos
        return "250 OK"

    def text(self, place: int = -1) -> str:
        return str(self.mails[place].get_content())


class Receiver:
    """Takes webhooks. `answers` are the next statuses; afterwards 204."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.pause = 0.0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.calls.append(({name.lower(): value for name, value in self.headers.items()}, body))
                time.sleep(receiver.pause)
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.send_header("location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?key=in-the-address"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def body(self, place: int = -1) -> dict[str, Any]:
        return json.loads(self.calls[place][1])  # type: ignore[no-any-return]


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


class Server(Controller):
    """A mail server that can be stopped, and started again at the same port."""

    def start(self) -> None:
        self.loop = asyncio.new_event_loop()
        super().start()

    def stop(self, no_assert: bool = True) -> None:
        if not self.loop.is_closed():
            super().stop(no_assert)


def listening(inbox: Inbox, **options: Any) -> Server:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server = Server(inbox, hostname="127.0.0.1", port=probe.getsockname()[1], **options)
    server.start()
    return server


@pytest.fixture
def server(inbox: Inbox) -> Iterator[Server]:
    server = listening(inbox)
    yield server
    server.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture
def settings(settings: Settings, server: Server, receiver: Receiver) -> Settings:
    return dataclasses.replace(settings, smtp_url=f"smtp://127.0.0.1:{server.port}", mail_from="no-reply@clinic.example",
                               webhook_url=receiver.url, webhook_secret=SECRET)


async def invited(clinic: Clinic, **changes: Any) -> Patient:
    row = {"name": "Jo Field", "email": "jo@home.example", "created_at": clinic.now()} | changes
    return await clinic.db.write(lambda session: _added(session, Patient(**row)))


def _added(session: Any, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


async def rows(clinic: Clinic) -> list[Outgoing]:
    return await clinic.db.read(lambda session: list(session.scalars(select(Outgoing).order_by(Outgoing.id))))


async def audited(clinic: Clinic, action: str) -> list[AuditEntry]:
    return await clinic.db.read(lambda session: list(session.scalars(select(AuditEntry).where(AuditEntry.action == action))))


async def put(clinic: Clinic, announce: Callable[..., None], *args: Any) -> None:
    await clinic.db.write(lambda session: announce(session, clinic, *args))
