"""The three processes: how each is started, when all of them are ready, and how they are stopped."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from pipeline.paths import VAR  # noqa: E402

HOST = "127.0.0.1"
CLINIC_PORT = int(os.environ.get("AMPOULE_PORT", "8000"))
ENGINE_PORT = int(os.environ.get("AMPOULE_ENGINE_PORT", "5005"))
ACTIONS_PORT = int(os.environ.get("AMPOULE_ACTIONS_PORT", "5055"))
CLINIC_PYTHON = str(ROOT / "clinic/.venv/bin/python")
ENGINE = f"http://{HOST}:{ENGINE_PORT}/webhooks/rest/webhook"
CLINIC = f"http://{HOST}:{CLINIC_PORT}"
PORT_SETTING = {"clinic": "AMPOULE_PORT", "engine": "AMPOULE_ENGINE_PORT", "actions": "AMPOULE_ACTIONS_PORT"}
START_SECONDS = 180  # seconds; the first start on a busy machine compiles all of TensorFlow


class StartError(Exception):
    """One clear line about why Ampoule cannot start."""


def commands() -> dict[str, tuple[list[str], Path, int]]:
    """name -> (command, working folder, port)"""
    python = str(ROOT / ".venv/bin/python")
    return {
        "clinic": ([CLINIC_PYTHON, "-m", "ampoule_clinic"], ROOT / "clinic", CLINIC_PORT),
        "actions": ([python, "-m", "rasa_sdk", "--actions", "actions", "-p", str(ACTIONS_PORT)], ROOT, ACTIONS_PORT),
        "engine": (
            [
                python,
                "-m",
                "rasa",
                "run",
                "-i",
                HOST,
                "-p",
                str(ENGINE_PORT),
                "-m",
                "models/ampoule.tar.gz",
                "--endpoints",
                str(_endpoints()),
                "--credentials",
                "credentials.yml",
            ],
            ROOT,
            ENGINE_PORT,
        ),
    }


def _endpoints() -> Path:
    """endpoints.yml with the port that the action server has this time."""
    file = VAR / "endpoints.yml"
    VAR.mkdir(parents=True, exist_ok=True)
    file.write_text((ROOT / "endpoints.yml").read_text().replace(":5055/", f":{ACTIONS_PORT}/"))
    return file


def environment() -> dict[str, str]:
    """What every process is told; without AMPOULE_SERVICE_TOKEN a new secret that only these processes share."""
    return {
        "AMPOULE_SERVICE_TOKEN": secrets.token_urlsafe(32),
        "DATABASE_URL": f"sqlite:///{VAR / 'clinic.db'}",
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "SANIC_HOST": HOST,
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "AMPOULE_HOST": os.environ.get("AMPOULE_HOST", HOST),
        "AMPOULE_PORT": str(CLINIC_PORT),
        "AMPOULE_ENGINE_URL": ENGINE,
        "AMPOULE_CLINIC_URL": CLINIC,
        "AMPOULE_VAR": str(VAR),
    }


def is_busy(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


class Processes:
    def __init__(self) -> None:
        self.running: dict[str, subprocess.Popen] = {}
        self.told = environment()

    def start(self) -> None:
        """Start all three. StartError where a port is taken."""
        wanted = commands()
        for name, (_, _, port) in wanted.items():
            if is_busy(port):
                raise StartError(f"port {port} ({name}) is already in use: stop what uses it, or set {PORT_SETTING[name]}")
        logs = VAR / "log"
        logs.mkdir(parents=True, exist_ok=True)
        for name, (command, folder, _) in wanted.items():
            with open(logs / f"{name}.log", "w") as log:
                # Own process groups, so that Ctrl-C reaches this launcher first and it stops them in order.
                self.running[name] = subprocess.Popen(
                    command, cwd=folder, env=self.told, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
                )

    def dead(self) -> str | None:
        return next((name for name, process in self.running.items() if process.poll() is not None), None)

    def wait_until_ready(self) -> None:
        """Until a probe message gets exactly one outcome and the web service is healthy. StartError where that does not come."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if name := self.dead():
                raise StartError(f"{name} stopped while starting: see {VAR / 'log' / (name + '.log')}")
            if probe() and healthy():
                return
            time.sleep(0.3)
        raise StartError(f"not ready after {START_SECONDS} s: see {VAR / 'log'}")

    def stop(self) -> None:
        for process in self.running.values():
            _signal(process, signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(8)
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()
        self.running.clear()


def _signal(process: subprocess.Popen, number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


def ask(sender: str, message: str, timeout: float = 30) -> list[dict]:
    """The engine's reply to a message, as a test (not in the clinic's queue). OSError or ValueError where there is none."""
    request = urllib.request.Request(ENGINE, json.dumps({"sender": sender, "message": message}).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=timeout) as response:
        return json.load(response)


def probe() -> bool:
    try:
        return sum("custom" in item for item in ask("probe", "What is the usual dose?", 5)) == 1
    except (OSError, ValueError):
        return False


def healthy() -> bool:
    try:
        with urllib.request.urlopen(f"{CLINIC}/healthz", timeout=3) as response:
            return json.load(response)["status"] == "ok"
    except (OSError, ValueError, urllib.error.HTTPError):
        return False
