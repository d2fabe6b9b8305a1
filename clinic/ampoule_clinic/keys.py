"""Keys that the service makes for itself, each in a file that only its owner may read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def own_key(folder: Path, name: str) -> bytes:
    """The key in `folder`/`name`, 256 bits, made at the first use; several processes that start together get the same."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    if not file.exists():
        new = folder / f".{name}.{secrets.token_hex(8)}"
        try:
            with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as half:
                half.write(secrets.token_hex(32))
            os.link(new, file)  # Whole or not at all, and never over another's.
        except FileExistsError:
            pass
        finally:
            new.unlink(missing_ok=True)
    return bytes.fromhex(file.read_text())
