"""JSON bodies, read up to a limit."""

from __future__ import annotations

import json
from typing import Any

from fastapi import Request
from pydantic import BaseModel, ValidationError

from ampoule_clinic.errors import Refusal

MAX_BYTES = 64 * 1024


class TooLong(Refusal):
    """The body is over the limit; `beginning` is what of it was read, as text."""

    def __init__(self, beginning: str) -> None:
        super().__init__("too_long")
        self.beginning = beginning


async def read_json(request: Request) -> dict[str, Any]:
    """The request's JSON object. Raises TooLong, or Refusal `bad_request` for anything that is not an object."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise TooLong(body[:MAX_BYTES].decode(errors="ignore"))
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal("bad_request") from None
    if not isinstance(data, dict):
        raise Refusal("bad_request")
    return data


async def read_as[M: BaseModel](request: Request, model: type[M]) -> M:
    """The request's JSON object as `model`. Refusal `bad_request` for missing, unknown or wrongly typed fields."""
    data = await read_json(request)
    try:
        return model.model_validate(data)
    except ValidationError:
        raise Refusal("bad_request") from None
