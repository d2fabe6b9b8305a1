"""The Rasa project as a whole."""

import subprocess

from tests.conftest import ROOT


def test_rasa_data_validate_is_clean(running):
    run = subprocess.run(
        [str(ROOT / ".venv/bin/rasa"), "data", "validate", "--fail-on-warnings"], cwd=ROOT, env=running.environment(), capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr[-2000:]
