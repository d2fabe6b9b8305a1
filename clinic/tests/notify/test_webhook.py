"""The webhook: signed so that the receiver can be sure, to the configured address and nowhere else."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from conftest import Clock

from ampoule_clinic.clinic import Clinic
from ampoule_clinic.notify import announce, outbox, webhook

from .conftest import Receiver, put, rows
from .test_announce import ticket


def is_genuine(headers: dict[str, str], body: bytes) -> bool:
    """As docs/notifications.md shows it."""
    key = base64.b64decode("c2VjcmV0IG9mIHRoZSB0ZXN0cw==")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split(" "))


async def test_the_signature_covers_what_was_sent(clinic: Clinic, receiver: Receiver, clock: Clock) -> None:
    await put(clinic, announce.urgent_ticket, ticket(clinic))
    await outbox.deliver(clinic)
    headers, body = receiver.calls[0]
    assert is_genuine(headers, body) and headers["webhook-timestamp"] == str(int(clock.now.timestamp()))
    assert not is_genuine(headers, body + b" ") and not is_genuine(headers | {"webhook-timestamp": "1"}, body)


def test_a_known_signature() -> None:
    """The example of the scheme's own documentation."""
    assert webhook.sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
                        '{"test": 2432232314}') == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("answer", [301, 307, 400, 410, 429, 500, 503])
async def test_anything_but_success_is_tried_again_with_the_same_id(clinic: Clinic, receiver: Receiver, clock: Clock, answer: int) -> None:
    receiver.answers = [answer]
    await put(clinic, announce.urgent_ticket, ticket(clinic))
    await outbox.deliver(clinic)
    row = (await rows(clinic))[0]
    assert (row.error, row.sent_at, row.failed_at) == (f"Unwelcome {answer}", None, None)
    assert len(receiver.calls) == 1  # A redirect is not followed.
    clock.later(minutes=1)
    await outbox.deliver(clinic)
    first, second = (headers for headers, _ in receiver.calls)
    assert first["webhook-id"] == second["webhook-id"] and first["webhook-timestamp"] != second["webhook-timestamp"]
    assert is_genuine(second, receiver.calls[1][1]) and (await rows(clinic))[0].sent_at == clock.now


async def test_a_slow_receiver(clinic: Clinic, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "LIMIT_SECONDS", 0.3)
    receiver.pause = 1.0
    await put(clinic, announce.urgent_ticket, ticket(clinic))
    await outbox.deliver(clinic)
    assert (await rows(clinic))[0].error == "TimeoutError"


async def test_no_proxy_of_the_environment(clinic: Clinic, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    await put(clinic, announce.urgent_ticket, ticket(clinic))
    await outbox.deliver(clinic)
    assert len(receiver.calls) == 1
