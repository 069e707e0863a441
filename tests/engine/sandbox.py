"""A whole local stack of its own, beside whatever else runs: folder, ports, addresses, state.

The program is the checkout's own (linked, not copied), so what is tested is what is shipped; only the
stack file is rendered anew, with the sandbox's port in its endpoints.
"""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mtlsedge.verify.table import CORE
from tests.ports import free_port

CHECKOUT = Path(__file__).resolve().parents[2]
COPIED = ("Pulumi.yaml", "__main__.py", "components", "mtlsedge_components", "exposure", "settings", "mtlsedge", "local", "policy",
          "program", "requirements.lock", "docs/guides/kubernetes-rbac.yaml")  # fmt: skip
STACK = "local"
LOOPBACK = os.environ.get("MTLSEDGE_TEST_LOOPBACK", "127.0")
"""First half of the sandboxes' addresses; another value lets two checkouts run their engine tests at the same time."""
COMMAND_SECONDS = 600
"""No command of a test may run longer; the longest here is a first `up`."""


def copy_project(folder: Path) -> None:
    """Make a folder the project's, with the checkout's code; a preview without secrets follows no link out of it."""
    for name in COPIED:
        if (source := CHECKOUT / name).is_symlink():
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to(source.readlink())
        elif source.is_dir():
            shutil.copytree(source, folder / name, dirs_exist_ok=True)
        else:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)
    if not (folder / ".venv").exists():
        (folder / ".venv").symlink_to((CHECKOUT / ".venv").resolve())


@dataclass
class Sandbox:
    """One isolated local stack; `number`, 1 to 55, keeps the loopback addresses of several apart."""

    root: Path
    number: int
    api_port: int = field(default_factory=free_port)
    dns_port: int = field(default_factory=free_port)
    cluster: bool = False
    """Whether it has the cluster's entry point too; most tests are about the other one, and a cluster takes seconds and memory."""
    caller: str = ""
    """The RAM user as whom commands call the cloud; empty for the account's own key."""

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        copy_project(self.root)
        self.write_config(self.checked_in_config())

    @property
    def local(self) -> Path:
        """The sandbox's `.local`."""
        return self.root / ".local"

    @property
    def stack_file(self) -> Path:
        """The sandbox's stack file, which tests edit."""
        return self.root / f"Pulumi.{STACK}.yaml"

    def checked_in_config(self) -> dict[str, Any]:
        """The checked-in local stack file with this sandbox's API port; without a cluster, only the load balancer's entry point."""
        text = (CHECKOUT / f"Pulumi.{STACK}.yaml").read_text()
        document: dict[str, Any] = yaml.safe_load(text.replace("127.0.0.1:4600", f"127.0.0.1:{self.api_port}"))
        if not self.cluster:
            del document["config"]["mtlsedge:kubernetes"]
        return document

    def read_config(self) -> dict[str, Any]:
        """The stack file as it stands."""
        document: dict[str, Any] = yaml.safe_load(self.stack_file.read_text())
        return document

    def write_config(self, document: Mapping[str, Any]) -> None:
        """Replace the stack file."""
        self.stack_file.write_text(yaml.safe_dump(dict(document), sort_keys=False))

    @contextmanager
    def changed(self, changes: Mapping[str, Any]) -> Iterator[None]:
        """The stack file with some keys replaced (None removes one), and put back afterwards."""
        before = self.stack_file.read_text()
        document = self.read_config()
        for key, value in changes.items():
            if value is None:
                document["config"].pop(key, None)
            else:
                document["config"][key] = value
        self.write_config(document)
        try:
            yield
        finally:
            self.stack_file.write_text(before)

    @contextmanager
    def calling_as(self, name: str, policy: Mapping[str, Any]) -> Iterator[None]:
        """Commands call the cloud as a RAM user with this policy."""
        file = self.root / f"{name}-policy.json"
        file.write_text(json.dumps(policy))
        self.python("-m", "local", "identity", "add", name, "--policy", str(file), env=self.base_environment())
        self.caller = name
        try:
            yield
        finally:
            self.caller = ""

    def base_environment(self) -> dict[str, str]:
        """What every process of this sandbox inherits."""
        kept = {
            key: os.environ[key] for key in ("PATH", "HOME", "LANG", "XDG_CACHE_HOME", "GOFLAGS") if key in os.environ
        }
        return kept | {
            "MTLSEDGE_LOCAL_DIR": str(self.local),
            "MTLSEDGE_LOCAL_API_PORT": str(self.api_port),
            "MTLSEDGE_LOCAL_DNS_PORT": str(self.dns_port),
            "MTLSEDGE_LOCAL_LOAD_BALANCERS": f"{LOOPBACK}.{100 + self.number}.",
            "MTLSEDGE_LOCAL_BACKENDS": f"{LOOPBACK}.{200 + self.number}.",
            "MTLSEDGE_LOCAL_KUBERNETES": str(int(self.cluster)),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def environment(self) -> dict[str, str]:
        """What a shell has after `. .local/env`, and after the caller's own file if there is one."""
        files = [self.local / "env", *([self.local / "identities" / self.caller] if self.caller else [])]
        shown = subprocess.run(
            ["sh", "-c", 'for file; do . "$file"; done; exec env -0', "sh", *map(str, files)],
            env=self.base_environment(),
            capture_output=True,
            check=True,
            timeout=30,
        )
        pairs = (entry.split("=", 1) for entry in shown.stdout.decode().split("\0") if "=" in entry)
        return dict(pairs)  # type: ignore[arg-type]

    def run(
        self, *command: str, env: Mapping[str, str] | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the sandbox; a failure shows what it printed."""
        done = subprocess.run(
            command,
            check=False,
            cwd=self.root,
            env=dict(env or self.environment()),
            text=True,
            capture_output=True,
            timeout=COMMAND_SECONDS,
            stdin=subprocess.DEVNULL,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def python(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a module of the checkout with the tests' interpreter."""
        return self.run(sys.executable, *arguments, **options)

    def start(self) -> None:
        """Toolchain into the sandbox (cached), then its local cloud."""
        self.python("-m", "local.toolchain", "ensure", env=self.base_environment())
        self.start_cloud()

    def start_cloud(self) -> None:
        """Start the local cloud, or find it running."""
        self.python("-m", "local", "start", env=self.base_environment())

    def stop(self) -> None:
        """End the local cloud; the folder stays for the test that looks at it."""
        self.python("-m", "local", "stop", env=self.base_environment(), check=False)

    def cloud_pid(self) -> int:
        """Process id of the running local cloud."""
        return int((self.local / "cloud" / "pid").read_text().split()[0])

    def kill_cloud(self) -> None:
        """`kill -9` the local cloud and wait until it is gone."""
        os.kill(self.cloud_pid(), signal.SIGKILL)
        self.await_death()

    def await_death(self, seconds: float = 300) -> None:
        """Wait until the local cloud is gone."""
        pid, deadline = self.cloud_pid(), time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            if Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
                return
            time.sleep(0.02)
        raise AssertionError(f"the local cloud still lives after {seconds} s")

    def pulumi(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run the engine on the sandbox's stack."""
        return self.run("pulumi", *arguments, "--non-interactive", **options)

    def begin(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """An `up` or a `destroy` in the background, which the test disturbs; what it prints is not kept."""
        return subprocess.Popen(
            ["pulumi", *arguments, "--yes", "--skip-preview", "--non-interactive", "--stack", STACK],
            cwd=self.root,
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )

    def orphans(self, *arguments: str) -> list[dict[str, Any]]:
        """What `mtlsedge orphans` lists; the exit status must agree."""
        done = self.python("-m", "mtlsedge", "orphans", "--json", *arguments, check=False)
        listed: list[dict[str, Any]] = json.loads(done.stdout)
        assert done.returncode == int(bool(listed)), done.stdout + done.stderr
        return listed

    def init(self) -> None:
        """Create the stack in the sandbox's own backend."""
        self.pulumi("stack", "init", STACK)

    def up(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """`pulumi up` without the separate preview."""
        return self.pulumi("up", "--yes", "--skip-preview", "--color", "never", "--stack", STACK, *arguments, **options)

    def preview(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """`pulumi preview`."""
        return self.pulumi("preview", "--color", "never", "--stack", STACK, *arguments, **options)

    def steps(self, *arguments: str, **options: Any) -> dict[str, str]:
        """What a preview would do: logical name -> operation, unchanged resources left out."""
        digest = json.loads(self.preview("--json", *arguments, **options).stdout)
        return {
            re.sub(r"^.*::", "", step["urn"]): step["op"]
            for step in digest.get("steps", [])
            if step["op"] not in ("same", "read")
        }

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets included."""
        shown: dict[str, Any] = json.loads(
            self.pulumi("stack", "output", "--json", "--show-secrets", "--stack", STACK).stdout
        )
        return shown

    def export(self) -> None:
        """Write what `make up` writes: client bundles, trust anchors, endpoints."""
        self.python("-m", "mtlsedge", "authority", "export", "--to", str(self.local))
        self.python("-m", "mtlsedge", "clients", "export", "--all", "--to", str(self.local / "clients"))
        self.python("-m", "local", "endpoints")

    def listeners(self) -> dict[int, dict[str, Any]]:
        """Declared port -> what `.local/endpoints.json` says of its listener."""
        document = json.loads((self.local / "endpoints.json").read_text())
        return {one["declaredPort"]: one for one in document["listeners"]}

    def verify(self, *arguments: str) -> dict[str, str]:
        """Check id -> status, as `mtlsedge verify --json` reports it; the exit status must agree."""
        done = self.python(
            "-m",
            "mtlsedge",
            "verify",
            "--json",
            "--echo-path",
            "/echo",
            "--api",
            "--authority-key-from-state",
            *arguments,
            check=False,
        )
        rows = {row["id"]: row["status"] for row in json.loads(done.stdout)["checks"]}
        core = [status for row, status in rows.items() if row.endswith(CORE)]
        expected = 1 if "failed" in rows.values() else 3 if "not checked" in core else 0
        assert done.returncode == expected, done.stdout + done.stderr
        return rows

    def requests(self) -> list[dict[str, Any]]:
        """The local cloud's request log; there is none before the first request."""
        log = self.local / "cloud" / "requests.jsonl"
        lines = log.read_text().splitlines() if log.exists() else []
        return [json.loads(line) for line in lines]

    def server_chain(self) -> str:
        """The certificate the listener presents, with what follows it."""
        with sqlite3.connect(self.local / "cloud" / "store.sqlite") as store:
            row = store.execute("SELECT document FROM documents WHERE kind = 'cas.server_certificate'").fetchone()
        return str(json.loads(row[0])["Cert"])

    def objects(self) -> dict[str, list[str]]:
        """What the account holds, read from the store itself: kind -> ids; what it owned from the start is left out."""
        with sqlite3.connect(self.local / "cloud" / "store.sqlite") as store:
            rows = store.execute("SELECT kind, id, document FROM documents ORDER BY sequence").fetchall()
        held: dict[str, list[str]] = {}
        for kind, identifier, document in rows:
            if not kind.startswith("cloud.") and not json.loads(document).get("Preexisting"):
                held.setdefault(kind, []).append(identifier)
        return held

    def state(self) -> str:
        """The stack's state as text, secrets encrypted."""
        return self.pulumi("stack", "export", "--stack", STACK).stdout
