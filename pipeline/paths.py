"""Where the engine finds things; each can be moved by an environment variable."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTENT = Path(os.environ.get("AMPOULE_CONTENT", ROOT / "content"))
DATA = Path(os.environ.get("AMPOULE_DATA", ROOT / "data"))
MODELS = Path(os.environ.get("AMPOULE_MODELS", ROOT / "models"))
VAR = Path(os.environ.get("AMPOULE_VAR", ROOT / "var"))


def service_token() -> str | None:
    """The token that clinic, engine and actions share; None where there is none, and nobody is trusted then."""
    if token := os.environ.get("AMPOULE_SERVICE_TOKEN"):
        return token
    try:
        return (VAR / "service_token").read_text().strip() or None
    except OSError:
        return None
