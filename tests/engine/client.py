"""Talks to the running processes as the page and the web service do."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid


def call(
    url: str, method: str = "GET", body: object = None, token: str | None = None, raw: bytes | None = None, origin: str | None = None
) -> tuple[int, dict | list]:
    """(status, JSON answer)"""
    data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {}), **({"Origin": origin} if origin else {})}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=30) as response:
            return response.status, json.loads(response.read() or b"{}")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"{}")


def outcome(replies: list[dict]) -> dict:
    """The one outcome of a reply."""
    found = [item["custom"] for item in replies if "custom" in item]
    assert len(found) == 1, replies
    return found[0]


def words(replies: list[dict]) -> str:
    return "\n".join(item["text"] for item in replies if "text" in item)


class Page:
    """A conversation through the web service, as a visitor's page has it."""

    def __init__(self, base: str) -> None:
        self.base = base
        status, answer = call(f"{base}/api/sessions", "POST", {}, origin=base)
        assert status == 201, answer
        self.token, self.conversation_id = answer["token"], answer["conversation_id"]

    def post(self, **message: str) -> tuple[int, dict]:
        return call(f"{self.base}/api/messages", "POST", {"id": str(uuid.uuid4()), **message}, self.token, origin=self.base)

    def say(self, text: str) -> dict:
        status, answer = self.post(text=text)
        assert status == 200, answer
        return answer["reply"]

    def conversation(self) -> dict:
        status, answer = call(f"{self.base}/api/conversation", token=self.token, origin=self.base)
        assert status == 200, answer
        return answer
