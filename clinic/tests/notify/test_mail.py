"""Mail on the wire: headers, encryption, and nothing that can be injected."""

from __future__ import annotations

import dataclasses
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from ampoule.content import Content
from conftest import Clock, FakeEngine, build

from ampoule_clinic.clinic import Clinic
from ampoule_clinic.notify import announce, outbox
from ampoule_clinic.notify.models import Outgoing
from ampoule_clinic.settings import Settings, SettingsError

from .conftest import Inbox, Server, invited, listening, put, rows


async def test_headers(clinic: Clinic, inbox: Inbox, clock: Clock) -> None:
    await put(clinic, announce.invitation, await invited(clinic))
    await outbox.deliver(clinic)
    mail = inbox.mails[0]
    assert mail["from"] == "Maple Lane Clinic <no-reply@clinic.example>" and mail["to"] == "jo@home.example"
    assert mail["subject"] == "Maple Lane Clinic invites you to write to us online"
    assert mail["date"].datetime == clock.now and mail["auto-submitted"] == "auto-generated"
    assert mail["message-id"].endswith("@clinic.example>") and mail.get_content_type() == "text/plain" and mail.get_content_charset() == "utf-8"
    assert "http://127.0.0.1:8000/portal/sign-in" in inbox.text()


@pytest.mark.parametrize("email", [
    "jo@home.example\r\nBcc: all@home.example", "jo@home.example, all@home.example", "jo@home.example>\r\nRCPT TO:<all@home.example", "", "jo", "@", "a b@c",
])
async def test_an_address_that_is_none_reaches_nobody(clinic: Clinic, inbox: Inbox, email: str) -> None:
    now = clinic.now()
    row = Outgoing(key="k", kind="email", payload={"to": email, "subject": "s", "body": "b"}, created_at=now, next_at=now, expires_at=now.replace(year=2030))
    await clinic.db.write(lambda session: session.add(row))
    await outbox.deliver(clinic)
    assert inbox.recipients == [] and (await rows(clinic))[0].failed_at is not None


async def test_a_subject_is_one_header(clinic: Clinic, inbox: Inbox) -> None:
    now = clinic.now()
    row = Outgoing(key="k", kind="email", payload={"to": "jo@home.example", "subject": "s\r\nBcc: all@home.example", "body": "b"}, created_at=now,
                   next_at=now, expires_at=now.replace(year=2030))
    await clinic.db.write(lambda session: session.add(row))
    await outbox.deliver(clinic)
    assert inbox.mails == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that nobody signed, and its key, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key", "-out", folder / "cert"], check=True, capture_output=True)
    (folder / "both").write_text((folder / "key").read_text() + (folder / "cert").read_text())
    return folder / "both"


@pytest.fixture
def tls(inbox: Inbox, certificate: Path) -> Iterator[Server]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    def check(*given: Any) -> AuthResult:
        return AuthResult(success=given[-1].password == b"p@ss", handled=False)

    server = listening(inbox, tls_context=context, require_starttls=True, auth_required=True, authenticator=check)
    yield server
    server.stop()


def through(settings: Settings, content: Content, engine: FakeEngine, clock: Clock, url: str) -> Clinic:
    return build(dataclasses.replace(settings, smtp_url=url), content, engine, clock)


@pytest.mark.parametrize(("trust", "password", "error"), [
    (True, "p%40ss", None), (False, "p%40ss", "SSLCertVerificationError"), (True, "wrong", "SMTPAuthenticationError 535"),
])
async def test_starttls_needs_a_certificate_that_is_trusted(
        settings: Settings, content: Content, engine: FakeEngine, clock: Clock, inbox: Inbox, tls: Server, certificate: Path,
        monkeypatch: pytest.MonkeyPatch, trust: bool, password: str, error: str | None) -> None:
    if trust:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    clinic = through(settings, content, engine, clock, f"smtp://user:{password}@127.0.0.1:{tls.port}")
    await put(clinic, announce.invitation, await invited(clinic))
    await outbox.deliver(clinic)
    row = (await rows(clinic))[0]
    assert (row.error, len(inbox.mails), row.failed_at) == (error, 0 if error else 1, None)  # Trust and passwords can be mended.
    await clinic.close()


async def test_a_password_is_never_sent_in_clear(
        settings: Settings, content: Content, engine: FakeEngine, clock: Clock, inbox: Inbox, server: Server) -> None:
    clinic = through(settings, content, engine, clock, f"smtp://user:password@127.0.0.1:{server.port}")
    await put(clinic, announce.invitation, await invited(clinic))
    await outbox.deliver(clinic)
    assert inbox.mails == [] and (await rows(clinic))[0].error is not None
    await clinic.close()


async def test_tls_from_the_beginning(settings: Settings, content: Content, engine: FakeEngine, clock: Clock, inbox: Inbox, certificate: Path,
                                      monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    controller = listening(inbox, ssl_context=context, server_hostname="127.0.0.1")
    clinic = through(settings, content, engine, clock, f"smtps://127.0.0.1:{controller.port}")
    await put(clinic, announce.invitation, await invited(clinic))
    await outbox.deliver(clinic)
    assert len(inbox.mails) == 1
    await clinic.close()
    controller.stop()


@pytest.mark.parametrize("env", [
    {"AMPOULE_SMTP_URL": "mail.clinic.example"}, {"AMPOULE_SMTP_URL": "http://mail.clinic.example"}, {"AMPOULE_SMTP_URL": "smtp://"},
    {"AMPOULE_SMTP_URL": "file:/etc"}, {"AMPOULE_WEBHOOK_URL": "http://other.example/hook", "AMPOULE_WEBHOOK_SECRET": "s"},
    {"AMPOULE_WEBHOOK_URL": "https://other.example/hook"}, {"AMPOULE_WEBHOOK_URL": "https://other.example", "AMPOULE_WEBHOOK_SECRET": "whsec_ä"},
])
def test_settings_that_make_no_sense(env: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="AMPOULE_(SMTP|WEBHOOK)") as raised:
        Settings.from_env({"AMPOULE_SERVICE_TOKEN": "t"} | env)
    assert "secret" not in str(raised.value)
