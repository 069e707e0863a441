"""A stack whose snapshot is published, and the two ways to preview a change of it: with its secrets, and without."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from mtlsedge_components.x509.building import Issuer, Request, issue, issue_root
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from settings.model import Subject, SubjectAlternativeNames
from tests.engine.preview_changes import both_entry_points
from tests.engine.sandbox import STACK, Sandbox


@contextmanager
def published(root: Path, number: int) -> Iterator[Sandbox]:
    """Both entry points, up, with an uploaded server certificate whose key is encrypted in the stack file."""
    sandbox = Sandbox(root, number=number, cluster=True)
    sandbox.start()
    try:
        sandbox.init()
        certificate, key = server_certificate()
        (sandbox.root / "server.pem").write_text(certificate)
        document = sandbox.read_config()
        both_entry_points(document["config"])
        document["config"]["mtlsedge:serverCertificate"] = {"certificateFile": "server.pem"}
        sandbox.write_config(document)
        encrypt(sandbox, key)
        sandbox.up()
        publish(sandbox, "snapshot.json")
        yield sandbox
    finally:
        sandbox.stop()


def server_certificate() -> tuple[str, str]:
    """A certificate for the hosts of the stack and of its changes, with its key, signed by an authority of its own."""
    root_key, key, now = generate("ecdsa-p256"), generate("ecdsa-p256"), datetime.now(UTC)
    none = SubjectAlternativeNames()
    root = issue_root(
        Request(Profile.ROOT, Subject(common_name="Public"), none, 365, public_pem(root_key), 0),
        root_key,
        now,
    )
    names = SubjectAlternativeNames(dns=tuple(f"{name}.example.test" for name in ("www", "app", "demo", "other")))
    wanted = Request(Profile.SERVER, Subject(common_name="www"), names, 90, public_pem(key), None)
    return issue(wanted, Issuer(root.certificate_pem, root_key), now).certificate_pem, key


def encrypt(sandbox: Sandbox, key: str) -> None:
    """Put the key into the stack file, encrypted, as the guide says."""
    subprocess.run(
        ["pulumi", "config", "set", "--stack", STACK, "--secret", "--path", "mtlsedge:serverCertificate.privateKey"],
        input=key,
        text=True,
        check=True,
        cwd=sandbox.root,
        env=sandbox.environment(),
        timeout=60,
    )


def publish(sandbox: Sandbox, name: str) -> str:
    """A snapshot of the stack, as the trusted job makes it."""
    sandbox.python("-m", "mtlsedge", "snapshot", "publish", "--stack", STACK, "--to", str(sandbox.root / name))
    return (sandbox.root / name).read_text()


def bare_environment() -> dict[str, str]:
    """What a pull-request job has: where programs are, and nothing of the stack."""
    return {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ} | {"HOME": "/nonexistent"}


def engine_environment(sandbox: Sandbox) -> dict[str, str]:
    """The bare environment with engine and plugins, which a job's toolchain step provides."""
    places = {key: sandbox.environment()[key] for key in ("PATH", "PULUMI_HOME")}
    return bare_environment() | places | {"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"}


def told_alike(sandbox: Sandbox, told: str) -> None:
    """The comment on the change in the stack file is the same text with and without secrets, and these words are in it."""
    with_secrets, without = comments(sandbox)
    assert with_secrets == without
    assert told in without


def comments(sandbox: Sandbox) -> tuple[str, str]:
    """The comment with secrets and credentials, and the one without."""
    told = {}
    for how, arguments, env in (
        ("with", [], sandbox.environment()),
        ("without", ["--snapshot", "snapshot.json"], engine_environment(sandbox)),
    ):
        file = sandbox.root / f"{how}.md"
        command = ["-m", "mtlsedge", "preview", "--stack", STACK, "--comment", str(file), *arguments]
        done = sandbox.run(sys.executable, *command, env=env, check=False)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        told[how] = file.read_text()
    return told["with"], told["without"]
