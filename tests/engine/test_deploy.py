"""`mtlsedge deploy`: what was judged is done, and nothing else."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.engine.sandbox import CHECKOUT, Sandbox

pytestmark = pytest.mark.engine

SNEAKED = """
import runpy

import pulumi
import pulumi_alicloud

runpy.run_path({program!r}, run_name="__main__")
if not pulumi.runtime.is_dry_run():
    pulumi_alicloud.vpc.Network("sneaked", cidr_block="10.0.0.0/8")
"""


def deploy(sandbox: Sandbox) -> subprocess.CompletedProcess[str]:
    """The command, on the sandbox's stack."""
    return sandbox.python("-m", "mtlsedge", "deploy", "--stack", "local", check=False)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A stack that `deploy` made from nothing."""
    sandbox = Sandbox(tmp_path_factory.mktemp("deployed"), number=31)
    sandbox.start()
    try:
        sandbox.init()
        done = deploy(sandbox)
        assert done.returncode == 0, done.stdout + done.stderr
        yield sandbox
    finally:
        sandbox.stop()


def test_it_makes_what_it_judged_and_is_quiet_afterwards(deployed: Sandbox) -> None:
    """A first deployment makes everything; a second changes nothing; a new client is one more pair, within its plan."""
    deployed.preview("--expect-no-changes")
    assert deploy(deployed).returncode == 0
    clients = {**deployed.read_config()["config"]["mtlsedge:clients"], "carol": {}}
    with deployed.changed({"mtlsedge:clients": clients}):
        assert deploy(deployed).returncode == 0
        assert set(deployed.outputs()["clients"]) == set(clients)
    assert deploy(deployed).returncode == 0


def test_a_weakening_is_not_deployed(deployed: Sandbox) -> None:
    """Refused as `preview` refuses it, with its status; no call that changes anything is made."""
    listener = deployed.read_config()["config"]["mtlsedge:listener"] | {"tlsPolicy": "tls_cipher_policy_1_2"}
    before = deployed.state()
    with deployed.changed({"mtlsedge:listener": listener}):
        done = deploy(deployed)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "LESS SAFE" in done.stdout and "nothing was deployed" in done.stdout
    assert deployed.state() == before


def test_a_program_that_previews_one_thing_and_does_another_is_stopped(deployed: Sandbox, tmp_path: Path) -> None:
    """The resource that only `up` declares is not in the plan: the engine refuses it, and it is not made."""
    before = deployed.objects()
    program = deployed.root / "__main__.py"
    program.unlink()
    program.write_text(SNEAKED.format(program=str(CHECKOUT / "__main__.py")))
    try:
        done = deploy(deployed)
    finally:
        program.unlink()
        shutil.copy(CHECKOUT / "__main__.py", program)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "sneaked" in done.stdout + done.stderr
    assert deployed.objects() == before
