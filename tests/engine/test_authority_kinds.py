"""Every kind of authority on the real engine, each seen from a client's side: who gets a 200 and who gets nothing."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mtlsedge_components.x509.bundles import Bundle, new_password, pfx
from mtlsedge_components.x509.custody import encrypted
from tests.engine.cloud_calls import CAS, call
from tests.engine.sandbox import STACK, Sandbox
from tests.unit.test_x509_family import Family, Leaf, make_family
from tests.waiting import eventually

pytestmark = pytest.mark.engine

PCA = "2020-06-30"
SIGNING = "authority"
NAMES = ("www.example.test",)
SUBJECT = {"commonName": "Acme Private Root", "country": "SG", "state": "Singapore", "locality": "Singapore",
           "organization": "Acme", "unit": "Edge"}  # fmt: skip


class Kinds(Sandbox):
    """A sandbox whose server certificate lies in the cloud already: only a selfManaged authority could issue one."""

    servers: Family
    reference: dict[str, str]

    def base_environment(self) -> dict[str, str]:
        """Packages that are not in the lock file yet come by PYTHONPATH."""
        return super().base_environment() | {k: v for k, v in os.environ.items() if k == "PYTHONPATH"}

    def prepare(self) -> None:
        """Start the cloud, upload the server certificate, create the stack."""
        self.start()
        self.servers = make_family(title="Servers")
        leaf = self.servers.server(*NAMES)
        uploaded = call(
            self, CAS, "UploadUserCertificate", Name="given", Cert=leaf.certificate + self.servers.chain, Key=leaf.key
        )
        self.reference = {"id": f"{uploaded['CertId']}-ap-southeast-1"}
        (self.root / "server-ca.crt").write_text(self.servers.root.certificate_pem)
        self.init()

    def kind(self, authority: dict[str, Any], clients: dict[str, Any], **more: Any) -> Any:
        """The stack file with another authority, as a context manager."""
        keys = {
            "mtlsedge:authority": authority,
            "mtlsedge:clients": clients,
            "mtlsedge:serverCertificate": self.reference,
        }
        return self.changed({**keys, **more})

    def status(self, *options: str) -> str:
        """HTTP status a client with these curl options gets; "000" when the handshake fails.

        The first health check of new servers takes a moment; until then every client that is let in gets a 503.
        """
        self.python("-m", "local", "endpoints")
        return eventually(lambda: self._asked(*options), lambda status: status != "503")

    def _asked(self, *options: str) -> str:
        listener = self.listeners()[443]
        done = self.run(
            "curl", "-sS", "--max-time", "10", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", "server-ca.crt",
            "--resolve", f"{NAMES[0]}:{listener['port']}:{listener['address']}", *options, listener["url"], check=False,
        )  # fmt: skip
        return done.stdout.strip()

    def refused(self, *arguments: str) -> str:
        """What an `up` that must fail prints."""
        done = self.up(*arguments, check=False)
        assert done.returncode != 0, done.stdout
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kinds]:
    """One sandbox in turn with every kind; each kind leaves an empty stack."""
    sandbox = Kinds(tmp_path_factory.mktemp("kinds"), number=14)
    sandbox.prepare()
    try:
        yield sandbox
    finally:
        sandbox.stop()


def test_an_external_authority_serves_the_clients_it_signed(kinds: Kinds) -> None:
    """Nothing is signed by the stack; the client that was signed elsewhere gets 200, a stranger does not."""
    house, stranger = make_family(title="Corp"), make_family(title="Other")
    alice = house.client()
    write(kinds, "corp.pem", house.root.certificate_pem)
    write(kinds, "alice.pem", alice.certificate + house.chain)
    with kinds.kind({"external": {"certificateFile": "corp.pem"}}, {"alice": {"certificateFile": "alice.pem"}}):
        kinds.up()
        kinds.preview("--expect-no-changes")
        assert kinds.status(*presented(kinds, alice, house.chain)) == "200"
        assert kinds.status(*presented(kinds, stranger.client(), stranger.chain)) == "000"
        assert kinds.status() == "000"
        outputs = kinds.outputs()
        assert outputs["clientCertificates"]["alice"]["fingerprint"] == alice.issued.fingerprint
        assert outputs["clients"]["alice"]["privateKey"] == ""
        assert "PRIVATE KEY" not in json.dumps(outputs)
        write(kinds, "mallory.pem", stranger.client("mallory").certificate + stranger.chain)
        with kinds.changed({"mtlsedge:clients": {"mallory": {"certificateFile": "mallory.pem"}}}):
            assert "mtlsedge:clients.mallory.certificateFile: chain: ends at a certificate of" in kinds.refused()


def test_an_authority_in_a_stack_of_its_own_is_trusted_by_another(kinds: Kinds) -> None:
    """One stack signs, the other has its certificate only: renewed clients work on, and nothing of the first is needed.

    Production refuses the CA of a stack that is not, in preview already, unless the long setting stands there. The
    stack is the one that the test before has left, where there is one: another first `up` would show nothing more.
    """
    signing_stack(kinds, {"alice": {}})
    trusting = {"external": {"certificateFile": "authority/ca.crt"}}
    with kinds.kind(trusting, {}, **{"mtlsedge:production": True}):
        refused = kinds.preview(check=False)
        assert refused.returncode != 0
        assert "the CA of a stack that is not one of production" in refused.stdout + refused.stderr
    aloud = {"external": {**trusting["external"], "otherEnvironment": "trust-clients-of-another-environment"}}
    with kinds.kind(aloud, {}, **{"mtlsedge:production": True}):
        kinds.preview()
    with kinds.kind(trusting, {}):
        kinds.up()
        alice = ("--cert", "handover/alice/alice.crt", "--key", "handover/alice/alice.key")
        first = (kinds.root / "handover" / "alice" / "alice.crt").read_text()
        stranger = make_family(title="Other")
        assert kinds.status(*alice) == "200"
        assert kinds.status(*presented(kinds, stranger.client(), stranger.chain)) == "000"
        signing_stack(kinds, {"alice": {"validityDays": 20}})
        assert (kinds.root / "handover" / "alice" / "alice.crt").read_text() != first
        assert kinds.status(*alice) == "200"
        kinds.pulumi("stack", "rm", SIGNING, "--force", "--yes", "--preserve-config")
        kinds.pulumi("stack", "select", STACK)  # removing a stack leaves none selected
        kinds.preview("--expect-no-changes")
        kinds.pulumi("destroy", "--yes", "--skip-preview", "--stack", STACK)


def test_a_version_1_root_needs_its_exception(kinds: Kinds) -> None:
    """The tutorial's root is refused with what to do instead; with allowVersion1Root it works, and is a weakening."""
    key, root, client = version_1_family(kinds.root)
    write(kinds, "v1.pem", root)
    write(kinds, "v1-alice.pem", client)
    clients = {"alice": {"certificateFile": "v1-alice.pem"}}
    with kinds.kind({"external": {"certificateFile": "v1.pem"}}, clients):
        text = kinds.refused()
        assert "allowed 3" in text and "mtlsedge authority new" in text and "allowVersion1Root" in text
    with kinds.kind({"external": {"certificateFile": "v1.pem", "allowVersion1Root": True}}, clients):
        kinds.up()
        assert any("allowVersion1Root" in line for line in kinds.outputs()["weakenings"])
        write(kinds, "v1-alice.key", key)
        assert kinds.status("--cert", "v1-alice.pem", "--key", "v1-alice.key") == "200"
        kinds.pulumi("destroy", "--yes", "--skip-preview")


def test_an_imported_root_signs_and_its_key_is_never_in_clear(kinds: Kinds) -> None:
    """Key and passphrase are secrets of the stack file; after the import they may leave it; another root is refused."""
    old = make_family(title="Old", intermediate=True)
    passphrase = "correct horse battery"
    write(kinds, "old.pem", old.root.certificate_pem)
    generation = {"selfManaged": {"generations": {"old": {"certificateFile": "old.pem"}}}}
    with kinds.kind(generation, {"alice": {}}):
        assert "importedKeys" in kinds.refused()
        secret(kinds, "key", encrypted(old.root.private_key_pem, passphrase))
        secret(kinds, "passphrase", "wrong passphrase")
        text = kinds.refused()
        assert "the passphrase does not open it" in text and "wrong passphrase" not in text
        secret(kinds, "passphrase", passphrase)
        assert "PRIVATE KEY" not in kinds.stack_file.read_text()
        kinds.up()
        kinds.export()
        assert (
            kinds.status("--cert", ".local/clients/alice/alice.crt", "--key", ".local/clients/alice/alice.key") == "200"
        )
        earlier = old.client("earlier")
        assert kinds.status(*presented(kinds, earlier, old.chain)) == "200"
        assert old.root.private_key_pem.splitlines()[1] not in kinds.pulumi("stack", "export").stdout
        with kinds.changed({"mtlsedge:importedKeys": None}):
            kinds.preview("--expect-no-changes")
            write(kinds, "old.pem", make_family(title="Old").root.certificate_pem)
            refused = kinds.preview(check=False)
            assert refused.returncode != 0
            assert "add a new generation" in refused.stdout + refused.stderr
        write(kinds, "old.pem", old.root.certificate_pem)
        kinds.pulumi("destroy", "--yes", "--skip-preview")


def test_a_private_ca_gives_a_pfx_that_opens_the_door_and_leaves_nothing(kinds: Kinds) -> None:
    """Root, subordinate and client are made by the service; alice's PFX gets 200; destroy leaves nothing in the cloud."""
    pytest.importorskip("alibabacloud_cas20200630")
    with kinds.kind({"privateCa": {"subject": SUBJECT}}, {"alice": {}}):
        kinds.up()
        kinds.preview("--expect-no-changes")
        kinds.preview("--refresh", "--expect-no-changes")
        kinds.export()
        folder = kinds.local / "clients" / "alice"
        password = (folder / "alice-password.txt").read_text().strip()
        assert kinds.status("--cert-type", "P12", "--cert", f"{folder}/alice.pfx:{password}") == "200"
        assert kinds.status() == "000"
        assert "OU=Edge" in kinds.outputs()["clientCertificates"]["alice"]["subject"]
        with kinds.changed({"mtlsedge:clients": {"alice": {"validityDays": 20}}}):
            assert {name: op for name, op in kinds.steps().items() if op != "same"}.keys() >= {"client-alice-leaf"}
            kinds.up()
            assert len(call(kinds, PCA, "ListClientCertificate")["CertificateList"]) == 1
        kinds.pulumi("destroy", "--yes", "--skip-preview")
    assert call(kinds, PCA, "ListClientCertificate")["CertificateList"] == []
    left = [path.name for path in (kinds.local / "cloud" / "keys").iterdir()]
    assert not [name for name in left if name.startswith("pca-")]


def test_a_signing_request_gets_what_the_stack_file_says(kinds: Kinds) -> None:
    """A request that asks to be a CA and a server gets a client certificate; what was dropped is in the notes."""
    from tests.unit.test_external_requests import greedy_request

    csr, key = greedy_request("device-7")
    write(kinds, "device.csr", csr)
    with kinds.changed({"mtlsedge:clients": {"device-7": {"csrFile": "device.csr"}}}):
        kinds.up()
        outputs = kinds.outputs()
        text = "\n".join(outputs["notes"])
        assert "basicConstraints CA:TRUE" in text and "serverAuth" in text
        assert outputs["clients"]["device-7"]["privateKey"] == ""
        kinds.pulumi("destroy", "--yes", "--skip-preview")
    assert key


def signing_stack(kinds: Kinds, clients: dict[str, Any]) -> None:
    """The stack `authority`, up with these clients and nothing in front; its certificate and bundles written out."""
    document = kinds.checked_in_config()
    kept = {key: value for key, value in document["config"].items() if key.startswith("alicloud:")}
    names = ("mtlsedge:accountId", "mtlsedge:certificateSite", "mtlsedge:authority")
    kept |= {name: document["config"][name] for name in names} | {"mtlsedge:clients": clients}
    file = kinds.root / f"Pulumi.{SIGNING}.yaml"
    is_new = not file.exists()
    file.write_text(yaml.safe_dump({**document, "config": kept}))
    if is_new:
        kinds.pulumi("stack", "init", SIGNING, "--no-select")
    kinds.pulumi("up", "--yes", "--skip-preview", "--stack", SIGNING)
    kinds.python("-m", "mtlsedge", "authority", "export", "--stack", SIGNING, "--to", "authority")
    kinds.python("-m", "mtlsedge", "clients", "export", "--all", "--stack", SIGNING, "--to", "handover")


def write(kinds: Kinds, name: str, content: str) -> Path:
    """A file in the project's folder."""
    path = kinds.root / name
    path.write_text(content)
    return path


def secret(kinds: Kinds, name: str, value: str) -> None:
    """`pulumi config set --secret`, the value on standard input as an operator gives it: never in the arguments."""
    command = [
        "pulumi",
        "config",
        "set",
        "--secret",
        "--path",
        f'mtlsedge:importedKeys["old"].{name}',
        "--stack",
        "local",
    ]
    done = subprocess.run(
        command,
        check=False,
        cwd=kinds.root,
        env=kinds.environment(),
        input=value,
        text=True,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def presented(kinds: Kinds, leaf: Leaf, chain: str) -> tuple[str, ...]:
    """curl's options to present a client certificate with its chain, as a PFX."""
    password = new_password()
    path = kinds.root / "presented.pfx"
    path.write_bytes(pfx(Bundle("client", leaf.certificate, leaf.key, chain), password))
    return ("--cert-type", "P12", "--cert", f"{path}:{password}")


def version_1_family(folder: Path) -> tuple[str, str, str]:
    """A client's key, a root and a client certificate, made with the tutorial's commands as far as they still work."""
    commands = [
        "genrsa -out v1-ca.key 2048",
        "req -new -key v1-ca.key -out v1-ca.csr -subj /C=CN/O=Acme/CN=root",
        "x509 -req -in v1-ca.csr -out v1-ca.crt -signkey v1-ca.key -days 3650",
        "genrsa -out v1-client.key 2048",
        "req -new -key v1-client.key -out v1-client.csr -subj /C=CN/O=Acme/CN=alice",
        "x509 -req -in v1-client.csr -out v1-client.crt -CA v1-ca.crt -CAkey v1-ca.key -CAcreateserial -days 30",
    ]
    for command in commands:
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    names = ("v1-client.key", "v1-ca.crt", "v1-client.crt")
    return tuple((folder / name).read_text() for name in names)  # type: ignore[return-value]
