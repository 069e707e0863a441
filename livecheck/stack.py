"""The program itself, in a stack of the run's own: real engine, vendor's provider. State and keys end with the run.

Everything it makes bears the run's name, so that what a killed `up` leaves is found and deleted as the rest is.
"""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from livecheck.calls import Calls
from livecheck.clock import OutOfTime
from mtlsedge.errors import CommandError
from mtlsedge.preview.workspace import linked
from mtlsedge_components import sites
from settings.engine_yaml import dump

PROJECT = Path(__file__).resolve().parents[1]
NAME = "live"
HOST = "www.mtlsedge-live.internal"
"""Host of the server certificate; no name is looked up."""
ACCOUNT_TYPES: Mapping[sites.Site, str] = {"china": "Domestic", "international": "International"}
LISTENER_PORT, HTTP_PORT, SERVER_PORT = 443, 80, 80
GRACE_SECONDS = 60.0
"""How long an engine that was told to stop may take to end what it has begun."""
CODE = re.compile(r"\b(?:Error)?[Cc]ode[\"']?\s*[:=]\s*[\"']?([A-Z][A-Za-z]+(?:\.[A-Za-z]+)*)")
FAILED = re.compile(r"\b([A-Z][A-Za-z]+) failed: ([A-Za-z.]+)")
"""How the provider and the SDKs write an error code, and how this program's own resources do."""


@dataclass(frozen=True)
class Place:
    """What a stack stands on: things of the run that are there already."""

    calls: Calls = field(repr=False)
    name: Callable[[str], str]
    """Gives a part its name in the run."""
    vpc: str
    vswitches: Mapping[str, str]
    server: str = ""
    """An ECS instance that is a server of the stack's group; none where it is empty."""
    zone: str = ""
    """A DNS zone for one record; none where it is empty."""


def configuration(place: Place, account: str) -> dict[str, Any]:
    """The stack file: the least that has every resource whose answers matter."""
    region, site = place.calls.region, place.calls.configuration["mtlsedge:certificateSite"]
    own = {
        key: place.calls.configuration[key]
        for key in ("alicloud:protocol", "alicloud:endpoints")
        if key in place.calls.configuration
    }
    kind = ACCOUNT_TYPES[site]
    if sites.of_provider(kind, region) != site and "alicloud:endpoints" not in own:
        own["alicloud:endpoints"] = [{"cas": sites.HOSTS[site]}]
    stack: dict[str, Any] = {
        "alicloud:region": region, "alicloud:accountType": kind, **own,
        "mtlsedge:accountId": account, "mtlsedge:certificateSite": site,
        "mtlsedge:authority": {"selfManaged": {"generations": {"one": {"subject": {"commonName": "mtlsedge live stack"}}}}},
        "mtlsedge:clients": {"alice": {}},
        "mtlsedge:serverCertificate": {"issueFromAuthority": True, "names": [HOST]},
        "mtlsedge:network": {"vpcId": place.vpc, "zones": dict(place.vswitches)},
        "mtlsedge:serverGroups": {"web": {
            "type": "instance", "port": SERVER_PORT, "healthCheck": {"enabled": False},
            "servers": {"one": place.server} if place.server else {},
        }},
        "mtlsedge:loadBalancer": {"deletionProtection": False},
        "mtlsedge:listener": {
            "default": "web", "port": LISTENER_PORT, "httpPort": HTTP_PORT,
            "rules": {"api": {"serverGroup": "web", "priority": 10, "paths": ["/api/*"]}},
        },
        "mtlsedge:names": {role: place.name(f"stack-{role.replace('/', '-')}") for role in (
            "load-balancer", "server-group/web", "deny-group", "listener", "http-listener", "rule/api", "redirect-rule",
            "ca-repository", "ca", "server-certificate")},
    }  # fmt: skip
    if place.zone:
        stack["mtlsedge:domain"] = {"zone": place.zone, "names": [place.name("stack-www")]}
    return stack


@dataclass(frozen=True)
class Stack:
    """A folder in which the engine runs, with a state of its own."""

    folder: Path
    calls: Calls = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)

    def write(self, configured: Mapping[str, Any]) -> None:
        """The stack file; what the engine wrote into it stays."""
        file = self.folder / f"Pulumi.{NAME}.yaml"
        salt = (
            [line for line in file.read_text().splitlines() if line.startswith("encryptionsalt:")]
            if file.exists()
            else []
        )
        file.write_text("\n".join([*salt, dump({"config": dict(configured)})]))

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command, ended with everything it started when the run's time is over or the run is interrupted."""
        self.calls.clock.check()
        command = ["pulumi", *arguments, "--stack", NAME, "--non-interactive"]
        process = subprocess.Popen(
            command, cwd=self.folder, env=dict(self.environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True,
        )  # fmt: skip
        clock = self.calls.clock
        try:
            output, errors = process.communicate(timeout=max(0.0, clock.started + clock.seconds - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise OutOfTime from None
        finally:
            _end(process)
        return subprocess.CompletedProcess(command, process.returncode, output, errors)

    def change(self, *arguments: str) -> str:
        """`up` or `destroy`, in a few words: `ok`, or the error codes it ended with."""
        done = self.pulumi(*arguments, "--yes", "--skip-preview")
        return "ok" if done.returncode == 0 else failure(done.stdout + done.stderr)

    def preview(self, *arguments: str) -> str:
        """A preview that ought to be quiet, in a few words: `no changes`, or what it would change."""
        done = self.pulumi("preview", "--json", *arguments)
        return changes(json.loads(done.stdout)) if done.returncode == 0 else failure(done.stdout + done.stderr)


@contextmanager
def prepared(calls: Calls, configured: Mapping[str, Any]) -> Iterator[Stack]:
    """A stack that has not begun. The project is linked, its stack files are not: the engine writes into those."""
    with TemporaryDirectory(prefix="mtlsedge-live-") as temporary:
        folder = Path(temporary) / "project"
        (Path(temporary) / "state").mkdir()
        folder.mkdir()
        for name, place in linked(PROJECT, Path(sys.prefix).resolve()).items():
            (folder / name).symlink_to(place)
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_CONFIG_PASSPHRASE")}
        environment = kept | {
            "PULUMI_BACKEND_URL": f"file://{temporary}/state?metadata=skip",
            "PULUMI_CONFIG_PASSPHRASE": secrets.token_hex(),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        stack = Stack(folder, calls, environment)
        if stack.pulumi("stack", "init").returncode:
            raise CommandError("`pulumi stack init` failed in a new folder")
        stack.write(configured)
        yield stack


def has_engine() -> bool:
    """Whether there is a `pulumi` to run."""
    return shutil.which("pulumi") is not None


def changes(digest: Mapping[str, Any]) -> str:
    """What a preview would do, by type of resource and property, without a name or a value."""
    steps = [step for step in digest.get("steps", []) if step["op"] not in ("same", "read", "refresh")]
    return "; ".join(sorted({_step(step) for step in steps})) or "no changes"


def failure(text: str) -> str:
    """How a command failed, by error codes alone: its own text may quote ids, or a key."""
    codes = {*CODE.findall(text), *(f"{action}: {code}" for action, code in FAILED.findall(text))}
    return f"failed: {', '.join(sorted(codes)) or 'no error code'}"


def _step(step: Mapping[str, Any]) -> str:
    kind = step["urn"].split("::")[2].rpartition("$")[2]
    properties = sorted({re.sub(r"\[.*?\]", "", name) for name in step.get("detailedDiff") or {}})
    return f"{step['op']} {kind}" + (f" ({', '.join(properties)})" if properties else "")


def _end(process: "subprocess.Popen[str]") -> None:
    """Ends the engine with its plugins, at first so that it keeps what it has made in its state."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=GRACE_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.poll() is None:
        process.communicate()
