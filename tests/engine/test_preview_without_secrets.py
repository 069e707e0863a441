"""A pull request's preview has no passphrase, key or credential, and still tells what the real one tells."""

import hashlib
import json
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine import rotating
from tests.engine import test_kubernetes as adopted
from tests.engine.keys_in_state import resources
from tests.engine.preview_changes import ADOPTED, CREATED, EDGE, ROTATION
from tests.engine.published import comments, encrypt, engine_environment, publish, told_alike
from tests.engine.sandbox import STACK, Sandbox

pytestmark = pytest.mark.engine

PRIVATE_PART = (50, 68)
"""Where 24 characters of base64 lie within the scalar of a P-256 key in PKCS#8; before and after it all is public."""


GROUPS: dict[str, tuple[str, ...]] = {
    "no change": ("nothing",),
    "no preview": ("invalid",),
    "Client verification off": ("mtls-off", "tls-floor-down", "client-added", "dns-ttl"),
    "CA replaced": ("ca-replaced", "server-weights"),
    "Weaker TLS policy": ("tls-ciphers-weaker", "redirect-removed", "client-removed", "server-added"),
    "Plain HTTP past mutual TLS": ("http-forwarding", "client-renewed", "client-denied", "dns-moved", "tags"),
    "More networks may connect": ("listener-port", "http-port", "allow-list-wider", "server-removed"),
    "Every network may connect": ("headers-off", "allow-list-removed", "protection-off", "zone-changed"),
    "is called x-client-dn now": ("header-renamed", "allow-list-narrower", "intranet", "server-weight-one"),
    "`authority-2027-root`": ("idle-timeout", "rotation-1-added", "albconfig-idle-timeout", "servers-drained"),
    "`mtlsedge:kubernetes.listener.clientVerification`": ("albconfig-mtls-off", "albconfig-tls-weaker"),
    "the list of allowed networks is taken away": ("albconfig-allow-list-removed", "albconfig-headers-off", "albconfig-protection-off"),
    "no longer answered by Ingress": ("ingress-host", "albconfig-redirect-removed"),
}  # fmt: skip
"""Words in a comment -> the recorded changes that are made together for it: a comment lists each of them."""
SAME = {"albconfig-ca-replaced"}
"""The same edit as `ca-replaced`, which changes both entry points here."""


def test_every_recorded_change_is_compared() -> None:
    """No kind of change is left out: a rotation's later steps and somebody else's AlbConfig are compared in the tests
    whose stacks come to them."""
    compared = [*SAME, *rotating.COMPARED, *adopted.COMPARED, *(name for names in GROUPS.values() for name in names)]
    assert sorted(compared) == sorted([*EDGE, *CREATED, *ROTATION, *ADOPTED])


@pytest.mark.parametrize("told", GROUPS)
def test_the_comment_without_secrets_equals_the_one_with_them(edge: Sandbox, told: str) -> None:
    """For each kind of change both comments are the same text, and tell what it is about."""
    document = edge.read_config()
    for name in GROUPS[told]:
        (EDGE | CREATED | ROTATION)[name](document["config"])
    removed = dict.fromkeys(set(edge.read_config()["config"]) - set(document["config"]))
    with edge.changed(document["config"] | removed):
        told_alike(edge, told)


def test_a_foreign_endpoint_is_told_alike(edge: Sandbox) -> None:
    """The engine's own provider goes elsewhere: less safe, with and without secrets. HTTPS to it is no weakening."""
    config = edge.read_config()["config"]
    endpoints = [config["alicloud:endpoints"][0] | {"alb": "alb.aliyuncs.com.evil.example"}]
    with edge.changed({"alicloud:endpoints": endpoints}):
        told_alike(edge, "Calls go to a foreign endpoint")
    with edge.changed({"alicloud:protocol": "HTTPS"}):
        told_alike(edge, "Nothing becomes less safe")


def test_an_encrypted_setting_that_changed_is_unknown_and_never_unchanged(edge: Sandbox) -> None:
    """A key encrypted anew shows as unknown, and then no change is known, never none; with the secrets there is none.

    The upload does not hang on it: a certificate has one key, and the upload is compared by its certificate.
    """
    before = edge.stack_file.read_text()
    key = json.loads(edge.pulumi("config", "--json", "--show-secrets", "--stack", STACK).stdout)
    try:
        encrypt(edge, key["mtlsedge:serverCertificate"]["objectValue"]["privateKey"])
        with_secrets, without = comments(edge)
    finally:
        edge.stack_file.write_text(before)
    assert "no change" in with_secrets
    assert "#### Unknown" in without and "`mtlsedge/local`: no change known\n" in without
    assert "mtlsedge:serverCertificate.privateKey" in without and "server-certificate-upload" not in without


def test_a_first_stack_is_shown_as_new_and_its_state_as_unknown(edge: Sandbox) -> None:
    """Without a snapshot everything is created, every encrypted setting is unknown, and the comment says so."""
    command = ["-m", "mtlsedge", "preview", "--stack", STACK, "--first", "--comment", "first.md"]
    edge.run(sys.executable, *command, env=engine_environment(edge))
    text = (edge.root / "first.md").read_text()
    assert "no snapshot is published yet" in text and "privateKey" in text
    assert " created" in text and "deleted" not in text


def test_the_program_sees_none_of_the_jobs_secrets(edge: Sandbox, tmp_path: Path) -> None:
    """Tokens, passphrases and credentials in the job's environment do not reach the program, which is anybody's code; not
    even one that is not confined, as here, where it can write down what it sees.
    """
    project = tmp_path / "project"
    shutil.copytree(edge.root, project, symlinks=True, ignore=shutil.ignore_patterns(".local"))
    seen = tmp_path / "seen.json"
    spy = f"import json, os\njson.dump(dict(os.environ), open({str(seen)!r}, 'w'))\n"
    (project / "__main__.py").write_text(spy)
    planted = dict.fromkeys(("GITHUB_TOKEN", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_ACCESS_TOKEN", "ALICLOUD_SECRET_KEY", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"), "planted-secret")  # fmt: skip
    command = [
        sys.executable,
        "-m",
        "mtlsedge",
        "preview",
        "--stack",
        STACK,
        "--snapshot",
        "snapshot.json",
        "--program-unconfined",
    ]
    done = edge.run("env", "-C", str(project), *command, env=engine_environment(edge) | planted, check=False)
    assert seen.exists(), done.stdout + done.stderr
    environment = json.loads(seen.read_text())
    assert "planted-secret" not in environment.values()
    assert "/nonexistent" not in environment["HOME"]


def test_a_request_with_packages_of_its_own_is_previewed_with_them(edge: Sandbox, tmp_path: Path) -> None:
    """Its program imports a package that the judge's environment lacks; without the judge's word for that environment the
    project's link to it is refused, like any that leads elsewhere.
    """
    project, environment = tmp_path / "project", tmp_path / "environment"
    shutil.copytree(edge.root, project, symlinks=True, ignore=shutil.ignore_patterns(".local", ".venv"))
    edge.run(sys.executable, "-m", "venv", "--without-pip", str(environment))
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "others.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    (packages / "only_the_request_has_it.py").touch()
    program = project / "__main__.py"
    program.write_text(f"import only_the_request_has_it\n{program.read_text()}")
    (project / ".venv").symlink_to(environment)
    command = ["env", "-C", str(project), sys.executable, "-m", "mtlsedge", "preview", "--stack", STACK]
    command += ["--snapshot", "snapshot.json"]
    told = edge.run(*command, "--program-environment", str(environment), env=engine_environment(edge))
    assert "\n  0 changes, " in told.stdout
    refused = edge.run(*command, env=engine_environment(edge), check=False)
    assert refused.returncode == 2 and "links that lead out of the project: .venv" in refused.stderr


def test_an_attacker_can_neither_recover_nor_confirm_a_secret(edge: Sandbox) -> None:
    """Nothing of a key is in the snapshot, no hash of one, and two publications of one state share no digest."""
    first, second = publish(edge, "one.json"), publish(edge, "two.json")
    digests = [set(re.findall(r"mtlsedge-digest-[0-9a-f]{64}", text)) for text in (first, second)]
    assert len(digests[0]) >= 5 and not digests[0] & digests[1]
    for secret in secrets_of(edge):
        body = "".join(line for line in secret.splitlines() if not line.startswith("-----"))
        assert not any(body[start : start + 24] in first for start in range(*PRIVATE_PART))
        assert not any(guess in first for guess in guesses(secret))
    assert "PRIVATE KEY" not in first and "encryptionsalt" not in first and '"v1:' not in first


def test_a_preview_is_no_oracle_for_a_guess(edge: Sandbox) -> None:
    """Whoever puts the right key into the stack file, in clear, is told the same as with a wrong one."""
    key = json.loads(edge.pulumi("config", "--json", "--show-secrets", "--stack", STACK).stdout)
    right = key["mtlsedge:serverCertificate"]["objectValue"]["privateKey"]
    wrong = next(text for text in sorted(secrets_of(edge)) if text.strip() != right.strip())
    told = []
    for guess in (right, wrong):
        with edge.changed({"mtlsedge:serverCertificate": {"certificateFile": "server.pem", "privateKey": guess}}):
            command = [
                "-m",
                "mtlsedge",
                "preview",
                "--stack",
                STACK,
                "--snapshot",
                "snapshot.json",
                "--comment",
                "guess.md",
            ]
            edge.run(sys.executable, *command, env=engine_environment(edge), check=False)
            told.append((edge.root / "guess.md").read_text())
    assert told[0] == told[1]


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
