"""`start`: the supervisor in the background, and waiting until all of it answers."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from dnslib import DNSRecord

from local import processes
from local.places import CHECKOUT, Places, api_address, dns_address
from local.problems import StartError, disk_full, plainly
from local.processes import Recorded, process_file
from local.proxy.admin import Admin

START_SECONDS = 60
POLL_SECONDS = 0.1
ANSWER_SECONDS = 2
LEAST_BYTES = 300_000
"""What a start writes, a bundle of public trust anchors for the most part; with less free, that is why it failed."""
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
"""Environment the background process keeps; credentials of the user stay out of it."""


def start(places: Places) -> bool:
    """Starts the local cloud unless it answers already. Returns whether it had to. Raises StartError."""
    if is_healthy(places):
        return False
    if processes.running(process_file(places)):
        raise StartError("the local cloud runs but does not answer; `python -m local stop`, then start again")
    with plainly(places, api_address(), dns_address()):
        process = _spawn(places)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise StartError(_why_it_ended(places))
        if is_healthy(places):
            return True
        time.sleep(POLL_SECONDS)
    process.terminate()
    raise StartError(f"the local cloud does not answer after {START_SECONDS} s; see {log_file(places)}")


def log_file(places: Places) -> Path:
    """What the background process says."""
    return places.cloud / "serve.log"


def is_healthy(places: Places) -> bool:
    """Whether API, DNS and Envoy of the recorded supervisor answer."""
    recorded = processes.running(process_file(places))
    return recorded is not None and not silent_parts(recorded)


def silent_parts(recorded: Recorded) -> list[str]:
    """Names of the parts that do not answer."""
    checks = {
        "API": lambda: _answers(f"http://{recorded.api}/-/ready"),
        "DNS": lambda: _resolves(recorded.dns),
        "Envoy": Admin(Path(recorded.envoy)).answers,
    }
    if recorded.kubernetes:
        checks["Kubernetes"] = lambda: _listens(recorded.kubernetes)
    return [name for name, check in checks.items() if not check()]


def _spawn(places: Places) -> "subprocess.Popen[bytes]":
    places.cloud.mkdir(parents=True, exist_ok=True)
    kept = {
        name: value for name, value in os.environ.items() if name in PASSED_ON or name.startswith("MTLSEDGE_LOCAL_")
    }
    environment = kept | {"MTLSEDGE_LOCAL_DIR": str(places.root)}
    with log_file(places).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "local", "serve"], cwd=CHECKOUT, env=environment,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=ANSWER_SECONDS) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def _listens(address: str) -> bool:
    """Whether the API server takes connections; it answered as ready when it was recorded."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), ANSWER_SECONDS).close()
    except (OSError, ValueError):
        return False
    return True


def _resolves(address: str) -> bool:
    """Any reply will do: REFUSED is what a name outside the zones gets."""
    host, _, port = address.rpartition(":")
    try:
        DNSRecord.question("ready.invalid").send(host, int(port), timeout=ANSWER_SECONDS)
    except (OSError, ValueError):
        return False
    return True


def _why_it_ended(places: Places) -> str:
    """The last line it said; a full disk takes even that, so it is looked at from here."""
    if shutil.disk_usage(places.root).free < LEAST_BYTES:
        return disk_full(places)
    file = log_file(places)
    lines = file.read_text(errors="replace").strip().splitlines() if file.is_file() else []
    return lines[-1].removeprefix("error: ") if lines else f"the local cloud ended without a word; see {file}"
