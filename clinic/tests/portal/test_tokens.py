"""Signing in from the clinic's other portal, by a signed token in a form."""

import asyncio
import base64
import dataclasses
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from ampoule.content import Content
from conftest import Clock, FakeEngine, build
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from fastapi import FastAPI
from people import Browser, add_patient

from ampoule_clinic import retention
from ampoule_clinic.app import create_app
from ampoule_clinic.clinic import Clinic
from ampoule_clinic.portal import tokens
from ampoule_clinic.portal.models import Patient, UsedToken
from ampoule_clinic.settings import Settings, SettingsError
from portal.conftest import all_of, audited, words

KEYS: dict[str, Any] = {"ES256": ec.generate_private_key(ec.SECP256R1()), "RS256": rsa.generate_private_key(65537, 2048),
                        "EdDSA": ed25519.Ed25519PrivateKey.generate()}
SMALL, P384 = rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP384R1())


def pem(key: Any) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def name(algorithm: str) -> str:
    return f"https://{algorithm.lower()}.example"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    (tmp_path / "rsa.pem").write_text(pem(KEYS["RS256"]))
    keys = {"ES256": pem(KEYS["ES256"]), "RS256": "rsa.pem", "EdDSA": pem(KEYS["EdDSA"])}
    file = tmp_path / "issuers.yml"
    file.write_text(json.dumps([{"issuer": name(algorithm), "algorithm": algorithm, "key": key, "audience": "ampoule"} for algorithm, key in keys.items()]))
    return dataclasses.replace(settings, issuers=file)


@pytest.fixture
def claims(clock: Clock) -> Callable[..., dict[str, Any]]:
    def make(algorithm: str = "ES256", **changes: Any) -> dict[str, Any]:
        now = int(clock().timestamp())
        whole = {"iss": name(algorithm), "aud": "ampoule", "sub": "4711", "iat": now, "exp": now + 60, "jti": f"jti-{now}", "name": "Jo Field",
                 "email": "Jo@Example.com", "birthdate": "1961-05-12"} | changes
        return {claim: value for claim, value in whole.items() if value is not None}

    return make


Claims = Callable[..., dict[str, Any]]


def signed(claims: dict[str, Any], algorithm: str = "ES256", key: Any = None, **headers: Any) -> str:
    return jwt.encode(claims, key or KEYS[algorithm], algorithm, headers=headers)


async def enters(browser: Browser, token: str) -> Any:
    """As the other portal's page posts it: from another site."""
    return await browser.http.post("/portal/enter", data={"token": token}, headers={"origin": "https://portal.example", "sec-fetch-site": "cross-site"})


async def is_refused(browser: Browser, token: str, reason: str) -> None:
    answer = await enters(browser, token)
    assert answer.status_code == 403 and "sign in there again" in words(answer)
    assert token not in answer.text or not token
    assert not answer.headers.get("set-cookie")
    assert (await audited(browser.clinic, "sign_in_failed"))[-1] == ("nobody", "portal", {"reason": reason})


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
async def test_a_token_signs_in(stranger: Browser, clinic: Clinic, claims: Claims, algorithm: str) -> None:
    answer = await enters(stranger, signed(claims(algorithm), algorithm))
    assert (answer.status_code, answer.headers["location"]) == (303, "/portal")
    assert "You are signed in as Jo Field." in words(await stranger.get("/portal"))
    (patient,) = await all_of(clinic, Patient)
    assert (patient.issuer, patient.subject, patient.email, patient.birth_date) == (name(algorithm), "4711", "jo@example.com", "1961-05-12")
    assert await audited(clinic, "sign_in") == [("patient:1", "patient:1", {"how": "token"})]


async def test_who_comes_again_is_the_same_patient(stranger: Browser, clinic: Clinic, claims: Claims) -> None:
    await enters(stranger, signed(claims(jti="1")))
    await enters(stranger, signed(claims(jti="2", name="Jo Meadow", email=None, birthdate="0000")))
    await enters(stranger, signed(claims("RS256", jti="2", name=None, email=None), "RS256"))
    known = await all_of(clinic, Patient)
    assert [(patient.name, patient.email, patient.birth_date) for patient in known] == [
        ("Jo Meadow", "jo@example.com", "1961-05-12"), ("4711", None, "1961-05-12")]


async def test_nobody_is_taken_for_another_by_their_address(stranger: Browser, clinic: Clinic, claims: Claims) -> None:
    invited = await add_patient(clinic, "Al Meadow", "jo@example.com")
    await enters(stranger, signed(claims()))
    new = next(patient for patient in await all_of(clinic, Patient) if patient.id != invited)
    assert new.email is None and new.name == "Jo Field"
    assert await audited(clinic, "email_taken") == [("service", f"patient:{new.id}", {"other": f"patient:{invited}"})]


async def test_an_unverified_address_is_not_taken_over(stranger: Browser, clinic: Clinic, claims: Claims) -> None:
    await enters(stranger, signed(claims(email_verified=False)))
    assert [patient.email for patient in await all_of(clinic, Patient)] == [None]


async def test_a_forged_signature(stranger: Browser, claims: Claims) -> None:
    good = signed(claims())
    head, body, signature = good.split(".")
    for forged in (f"{head}.{body}.", f"{head}.{body}.{signature[:-8]}AAAAAAAA", signed(claims(), key=ec.generate_private_key(ec.SECP256R1())),
                   f"{head}.{base64.urlsafe_b64encode(json.dumps(claims(sub='1')).encode()).decode().rstrip('=')}.{signature}"):
        await is_refused(stranger, forged, "signature")


async def test_another_issuers_key(stranger: Browser, claims: Claims) -> None:
    await is_refused(stranger, signed(claims("ES256"), "RS256"), "signature")
    await is_refused(stranger, signed(claims("RS256"), "ES256"), "signature")
    await is_refused(stranger, signed(claims("RS256"), "RS256", rsa.generate_private_key(65537, 2048)), "signature")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS256"])
async def test_another_algorithm(stranger: Browser, claims: Claims, algorithm: str) -> None:
    """No signature at all, or the public key taken for a shared secret."""
    def part(data: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")

    for issuer in ("ES256", "RS256"):
        unsigned = f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims(issuer))}"
        signature = ""
        if algorithm == "HS256":
            hs = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
            signature = base64.urlsafe_b64encode(hs.sign(unsigned.encode(), pem(KEYS[issuer]).encode())).decode().rstrip("=")
        await is_refused(stranger, f"{unsigned}.{signature}", "signature")


async def test_a_key_that_the_token_brings_along(stranger: Browser, claims: Claims) -> None:
    own = ec.generate_private_key(ec.SECP256R1())
    key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(own.public_key()))
    await is_refused(stranger, signed(claims(), key=own, jwk=key, kid="../../rsa.pem", jku="https://evil.example/keys"), "signature")


@pytest.mark.parametrize(("changes", "reason"), [
    ({"iss": "https://elsewhere.example"}, "issuer"), ({"iss": None}, "issuer"), ({"aud": "other"}, "claims"), ({"aud": None}, "claims"),
    ({"sub": None}, "claims"), ({"sub": ""}, "claims"), ({"sub": "x" * 201}, "claims"), ({"jti": None}, "claims"), ({"jti": ""}, "claims"),
    ({"exp": None}, "claims"), ({"iat": None}, "claims"), ({"name": "x" * 300}, "claims"), ({"email": 5}, "claims"),
])
async def test_what_it_says(stranger: Browser, claims: Claims, changes: dict[str, Any], reason: str) -> None:
    await is_refused(stranger, signed(claims(**changes)), reason)


@pytest.mark.parametrize(("iat", "lasts", "nbf", "reason"), [
    (0, 300, None, None), (0, 301, None, "lifetime"), (0, 0, None, "lifetime"), (0, -5, None, "lifetime"), (-89, 60, None, None), (-90, 60, None, "expired"),
    (30, 60, None, None), (31, 60, None, "too_early"), (0, 60, 30, None), (0, 60, 31, "too_early"), (0, float("inf"), None, "lifetime"),
    (0, float("nan"), None, "lifetime"),
])
async def test_when(stranger: Browser, claims: Claims, clock: Clock, iat: int, lasts: float, nbf: int | None, reason: str | None) -> None:
    now = int(clock().timestamp())
    token = signed(claims(iat=now + iat, exp=now + iat + lasts, nbf=None if nbf is None else now + nbf))
    if reason:
        await is_refused(stranger, token, reason)
    else:
        assert (await enters(stranger, token)).status_code == 303


async def test_a_token_works_once(stranger: Browser, app: FastAPI, clinic: Clinic, claims: Claims, clock: Clock) -> None:
    token = signed(claims(exp=int(clock().timestamp()) + 300))
    assert (await enters(stranger, token)).status_code == 303
    again = Browser(app)
    for seconds in (0, 100, 200, 29):
        clock.later(seconds=seconds)
        await retention.sweep(clinic.db, clinic.engine, clinic.content.clinic, clock())
        await is_refused(again, token, "replayed")
    clock.later(seconds=40)
    await retention.sweep(clinic.db, clinic.engine, clinic.content.clinic, clock())
    assert await all_of(clinic, UsedToken) == []
    await is_refused(again, token, "expired")


async def test_twenty_at_once(app: FastAPI, clinic: Clinic, claims: Claims) -> None:
    token = signed(claims())
    answers = await asyncio.gather(*(enters(Browser(app), token) for _ in range(20)))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(303) == 1 and {*statuses} <= {303, 403, 503}  # 503: SQLite lets one write after the other, and no one waits long.
    assert len(await all_of(clinic, Patient)) == 1


async def test_only_in_a_form(stranger: Browser, claims: Claims) -> None:
    token = signed(claims())
    assert (await stranger.get(f"/portal/enter?token={token}")).status_code == 404
    for query, options, reason in ((f"?token={token}", {"data": {"token": token}}, "in_address"), (f"?token={token}", {}, "in_address"),
                                   ("", {"json": {"token": token}}, "malformed"), ("", {"files": {"token": token}}, "malformed"),
                                   ("", {"headers": {"authorization": f"Bearer {token}"}}, "malformed")):
        answer = await stranger.http.post(f"/portal/enter{query}", **options)
        assert answer.status_code == 403 and token not in answer.text
        assert (await audited(stranger.clinic, "sign_in_failed"))[-1][2] == {"reason": reason}


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e30.e30.", "." * 50, "x" * 9000, "é.é.é", "W10.W10.W10",
                                   "e30." + base64.urlsafe_b64encode(b'{"iss":' + b"[" * 4000).decode().rstrip("=") + ".x"])
async def test_what_is_no_token(stranger: Browser, token: str) -> None:
    answer = await enters(stranger, token)
    assert answer.status_code == 403
    assert (await audited(stranger.clinic, "sign_in_failed"))[-1][2]["reason"] in ("malformed", "issuer")


async def test_a_patient_who_is_shut_out(stranger: Browser, clinic: Clinic, claims: Claims) -> None:
    await add_patient(clinic, issuer=name("ES256"), subject="4711", active=False)
    await is_refused(stranger, signed(claims()), "inactive")


async def test_the_patient_before_is_signed_out(jo: Browser, clinic: Clinic, claims: Claims) -> None:
    before = (await jo.visit()).token_hash  # type: ignore[union-attr]
    await enters(jo, signed(claims(sub="1", name="Al Meadow", email=None)))
    assert "You are signed in as Al Meadow." in words(await jo.get("/portal"))
    assert (await jo.visit()).token_hash != before  # type: ignore[union-attr]


@pytest.mark.parametrize(("text", "problem"), [
    ("", "1: the list of issuers"), ("a: b", "1: the list of issuers"), ("- issuer: x", "1: (audience|key)"),
    ("- {issuer: x, audience: a, key: k, algorithm: HS256}", "1: algorithm"), ("- {issuer: x, audience: a, key: k, algorithm: none}", "1: algorithm"),
    ("- {issuer: x, audience: a, key: k, more: 1}", "1: more"), ("- {issuer: x, audience: a, key: nowhere.pem}", "1: key: .*nowhere.pem cannot be read"),
    ("- {issuer: x, audience: a, key: '-----BEGIN PUBLIC KEY-----'}", "1: key: must be a public key"), ("- [", "1|2"),
])
def test_a_file_of_issuers_that_is_wrong(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "issuers.yml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=rf"AMPOULE_ISSUERS: .*issuers.yml:({problem})"):
        tokens.load(file)


@pytest.mark.parametrize(("algorithm", "key"), [
    ("ES256", KEYS["RS256"]), ("RS256", KEYS["ES256"]), ("EdDSA", KEYS["ES256"]), ("RS256", SMALL), ("ES256", P384)])
def test_a_key_that_does_not_fit(tmp_path: Path, algorithm: str, key: Any) -> None:
    file = tmp_path / "issuers.yml"
    file.write_text(json.dumps([{"issuer": "x", "audience": "a", "algorithm": algorithm, "key": pem(key)}]))
    with pytest.raises(SettingsError, match=f"does not fit {algorithm}"):
        tokens.load(file)


def test_a_private_key_has_no_place_there(tmp_path: Path) -> None:
    file = tmp_path / "issuers.yml"
    private = KEYS["ES256"].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    file.write_text(json.dumps([{"issuer": "x", "audience": "a", "key": private}]))
    with pytest.raises(SettingsError, match="must be a public key"):
        tokens.load(file)


def test_an_issuer_twice(tmp_path: Path) -> None:
    file = tmp_path / "issuers.yml"
    file.write_text(json.dumps([{"issuer": "x", "audience": "a", "key": pem(KEYS["ES256"])}] * 2))
    with pytest.raises(SettingsError, match="'x' stands here twice"):
        tokens.load(file)


async def test_without_issuers_nobody_comes_in(settings: Settings, content: Content, engine: FakeEngine, clock: Clock, claims: Claims) -> None:
    clinic = build(dataclasses.replace(settings, issuers=None), content, engine, clock)
    await is_refused(Browser(create_app(clinic)), signed(claims()), "issuer")
    await clinic.close()


def test_how_long_a_used_token_is_remembered() -> None:
    """A token may be made as much as the leeway ahead, live for five minutes, and be taken for the leeway after."""
    assert timedelta(seconds=tokens.LIFETIME + 2 * tokens.LEEWAY) == timedelta(minutes=6)
