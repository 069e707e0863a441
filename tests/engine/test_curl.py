"""curl at the listener, as a stranger to this project would: the good client gets in, every near miss does not."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mtlsedge_components.x509.building import Issuer, Request, issue, issue_root
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from settings.model import Subject, SubjectAlternativeNames
from tests.engine.keys_in_state import authority_keys
from tests.engine.sandbox import Sandbox

pytestmark = pytest.mark.engine

HOST = "www.example.test"
REFUSED = {35, 55, 56, 58}
"""curl's exit codes for a failed handshake, a connection reset or an alert after it, and a certificate it cannot use itself."""


def curl(
    stack: Sandbox, *arguments: str, declared: int = 443, scheme: str = "https"
) -> subprocess.CompletedProcess[str]:
    """curl with the trust anchor and the address the local cloud serves the host at."""
    listener = stack.listeners()[declared]
    address, port = listener["address"], listener["port"]
    return subprocess.run(
        [
            "curl",
            "--silent",
            "--show-error",
            "--max-time",
            "10",
            "--include",
            "--http1.1",
            "--cacert",
            str(stack.local / "server-ca.crt"),
            "--resolve",
            f"{HOST}:{port}:{address}",
            *arguments,
            f"{scheme}://{HOST}:{port}/",
        ],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def as_client(folder: Path, certificate: Path | None = None, key: Path | None = None) -> list[str]:
    """curl arguments for one client's files."""
    name = folder.name
    return ["--cert", str(certificate or folder / f"{name}.crt"), "--key", str(key or folder / f"{name}.key")]


@pytest.fixture
def alice(stack: Sandbox) -> Path:
    """Alice's exported folder."""
    return stack.local / "clients" / "alice"


def forged(
    stack: Sandbox,
    folder: Path,
    *,
    profile: Profile = Profile.CLIENT,
    now: datetime | None = None,
    issuer: Issuer | None = None,
) -> list[str]:
    """A certificate like alice's with one thing changed, written for curl."""
    folder.mkdir(exist_ok=True)
    key = generate("ecdsa-p256")
    names = SubjectAlternativeNames(dns=("alice.example.test",))
    request = Request(profile, Subject(common_name="alice"), names, 1, public_pem(key))
    authority = issuer or authority_keys(stack).intermediate
    leaf = issue(request, authority, now or datetime.now(UTC))
    (folder / "forged.crt").write_text(leaf.certificate_pem + authority.certificate_pem)
    (folder / "forged.key").write_text(key)
    (folder / "forged.key").chmod(0o600)
    return ["--cert", str(folder / "forged.crt"), "--key", str(folder / "forged.key")]


def self_made(subject: Subject) -> Issuer:
    """A CA of a stranger's, under any name."""
    key = generate("ecdsa-p256")
    request = Request(Profile.ROOT, subject, SubjectAlternativeNames(), 30, public_pem(key), 1)
    return Issuer(issue_root(request, key, datetime.now(UTC)).certificate_pem, key)


def test_alice_is_served_by_both_servers_in_turn(stack: Sandbox, alice: Path) -> None:
    """Ten requests with alice's files all answer 200, and both ECS01 and ECS02 were seen."""
    answers = [curl(stack, *as_client(alice)) for _ in range(10)]
    assert all("200 OK" in answer.stdout for answer in answers), answers[0].stderr
    assert {name for answer in answers for name in ("ECS01", "ECS02") if name in answer.stdout} == {"ECS01", "ECS02"}


def test_a_forged_certificate_from_the_true_key_is_good(stack: Sandbox, tmp_path: Path) -> None:
    """The near misses below are made by code that, with nothing changed, makes an accepted certificate."""
    assert "200 OK" in curl(stack, *forged(stack, tmp_path)).stdout


def test_no_certificate_is_refused(stack: Sandbox) -> None:
    """Without a client certificate there is no answer."""
    refuse(curl(stack))


def test_a_strangers_certificate_is_refused(stack: Sandbox, tmp_path: Path) -> None:
    """A certificate of a CA nobody trusts is refused."""
    refuse(curl(stack, *forged(stack, tmp_path, issuer=self_made(Subject(common_name="Stranger")))))


def test_an_expired_certificate_is_refused(stack: Sandbox, tmp_path: Path) -> None:
    """The true CA's certificate is refused a day after it ended."""
    keys = authority_keys(stack)
    refuse(curl(stack, *forged(stack, tmp_path, now=datetime.now(UTC) - timedelta(days=2), issuer=keys.backdated())))


def test_a_ca_of_the_same_name_with_another_key_is_refused(stack: Sandbox, tmp_path: Path) -> None:
    """A CA that copies the root's whole subject does not get its clients in."""
    root = authority_keys(stack).root_subject
    refuse(curl(stack, *forged(stack, tmp_path, issuer=self_made(root))))


def test_a_server_certificate_of_the_same_authority_is_refused(stack: Sandbox, tmp_path: Path) -> None:
    """A certificate for serverAuth only is no client certificate."""
    refuse(curl(stack, *forged(stack, tmp_path, profile=Profile.SERVER)))


def test_alices_certificate_with_another_key_is_refused(stack: Sandbox, alice: Path, tmp_path: Path) -> None:
    """Who has only alice's certificate cannot be alice."""
    key = tmp_path / "other.key"
    key.write_text(generate("ecdsa-p256"))
    refuse(curl(stack, *as_client(alice, key=key)))


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_old_tls_is_refused(stack: Sandbox, alice: Path, version: str) -> None:
    """A client that speaks nothing newer than TLS 1.1 gets no handshake."""
    refuse(curl(stack, *as_client(alice), "--ciphers", "DEFAULT@SECLEVEL=0", f"--tlsv{version}", "--tls-max", version))


def test_port_80_redirects_and_serves_nothing(stack: Sandbox) -> None:
    """HTTP answers 301 to https and no word of any server."""
    answer = curl(stack, declared=80, scheme="http").stdout
    assert " 301 " in answer.splitlines()[0]
    assert "location: https://www.example.test" in answer.lower()
    assert "ECS0" not in answer


def refuse(answer: subprocess.CompletedProcess[str]) -> None:
    """The handshake failed and no server said a word."""
    assert answer.returncode in REFUSED, (answer.returncode, answer.stdout, answer.stderr)
    assert answer.stdout == ""
