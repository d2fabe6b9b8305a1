"""The three real processes, on ports and in a folder of their own."""

import os
import socket
import sys
from pathlib import Path

import pytest

from pipeline import paths

ROOT = Path(__file__).resolve().parents[2]


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    """Everything started as `make run` does; yields the module `processes` with what runs in `.all`."""
    var = tmp_path_factory.mktemp("var")
    for name in ("AMPOULE_PORT", "AMPOULE_ENGINE_PORT", "AMPOULE_ACTIONS_PORT"):
        os.environ[name] = str(_free_port())
    os.environ["DATABASE_URL"] = f"sqlite:///{var / 'clinic.db'}"
    os.environ["AMPOULE_SERVICE_TOKEN"] = "token-for-tests"
    sys.path.insert(0, str(ROOT / "tools"))
    paths.VAR = var
    import processes

    processes.all = processes.Processes()
    processes.var = var
    try:
        processes.all.start()
        processes.all.wait_until_ready()
        yield processes
    finally:
        processes.all.stop()
