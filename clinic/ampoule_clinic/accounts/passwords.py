"""Passwords: what is accepted, and argon2id with the library's own parameters (RFC 9106's second choice: 64 MiB, 3 passes)."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from ampoule_clinic.errors import Refusal

MIN_LENGTH, MAX_LENGTH = 12, 200

_hasher = PasswordHasher()
# Two at a time: each takes 64 MiB, and a flood of tries must not take all of the memory.
_threads = ThreadPoolExecutor(2, thread_name_prefix="argon2")
# No password has this hash; trying one takes as long as with a real one.
_NOBODYS = (f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
            f"${b64encode(bytes(_hasher.salt_len)).decode().rstrip('=')}${b64encode(bytes(_hasher.hash_len)).decode().rstrip('=')}")


async def hash_of(password: str) -> str:
    return await asyncio.wrap_future(_threads.submit(_hasher.hash, _normal(password)))


async def verify(hash: str | None, password: str) -> bool:
    """Whether it is the password of this hash. None, for an account that does not exist, takes as long and is never right."""
    return await asyncio.wrap_future(_threads.submit(_verify, hash or _NOBODYS, _normal(password)))


def outdated(hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(hash)


def check(password: str, email: str, name: str) -> None:
    """Refusal `password_short`, `password_long`, `password_own` (the person's name or e-mail address), `password_common`."""
    if len(password) < MIN_LENGTH:
        raise Refusal("password_short")
    if len(password) > MAX_LENGTH:
        raise Refusal("password_long")
    plain = _letters(password)
    if plain in {_letters(email), _letters(email.partition("@")[0]), _letters(name)}:
        raise Refusal("password_own")
    if plain in _common() or plain.rstrip("0123456789") in _common() or len(set(password)) < 5:
        raise Refusal("password_common")


def _verify(hash: str, password: str) -> bool:
    try:
        return _hasher.verify(hash, password)
    except VerificationError:
        return False


def _normal(password: str) -> str:
    """The same characters for the same keys, whatever keyboard or system they come from."""
    return unicodedata.normalize("NFKC", password)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())


@cache
def _common() -> frozenset[str]:
    """The commonest passwords, without punctuation; digits at the end make no other password of them."""
    return frozenset(Path(__file__).with_name("common_passwords.txt").read_text().split())
