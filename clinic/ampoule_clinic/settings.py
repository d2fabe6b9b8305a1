"""What the service is told from outside: environment variables, and the service token's file."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]


class SettingsError(Exception):
    """A setting is missing or wrong; the message says which, and how to mend it."""


@dataclass(frozen=True)
class Settings:
    content: Path
    models: Path
    database_url: str
    engine_url: str
    service_token: str
    host: str = "127.0.0.1"
    port: int = 8000
    origins: frozenset[str] = frozenset()
    public_url: str = "http://127.0.0.1:8000"  # where browsers reach the service; links in e-mails begin with it
    var: Path = ROOT / "var"  # keys, kept in files of mode 0600
    require_totp: bool = False
    smtp_url: str | None = None  # smtp://user:password@host:587 (STARTTLS), smtps://..., file: (into var/outbox), None: nothing is sent
    mail_from: str = "no-reply@localhost"
    webhook_url: str | None = None
    webhook_secret: str = ""
    issuers: Path | None = None  # the file of the portals whose tokens are taken

    @property
    def own_origins(self) -> frozenset[str]:
        """The origins of the service's own pages."""
        return frozenset({self.public_url, *(f"http://{host}:{self.port}" for host in (self.host, "127.0.0.1", "localhost"))})

    @property
    def all_origins(self) -> frozenset[str]:
        """The origins whose pages may use the API: those configured, and the service's own."""
        return self.origins | self.own_origins

    @property
    def secure_cookies(self) -> bool:
        """Off only where the service is tried out on this machine without TLS."""
        return self.public_url.startswith("https://")

    @property
    def hosts(self) -> frozenset[str]:
        """The `Host` headers under which those origins are reached."""
        return frozenset(urlsplit(origin).netloc for origin in self.all_origins)

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """The settings of this process. SettingsError where one is missing or makes no sense."""
        return cls(
            content=Path(env.get("AMPOULE_CONTENT", ROOT / "content")),
            models=Path(env.get("AMPOULE_MODELS", ROOT / "models")),
            database_url=database_url(env),
            engine_url=env.get("AMPOULE_ENGINE_URL", "http://127.0.0.1:5005/webhooks/rest/webhook"),
            service_token=_service_token(env),
            host=env.get("AMPOULE_HOST", "127.0.0.1"),
            port=_port(env),
            origins=frozenset(origin.strip().rstrip("/") for origin in env.get("AMPOULE_ORIGINS", "").split(",") if origin.strip()),
            public_url=public_url(env),
            var=var_folder(env),
            require_totp=env.get("AMPOULE_REQUIRE_TOTP") == "1",
            smtp_url=_smtp_url(env),
            mail_from=env.get("AMPOULE_MAIL_FROM", "no-reply@localhost"),
            webhook_url=_webhook_url(env),
            webhook_secret=env.get("AMPOULE_WEBHOOK_SECRET", ""),
            issuers=Path(env["AMPOULE_ISSUERS"]) if env.get("AMPOULE_ISSUERS") else None,
        )


def _port(env: Mapping[str, str]) -> int:
    try:
        return int(env.get("AMPOULE_PORT", "8000"))
    except ValueError:
        raise SettingsError("AMPOULE_PORT is not a number") from None


def public_url(env: Mapping[str, str] = os.environ) -> str:
    """Where browsers reach the service: `AMPOULE_PUBLIC_URL`, or its port on this machine. SettingsError."""
    url = env.get("AMPOULE_PUBLIC_URL", f"http://127.0.0.1:{_port(env)}").strip().rstrip("/")
    parts = urlsplit(url)
    if parts.path or not _is_safe(url):
        raise SettingsError("AMPOULE_PUBLIC_URL must be an https:// address without a path (http:// only on this machine)")
    return url


def _smtp_url(env: Mapping[str, str]) -> str | None:
    """Without a setting: files where the service is tried out on this machine, and otherwise nothing."""
    url = env.get("AMPOULE_SMTP_URL", "").strip()
    if not url:
        return "file:" if public_url(env).startswith("http://") else None
    parts = urlsplit(url)
    if url != "file:" and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
        raise SettingsError("AMPOULE_SMTP_URL must be smtp://host:port, smtps://host:port (both may have user:password@), or file:")
    return url


def _webhook_url(env: Mapping[str, str]) -> str | None:
    url, secret = env.get("AMPOULE_WEBHOOK_URL", "").strip(), env.get("AMPOULE_WEBHOOK_SECRET", "")
    if url and not _is_safe(url):
        raise SettingsError("AMPOULE_WEBHOOK_URL must be an https:// address (http:// only on this machine)")
    if url and not secret:
        raise SettingsError("AMPOULE_WEBHOOK_URL needs AMPOULE_WEBHOOK_SECRET, which signs what is sent there")
    if secret.startswith("whsec_"):
        try:
            base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:
            raise SettingsError("AMPOULE_WEBHOOK_SECRET begins with whsec_, but is not Base64 from there on") from None
    return url or None


def _is_safe(url: str) -> bool:
    """Whether nobody on the way can read what goes there."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1"))


def database_url(env: Mapping[str, str] = os.environ) -> str:
    """Where the service's data lies: `DATABASE_URL`, or a SQLite file in `AMPOULE_VAR`."""
    return env.get("DATABASE_URL") or f"sqlite:///{var_folder(env) / 'clinic.db'}"


def var_folder(env: Mapping[str, str] = os.environ) -> Path:
    """Where keys and, by default, the database lie: `AMPOULE_VAR`, or `var/`."""
    return Path(env.get("AMPOULE_VAR", ROOT / "var")).resolve()


def _service_token(env: Mapping[str, str]) -> str:
    if token := env.get("AMPOULE_SERVICE_TOKEN", "").strip():
        return token
    file = var_folder(env) / "service_token"
    try:
        token = file.read_text().strip()
    except OSError:
        token = ""
    if not token:
        raise SettingsError(f"no service token: set AMPOULE_SERVICE_TOKEN, or write one into {file}")
    return token
