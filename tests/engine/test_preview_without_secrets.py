"""A pull request's preview has no passphrase, key or credential, and still tells what the real one tells."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from components import x509
from components.settings.model import Subject, SubjectAlternativeNames
from tests.engine.keys_in_state import resources
from tests.engine.sandbox import STACK, Sandbox

pytestmark = pytest.mark.engine

Config = dict[str, Any]
LISTENER = "mtlsedge:listener"
ACCEPT = "mtlsedge:acceptWeakening"
PRIVATE_PART = (50, 68)
"""Where 24 characters of base64 lie within the scalar of a P-256 key in PKCS#8; before and after it all is public."""


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A stack that is up, with an uploaded server certificate whose key is encrypted in the stack file."""
    sandbox = Sandbox(tmp_path_factory.mktemp("edge"), number=33)
    sandbox.start()
    try:
        sandbox.init()
        certificate, key = server_certificate()
        (sandbox.root / "server.pem").write_text(certificate)
        document = sandbox.read_config()
        document["config"]["mtlsedge:serverCertificate"] = {"certificateFile": "server.pem"}
        document["config"]["mtlsedge:loadBalancer"]["deletionProtection"] = True
        sandbox.write_config(document)
        encrypt(sandbox, key)
        sandbox.up()
        publish(sandbox, "snapshot.json")
        yield sandbox
    finally:
        sandbox.stop()


def server_certificate() -> tuple[str, str]:
    """A certificate for the stack's host with its key, signed by an authority of its own."""
    root_key, key, now = x509.generate("ecdsa-p256"), x509.generate("ecdsa-p256"), datetime.now(UTC)
    none = SubjectAlternativeNames()
    root = x509.issue_root(
        x509.Request(x509.Profile.ROOT, Subject(common_name="Public"), none, 365, x509.public_pem(root_key), 0),
        root_key,
        now,
    )
    names = SubjectAlternativeNames(dns=("www.example.test",))
    wanted = x509.Request(x509.Profile.SERVER, Subject(common_name="www"), names, 90, x509.public_pem(key), None)
    return x509.issue(wanted, x509.Issuer(root.certificate_pem, root_key), now).certificate_pem, key


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


def changing(key: str, **values: Any) -> Callable[[Config], None]:
    """A change of some settings of a section."""
    return lambda config: config[key].update(values)


def new_server(config: Config) -> None:
    config["mtlsedge:network"]["create"]["servers"]["ECS03"] = {"zone": "ap-southeast-1a"}
    config["mtlsedge:serverGroups"]["web"]["servers"]["ECS03"] = "ECS03"


def new_generation(config: Config) -> None:
    authority = config["mtlsedge:authority"]["selfManaged"]
    authority["generations"]["2027"] = {"subject": {"commonName": "Acme Edge Root 2027"}}
    authority |= {"issuing": "2027", "trusted": "2027", "acceptLockout": ["alice", "bob"]}
    config[ACCEPT] = {"authority-replaced": "every client has had the new certificate since Friday"}


CHANGES: dict[str, tuple[Callable[[Config], Any], str]] = {
    "nothing": (lambda _: None, "no change"),
    "verification off": (changing(LISTENER, clientVerification="off-for-migration"), "Client verification off"),
    "authority replaced": (new_generation, "`alice`, `bob`: are refused"),
    "listener port": (changing(LISTENER, port=8443), "moves to port 8443"),
    "server added": (new_server, "`ECS03`: added to group web"),
    "client added and removed": (
        lambda c: c.update({"mtlsedge:clients": {"alice": {}, "carol": {}}}),
        "`bob`: gets no new",
    ),
    "client's validity": (changing("mtlsedge:clients", alice={"validityDays": 29}), "validity 30 → 29 days"),
    "protection off": (changing("mtlsedge:loadBalancer", deletionProtection=False), "Deletion protection off"),
    "name's TTL": (changing("mtlsedge:domain", ttl=1200), "`dns-www`"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_comment_without_secrets_equals_the_one_with_them(edge: Sandbox, change: str) -> None:
    """For each kind of change both comments are the same text, and tell what it is about."""
    edit, told = CHANGES[change]
    document = edge.read_config()
    edit(document["config"])
    with edge.changed(document["config"]):
        with_secrets, without = comments(edge)
    assert with_secrets == without
    assert told in without


def test_an_encrypted_setting_that_changed_is_unknown_and_never_unchanged(edge: Sandbox) -> None:
    """A key encrypted anew shows as unknown, with the upload it may replace; with the secrets there is no change."""
    before = edge.stack_file.read_text()
    key = json.loads(edge.pulumi("config", "--json", "--show-secrets", "--stack", STACK).stdout)
    try:
        encrypt(edge, key["mtlsedge:serverCertificate"]["objectValue"]["privateKey"])
        with_secrets, without = comments(edge)
    finally:
        edge.stack_file.write_text(before)
    assert "no change" in with_secrets
    assert "#### Unknown" in without and "`mtlsedge/local`: no change" not in without
    assert "mtlsedge:serverCertificate.privateKey" in without and "server-certificate-upload" in without


def test_a_first_stack_is_shown_as_new_and_its_state_as_unknown(edge: Sandbox) -> None:
    """Without a snapshot everything is created, every encrypted setting is unknown, and the comment says so."""
    command = ["-m", "mtlsedge", "preview", "--stack", STACK, "--first", "--comment", "first.md"]
    edge.run(sys.executable, *command, env=engine_environment(edge))
    text = (edge.root / "first.md").read_text()
    assert "no snapshot is published yet" in text and "privateKey" in text
    assert " created" in text and "deleted" not in text


def test_the_program_sees_none_of_the_jobs_secrets(edge: Sandbox, tmp_path: Path) -> None:
    """Tokens, passphrases and credentials in the job's environment do not reach the program, which is anybody's code."""
    project = tmp_path / "project"
    shutil.copytree(edge.root, project, symlinks=True, ignore=shutil.ignore_patterns(".local", "__main__.py"))
    seen = tmp_path / "seen.json"
    spy = f"import json, os\njson.dump(dict(os.environ), open({str(seen)!r}, 'w'))\n"
    (project / "__main__.py").write_text(spy)
    planted = dict.fromkeys(("GITHUB_TOKEN", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_ACCESS_TOKEN", "ALICLOUD_SECRET_KEY", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"), "planted-secret")  # fmt: skip
    command = [sys.executable, "-m", "mtlsedge", "preview", "--stack", STACK, "--snapshot", "snapshot.json"]
    edge.run("env", "-C", str(project), *command, env=engine_environment(edge) | planted, check=False)
    environment = json.loads(seen.read_text())
    assert "planted-secret" not in environment.values()
    assert "/nonexistent" not in environment["HOME"]


def test_an_attacker_can_neither_recover_nor_confirm_a_secret(edge: Sandbox) -> None:
    """Nothing of a key is in the snapshot, no hash of one, and two publications of one state share no digest."""
    first, second = publish(edge, "one.json"), publish(edge, "two.json")
    digests = [set(re.findall(r"mtlsedge-digest-[0-9a-f]{64}", text)) for text in (first, second)]
    assert len(digests[0]) >= 5 and not digests[0] & digests[1]
    for secret in secrets_of(edge):
        body = "".join(line for line in secret.splitlines() if not line.startswith("-----"))
        assert not any(body[start : start + 24] in first for start in range(*PRIVATE_PART))
        assert not any(guess in first for guess in guesses(secret))
    assert "PRIVATE KEY" not in first and "encryptionsalt" not in first and "v1:" not in first


def secrets_of(sandbox: Sandbox) -> set[str]:
    """Every private key of the state."""
    found = re.findall(r"-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----", json.dumps(resources(sandbox)))
    return {text.replace("\\\\n", "\n").replace("\\n", "\n") for text in found}


def guesses(secret: str) -> Iterator[str]:
    """Digests of a right guess that need no key, in several spellings of it."""
    for text in (
        secret,
        secret + "\n",
        json.dumps(secret),
        json.dumps(secret + "\n"),
        f"text {secret}",
        f"text {secret}\n",
    ):
        for name in ("md5", "sha1", "sha256", "sha512", "blake2b"):
            yield hashlib.new(name, text.encode()).hexdigest()
