"""The components in another program, from nothing to a handshake and away again, beside the local stack's load balancer.

Once imported, as in `examples/`, and once through the plugin, as a program in another language has them.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.sandbox import CHECKOUT, Sandbox
from tests.engine.test_curl import REFUSED, curl
from tests.packaging import build, install
from tests.waiting import eventually

pytestmark = pytest.mark.engine

EXAMPLE, PACKAGE = CHECKOUT / "examples" / "own-ca-listener", CHECKOUT / "tests" / "engine" / "package"
PORT = 9443
SHARED_KEYS = ("region", "protocol", "endpoints")
"""Of the vendor's configuration: the plugin of this package is told the same under its own name."""


class Program:
    """One program, with a project of its own: installed outside every checkout, or beside the sandbox's plugin."""

    def __init__(self, sandbox: Sandbox, source: Path, folder: Path, settings: dict[str, Any]) -> None:
        self.sandbox, self.folder = sandbox, folder
        shutil.copytree(source, self.folder, ignore=shutil.ignore_patterns("__pycache__", ".venv"))
        self.environment = sandbox.environment()
        if source == EXAMPLE:
            install(build(self.folder / "dist"), self.folder / ".venv")
            # The language host built here, 3.79.0, takes Python from PATH: this engine tells `virtualenv` in a way it does not hear.
            self.environment["PATH"] = f"{self.folder / '.venv' / 'bin'}:{self.environment['PATH']}"
        self.pulumi("stack", "init", "dev")
        stack_file = self.folder / "Pulumi.dev.yaml"
        vendor = {key: value for key, value in sandbox.read_config()["config"].items() if key.startswith("alicloud:")}
        own = {f"mtlsedge:{key}": vendor[f"alicloud:{key}"] for key in SHARED_KEYS}
        document = yaml.safe_load(stack_file.read_text())
        stack_file.write_text(yaml.safe_dump(document | {"config": {**vendor, **own, **settings}}))

    def pulumi(self, *arguments: str) -> str:
        """A command of the engine that has to succeed; what it printed."""
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"], cwd=self.folder, env=self.environment, text=True,
            capture_output=True, timeout=300, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def up(self, *arguments: str) -> str:
        """`pulumi up`."""
        return self.pulumi("up", "--yes", "--skip-preview", "--color", "never", "--stack", "dev", *arguments)

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets included."""
        found: dict[str, Any] = json.loads(self.pulumi("stack", "output", "--json", "--show-secrets", "--stack", "dev"))
        return found


@pytest.fixture(scope="module", params=[EXAMPLE, PACKAGE], ids=["imported", "through-the-plugin"])
def program(
    stack: Sandbox, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    """An own CA and a listener, on the load balancer, the servers and the server certificate of the local stack."""
    existing = stack.outputs()
    settings = {
        "own-ca-listener:loadBalancerId": existing["loadBalancer"]["id"],
        "own-ca-listener:serverGroupId": existing["serverGroups"]["web"]["id"],
        "own-ca-listener:certificateId": existing["serverCertificate"]["identifier"],
        "own-ca-listener:port": PORT,
    }
    before = stack.objects()
    elsewhere, beside = tmp_path_factory.mktemp("another") / "program", stack.root / "examples" / "package"
    made = Program(stack, request.param, elsewhere if request.param == EXAMPLE else beside, settings)
    made.up()
    yield made
    made.pulumi("destroy", "--yes", "--skip-preview", "--stack", "dev")
    made.pulumi("stack", "rm", "dev", "--yes")
    assert stack.objects() == before
    stack.python("-m", "local", "endpoints")


def test_nothing_changes_in_a_second_up(program: Program) -> None:
    """Quiet, with and without a look at the cloud."""
    program.up("--expect-no-changes")
    program.up("--expect-no-changes", "--refresh")


def test_its_clients_get_in_and_no_others(program: Program, stack: Sandbox, tmp_path: Path) -> None:
    """A client of the example's CA is served; none, and a client of the stack's own CA, are refused."""
    stack.python("-m", "local", "endpoints")
    alice = program.outputs()["clients"]["alice"]
    (tmp_path / "alice.crt").write_text(alice["certificate"] + alice["chain"])
    key = tmp_path / "alice.key"
    key.touch(mode=0o600)
    key.write_text(alice["privateKey"])
    shown = ["--cert", str(tmp_path / "alice.crt"), "--key", str(key)]
    eventually(lambda: curl(stack, *shown, declared=PORT).stdout, lambda answer: "200 OK" in answer)
    stranger = stack.local / "clients" / "alice"
    near = ["--cert", str(stranger / "alice.crt"), "--key", str(stranger / "alice.key")]
    for refused in (curl(stack, declared=PORT), curl(stack, *near, declared=PORT)):
        assert refused.returncode in REFUSED, refused.stdout


def test_no_code_and_no_key_stands_in_its_state(program: Program) -> None:
    """The plugin's resources are data: no pickled provider, and every private key is encrypted."""
    state = program.pulumi("stack", "export", "--stack", "dev")
    assert "__provider" not in state
    assert "PRIVATE KEY" not in state
    assert "mtlsedge:index:PrivateKey" in state
