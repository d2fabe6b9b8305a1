"""Tokens of the clinic's other portal (JWT, RFC 7519): signed by a known issuer, short-lived, and good for one use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import jwt
from ampoule.yamlfile import ContentError, YamlFile
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ampoule_clinic.portal.models import UsedToken
from ampoule_clinic.settings import SettingsError

LIFETIME, LEEWAY = 300, 30  # seconds
MAX_LENGTH = 8000

Short = Annotated[str, StringConstraints(min_length=1, max_length=200)]
PublicKey = EllipticCurvePublicKey | RSAPublicKey | Ed25519PublicKey


class Bad(Exception):
    """The token is not accepted. `reason` is a code for the audit log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Entry(BaseModel):
    """An issuer as its file names it. Algorithms with a shared secret are not among those possible."""

    model_config = ConfigDict(extra="forbid", strict=True)

    issuer: Short
    algorithm: Literal["ES256", "RS256", "EdDSA"] = "ES256"
    key: str
    audience: Short


class Claims(BaseModel):
    """What a token says. `name`, `email`, `email_verified` and `birthdate` mean what they do in OpenID Connect."""

    model_config = ConfigDict(strict=True)

    iss: Short
    sub: Short
    jti: Short
    iat: int | float
    exp: int | float
    nbf: int | float | None = None
    name: Annotated[str, StringConstraints(max_length=200)] | None = None
    email: Annotated[str, StringConstraints(max_length=200)] | None = None
    email_verified: bool | None = None
    birthdate: Annotated[str, StringConstraints(max_length=10)] | None = None


@dataclass(frozen=True)
class Issuer:
    name: str
    algorithm: str
    key: PublicKey
    audience: str


def load(path: Path | None) -> dict[str, Issuer]:
    """The issuers of this file by name; none without a file. SettingsError names what is wrong, and where."""
    if path is None:
        return {}
    try:
        file = YamlFile(path)
        entries = TypeAdapter(list[Entry]).validate_python(file.data)
    except ContentError as error:
        raise SettingsError(f"AMPOULE_ISSUERS: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "the list of issuers"
        raise SettingsError(f"AMPOULE_ISSUERS: {path}:{file.line(*first['loc']) or 1}: {where}: {first['msg']}") from None
    issuers: dict[str, Issuer] = {}
    for place, entry in enumerate(entries):
        try:
            if entry.issuer in issuers:
                raise ValueError(f"issuer '{entry.issuer}' stands here twice; each has one algorithm and one key")
            issuers[entry.issuer] = Issuer(entry.issuer, entry.algorithm, _key(entry, path.parent), entry.audience)
        except ValueError as error:
            raise SettingsError(f"AMPOULE_ISSUERS: {path}:{file.line(place)}: {error}") from None
    return issuers


def _key(entry: Entry, folder: Path) -> PublicKey:
    """ValueError for anything but a public key of the algorithm's kind and strength."""
    text = entry.key if entry.key.lstrip().startswith("-----BEGIN") else _read(folder / entry.key)
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("key: must be a public key in PEM form (-----BEGIN PUBLIC KEY-----), or the name of a file with one") from None
    if entry.algorithm == "ES256" and isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    if entry.algorithm == "RS256" and isinstance(key, RSAPublicKey) and key.key_size >= 2048:
        return key
    if entry.algorithm == "EdDSA" and isinstance(key, Ed25519PublicKey):
        return key
    raise ValueError(f"key: does not fit {entry.algorithm} (ES256 takes a P-256 key, RS256 an RSA key of 2048 bits or more, EdDSA an Ed25519 key)")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ValueError(f"key: {file} cannot be read ({type(error).__name__})") from None


def read(issuers: dict[str, Issuer], token: str, now: datetime) -> Claims:
    """What a token says that its issuer has signed, for us, and for now. Bad for any other."""
    if not 0 < len(token) <= MAX_LENGTH:
        raise Bad("malformed")
    try:
        name = jwt.decode(token, options={"verify_signature": False}).get("iss")
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Bad("malformed") from None
    issuer = issuers.get(name) if isinstance(name, str) else None
    if issuer is None:
        raise Bad("issuer")
    # The times are compared below, by the service's own clock.
    options: Any = {"require": ["iss", "aud", "sub", "exp", "iat", "jti"], "verify_exp": False, "verify_iat": False, "verify_nbf": False}
    try:
        payload = jwt.decode(token, issuer.key, algorithms=[issuer.algorithm], audience=issuer.audience, issuer=issuer.name, options=options)
        claims = Claims.model_validate(payload)
    except (jwt.DecodeError, jwt.InvalidAlgorithmError):
        raise Bad("signature") from None
    except (jwt.PyJWTError, ValidationError):
        raise Bad("claims") from None
    _in_time(claims, now.timestamp())
    return claims


def _in_time(claims: Claims, now: float) -> None:
    if not 0 < claims.exp - claims.iat <= LIFETIME:
        raise Bad("lifetime")
    if now >= claims.exp + LEEWAY:
        raise Bad("expired")
    if now < max(claims.iat, claims.nbf or 0) - LEEWAY:
        raise Bad("too_early")


def use_up(session: Session, claims: Claims, now: datetime) -> None:
    """Bad where the token was used before; of several that come at once the database lets one through."""
    try:
        with session.begin_nested():
            session.add(UsedToken(issuer=claims.iss, jti=claims.jti, expires_at=now + timedelta(seconds=LIFETIME + 2 * LEEWAY)))
    except IntegrityError:
        raise Bad("replayed") from None


def drop_old(session: Session, now: datetime) -> None:
    """Forget the tokens that have expired, and would be refused for that."""
    session.execute(delete(UsedToken).where(UsedToken.expires_at < now))
