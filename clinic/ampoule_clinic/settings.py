"""What the service is told from outside: environment variables, and the service token's file."""

from __future__ import annotations

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

    @property
    def all_origins(self) -> frozenset[str]:
        """The origins whose pages may use the API: those configured, and the service's own."""
        return self.origins | {f"http://{host}:{self.port}" for host in (self.host, "127.0.0.1", "localhost")}

    @property
    def hosts(self) -> frozenset[str]:
        """The `Host` headers under which those origins are reached."""
        return frozenset(urlsplit(origin).netloc for origin in self.all_origins)

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """The settings of this process. SettingsError where one is missing or makes no sense."""
        try:
            port = int(env.get("AMPOULE_PORT", "8000"))
        except ValueError:
            raise SettingsError("AMPOULE_PORT is not a number") from None
        return cls(
            content=Path(env.get("AMPOULE_CONTENT", ROOT / "content")),
            models=Path(env.get("AMPOULE_MODELS", ROOT / "models")),
            database_url=database_url(env),
            engine_url=env.get("AMPOULE_ENGINE_URL", "http://127.0.0.1:5005/webhooks/rest/webhook"),
            service_token=_service_token(env),
            host=env.get("AMPOULE_HOST", "127.0.0.1"),
            port=port,
            origins=frozenset(origin.strip().rstrip("/") for origin in env.get("AMPOULE_ORIGINS", "").split(",") if origin.strip()),
        )


def database_url(env: Mapping[str, str] = os.environ) -> str:
    """Where the service's data lies: `DATABASE_URL`, or a SQLite file under `var/`."""
    return env.get("DATABASE_URL") or f"sqlite:///{ROOT / 'var' / 'clinic.db'}"


def _service_token(env: Mapping[str, str]) -> str:
    if token := env.get("AMPOULE_SERVICE_TOKEN", "").strip():
        return token
    file = ROOT / "var" / "service_token"
    try:
        token = file.read_text().strip()
    except OSError:
        token = ""
    if not token:
        raise SettingsError(f"no service token: set AMPOULE_SERVICE_TOKEN, or write one into {file.relative_to(ROOT)}")
    return token
