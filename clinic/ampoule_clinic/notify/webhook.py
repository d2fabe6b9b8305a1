"""A signed call to the clinic's own system, as the Standard Webhooks scheme has it (https://www.standardwebhooks.com)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json

import httpx

from ampoule_clinic.clinic import Clinic
from ampoule_clinic.notify import trusted
from ampoule_clinic.notify.models import Outgoing

LIMIT_SECONDS = 5.0


class Unwelcome(Exception):
    """The answer was not a 2xx but `code`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


async def send(clinic: Clinic, row: Outgoing) -> None:
    """Post one event. Unwelcome, httpx.HTTPError or TimeoutError where it was not taken."""
    body = json.dumps(row.payload, separators=(",", ":"))
    id, timestamp = f"msg_{hashlib.sha256(row.key.encode()).hexdigest()[:24]}", str(int(clinic.now().timestamp()))
    headers = {"content-type": "application/json", "user-agent": "ampoule", "webhook-id": id, "webhook-timestamp": timestamp,
               "webhook-signature": sign(clinic.settings.webhook_secret, id, timestamp, body)}
    client = httpx.AsyncClient(verify=trusted(), trust_env=False, follow_redirects=False)
    # Only the status counts: nothing of the answer is read.
    async with asyncio.timeout(LIMIT_SECONDS), client, client.stream("POST", clinic.settings.webhook_url or "", content=body, headers=headers) as answer:
        if not answer.is_success:
            raise Unwelcome(answer.status_code)


def sign(secret: str, id: str, timestamp: str, body: str) -> str:
    """`v1,` and the Base64 of HMAC-SHA256 over `id.timestamp.body`. A secret `whsec_…` is Base64; any other is its own bytes."""
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    return "v1," + base64.b64encode(hmac.new(key, f"{id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()).decode()
