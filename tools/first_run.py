"""The link that makes the first staff account, where there is none yet."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SECONDS = 20


def link(python: str, folder: Path, environment: Mapping[str, str]) -> str | None:
    """The link, as the web service makes it; None where staff exist, or where it cannot be made (told on stderr)."""
    command = [python, "-m", "ampoule_clinic.staff", "first-run-link"]
    try:
        done = subprocess.run(command, cwd=folder, env=dict(environment), capture_output=True, text=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        problem = type(error).__name__
    else:
        if done.returncode == 0:
            return done.stdout.strip() or None
        problem = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    print(f"no link for the first staff account ({problem}); `ampoule staff first-run-link` tries again", file=sys.stderr)
    return None
