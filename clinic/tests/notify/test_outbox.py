"""The outbox: at least once, in order, with back-off, by one at a time, and never given up in silence."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ampoule.content import Content
from conftest import Clock, FakeEngine, build

from ampoule_clinic.app import create_app
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.db import DatabaseDown
from ampoule_clinic.notify import announce, outbox
from ampoule_clinic.notify.models import Outgoing
from ampoule_clinic.settings import Settings

from .conftest import Inbox, Receiver, Server, audited, invited, put, rows


async def codes(clinic: Clinic, *emails: str) -> None:
    for email in emails:
        await put(clinic, announce.sign_in_code, await invited(clinic, email=email), "123456", 10)


def told(row: Outgoing) -> tuple[Any, ...]:
    return row.tries, row.error, row.sent_at is not None, row.failed_at is not None


async def test_in_the_order_in_which_they_were_put_in(clinic: Clinic, inbox: Inbox, clock: Clock) -> None:
    for name in ("b", "a", "c"):
        await codes(clinic, f"{name}@home.example")
        clock.later(seconds=1)
    await outbox.deliver(clinic)
    assert inbox.recipients == ["b@home.example", "a@home.example", "c@home.example"]
    assert {told(row) for row in await rows(clinic)} == {(1, None, True, False)}
    await outbox.deliver(clinic)
    assert len(inbox.mails) == 3


async def test_a_server_that_is_down_is_tried_again_with_growing_pauses(clinic: Clinic, server: Server, inbox: Inbox, clock: Clock) -> None:
    await put(clinic, announce.invitation, await invited(clinic))
    server.stop()
    waited = []
    for tries in range(1, 10):
        await outbox.deliver(clinic)
        row = (await rows(clinic))[0]
        assert told(row) == (tries, "SMTPConnectError", False, False)
        waited.append((row.next_at - clock.now).total_seconds())
        clock.now = row.next_at - timedelta(seconds=1)
        await outbox.deliver(clinic)
        assert (await rows(clinic))[0].tries == tries  # not before its time
        clock.later(seconds=1)
    for pause, expected in zip(waited, (30, 60, 120, 240, 480, 960, 1920, 3600, 3600), strict=True):
        assert 0.8 * expected <= pause <= 1.2 * expected
    server.start()
    await outbox.deliver(clinic)
    assert len(inbox.mails) == 1 and told((await rows(clinic))[0]) == (10, None, True, False)


async def test_what_is_put_off_does_not_hold_up_the_rest(clinic: Clinic, inbox: Inbox) -> None:
    inbox.data = ["451 come back later"]
    await codes(clinic, "first@home.example", "second@home.example")
    await outbox.deliver(clinic)
    assert inbox.recipients == ["second@home.example"]
    assert [told(row) for row in await rows(clinic)] == [(1, "SMTPDataError 451", False, False), (1, None, True, False)]


@pytest.mark.parametrize("where", ["recipient", "data"])
async def test_a_refusal_for_good_ends_it_and_is_audited(clinic: Clinic, inbox: Inbox, clock: Clock, where: str) -> None:
    setattr(inbox, where, ["550 jo@home.example is not here"])
    await codes(clinic, "jo@home.example")
    await outbox.deliver(clinic)
    row = (await rows(clinic))[0]
    assert told(row)[2:] == (False, True) and row.payload == {} and (row.error or "").endswith(" 550")
    entry = (await audited(clinic, "send_failed"))[0]
    assert (entry.actor, entry.object, entry.detail) == ("service", f"outbox:{row.id}", {"kind": "email", "error": row.error, "tries": 1})
    clock.later(minutes=5)
    await outbox.deliver(clinic)
    assert inbox.mails == [] and (await rows(clinic))[0].tries == 1


async def test_after_three_days_it_is_given_up_and_audited(clinic: Clinic, server: Server, clock: Clock) -> None:
    await put(clinic, announce.invitation, await invited(clinic))
    server.stop()
    await outbox.deliver(clinic)
    clock.later(days=3, minutes=2)
    await outbox.deliver(clinic)
    row = (await rows(clinic))[0]
    assert told(row) == (1, "expired", False, True) and row.payload == {} and len(await audited(clinic, "send_failed")) == 1
    await outbox.deliver(clinic)
    assert len(await audited(clinic, "send_failed")) == 1


async def test_a_slow_server_is_left(clinic: Clinic, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "SEND_SECONDS", 0.3)
    inbox.pause = 1.0
    await codes(clinic, "jo@home.example")
    await outbox.deliver(clinic)
    assert told((await rows(clinic))[0]) == (1, "TimeoutError", False, False)


async def test_two_workers_send_nothing_twice(settings: Settings, clinic: Clinic, content: Content, engine: FakeEngine, clock: Clock, inbox: Inbox) -> None:
    other = build(settings, content, engine, clock)
    await codes(clinic, *(f"p{n}@home.example" for n in range(outbox.BATCH)))
    await asyncio.gather(*(outbox.deliver(each) for each in (clinic, other, clinic, other)))
    assert sorted(inbox.recipients) == sorted(f"p{n}@home.example" for n in range(outbox.BATCH))
    await other.close()


async def test_killed_between_sending_and_marking_it_is_sent_again_as_the_same_mail(
        settings: Settings, clinic: Clinic, content: Content, engine: FakeEngine, clock: Clock, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    await put(clinic, announce.invitation, await invited(clinic))

    def dies(*_: object, **__: object) -> None:
        raise DatabaseDown("killed")

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "_settle", dies)
        with pytest.raises(DatabaseDown):
            await outbox.deliver(clinic)
    assert len(inbox.mails) == 1
    again = build(settings, content, engine, clock)
    await outbox.deliver(again)
    assert len(inbox.mails) == 1  # somebody may still be at it
    clock.later(seconds=outbox.LEASE.total_seconds())
    await outbox.deliver(again)
    assert len(inbox.mails) == 2 and inbox.mails[0].as_bytes() == inbox.mails[1].as_bytes() and inbox.mails[0]["message-id"]
    assert told((await rows(again))[0]) == (2, None, True, False)
    await again.close()


async def test_a_restart_loses_nothing(settings: Settings, clinic: Clinic, content: Content, engine: FakeEngine, clock: Clock,
                                       server: Server, inbox: Inbox) -> None:
    server.stop()
    await codes(clinic, "jo@home.example")
    await outbox.deliver(clinic)
    server.start()
    clock.later(minutes=1)
    again = build(settings, content, engine, clock)
    app = create_app(again)
    async with app.router.lifespan_context(app):  # The service itself sends it.
        for _ in range(100):
            if inbox.mails:
                break
            await asyncio.sleep(0.05)
    assert inbox.recipients == ["jo@home.example"]


async def test_without_a_server_mail_waits_and_the_service_says_so(settings: Settings, content: Content, engine: FakeEngine, clock: Clock, inbox: Inbox,
                                                                   caplog: pytest.LogCaptureFixture) -> None:
    off = build(dataclasses.replace(settings, smtp_url=None, webhook_url=None), content, engine, clock)
    await codes(off, "jo@home.example")
    task = asyncio.create_task(outbox.deliver_for_ever(off))
    await asyncio.sleep(0.2)
    task.cancel()
    assert "e-mail is off: set AMPOULE_SMTP_URL" in caplog.text and told((await rows(off))[0]) == (0, None, False, False)
    clock.later(seconds=42)
    assert await off.db.read(outbox.waiting, clock.now) == {"waiting": 1, "oldest_seconds": 42}
    on = build(settings, content, engine, clock)
    await outbox.deliver(on)
    assert inbox.recipients == ["jo@home.example"] and await on.db.read(outbox.waiting, clock.now) == {"waiting": 0, "oldest_seconds": 0}
    await on.close()
    await off.close()


async def test_for_trying_out_mails_are_files_of_their_owner(settings: Settings, content: Content, engine: FakeEngine, clock: Clock) -> None:
    trying = build(dataclasses.replace(settings, smtp_url="file:"), content, engine, clock)
    await codes(trying, "jo@home.example")
    await outbox.deliver(trying)
    (file,) = (settings.var / "outbox").glob("*.eml")
    assert "123456" in file.read_text() and file.stat().st_mode & 0o777 == 0o600
    await trying.close()


async def test_old_rows_are_deleted(clinic: Clinic, clock: Clock) -> None:
    await codes(clinic, "jo@home.example")
    await outbox.deliver(clinic)
    clock.later(days=30)
    await clinic.db.write(outbox.drop_old, clock.now)
    assert len(await rows(clinic)) == 1
    clock.later(minutes=11)
    await clinic.db.write(outbox.drop_old, clock.now)
    assert await rows(clinic) == []


async def test_no_log_holds_a_code_an_address_or_a_password(clinic: Clinic, settings: Settings, content: Content, engine: FakeEngine, clock: Clock,
                                                            inbox: Inbox, receiver: Receiver, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for quiet in ("httpx", "httpcore"):  # as the service itself has them
        caplog.set_level(logging.WARNING, quiet)
    inbox.recipient, inbox.data = ["550 no jo@home.example"], ["451 later, jo@home.example"]
    receiver.answers = [500]
    from .test_announce import ticket

    secret = build(dataclasses.replace(settings, smtp_url=f"smtp://user:pass-word@127.0.0.1:{server.port}"), content, engine, clock)
    await codes(clinic, "jo@home.example", "sam@home.example", "kim@home.example")
    await put(clinic, announce.urgent_ticket, ticket(clinic))
    await outbox.deliver(clinic)
    await put(secret, announce.invitation, await invited(secret, email="lee@home.example"))
    await outbox.deliver(secret)
    logged = "\n".join(f"{record.name} {record.getMessage()}" for record in caplog.records if not record.name.startswith(("mail", "aiosmtpd", "asyncio")))
    for word in ("123456", "home.example", "pass-word", "in-the-address", "c2VjcmV0"):
        assert word not in logged, word
    assert "refused for good" in logged and "not sent at try 1" in logged
    await secret.close()


def test_the_pause_grows_up_to_an_hour() -> None:
    assert all(timedelta(minutes=48) <= outbox.pause(tries) <= timedelta(minutes=72) for tries in (8, 20, 500))


def test_settings(tmp_path: Path) -> None:
    env = {"AMPOULE_SERVICE_TOKEN": "t"}
    assert Settings.from_env(env).smtp_url == "file:"
    assert Settings.from_env(env | {"AMPOULE_PUBLIC_URL": "https://chat.clinic.example"}).smtp_url is None
    assert Settings.from_env(env | {"AMPOULE_SMTP_URL": "smtps://u:p@mail.clinic.example"}).smtp_url == "smtps://u:p@mail.clinic.example"
    assert Settings.from_env(env | {"AMPOULE_WEBHOOK_URL": "https://a.example/x", "AMPOULE_WEBHOOK_SECRET": "s"}).webhook_url == "https://a.example/x"
