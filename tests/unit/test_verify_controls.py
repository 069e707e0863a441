"""A refusal proves something only beside a control that is let in: what `verify` says without one, and with one."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mtlsedge.errors import CommandError
from mtlsedge.outputs import below_wildcard, parse
from mtlsedge.verify import running
from mtlsedge.verify.result import Evidence, Result, Status
from mtlsedge.verify.table import CHECKS, CORE
from mtlsedge.verify.target import Options, Target
from tests.unit import verify_stack
from tests.unit.test_verify_sabotage import healthy
from tests.unit.verify_edge import Faults, edge
from tests.unit.verify_stack import pki

pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
OPEN_AND_REFUSING = Faults(client_certificates=ssl.CERT_NONE, status=400, names_itself=False)
"""A listener without mutual TLS, whose servers answer 400 to everybody and do not name themselves."""


def by_csr() -> dict:
    """Outputs of a stack whose only client made its own key."""
    document = verify_stack.outputs_document(pki())
    return {**document, "clients": {"alice": {**document["clients"]["alice"], "privateKey": ""}}}


def run(folder: Path, faults: Faults, document: dict, files: tuple[Path, Path] | None = None) -> dict[str, Result]:
    """The whole table against an edge, without any key of the authority."""
    with edge(folder, faults) as place:
        options = Options(resolver=place.resolver, ports=place.ports, timeout=2.0, requests=4, client_files=files)
        target = Target(parse(document), options, datetime.now(UTC), healthy)
        return {result.id: result for result in running.run(target, CHECKS)}


def files(folder: Path) -> tuple[Path, Path]:
    """The good client as files."""
    certificate, key = folder / "alice.crt", folder / "alice.key"
    certificate.write_text(pki().client.certificate_pem + pki().intermediate.certificate_pem)
    key.write_text(pki().client.private_key_pem)
    return certificate, key


def test_an_open_listener_whose_servers_answer_400_is_never_green(tmp_path):
    """Seen by an attacker: every probe got 400, every row was ok, exit status 0. Now nothing is proved: 3."""
    results = run(tmp_path, OPEN_AND_REFUSING, by_csr())
    assert {row: results[row].status for row in CORE} == dict.fromkeys(CORE, Status.NOT_CHECKED)
    assert all("--client-cert" in results[row].saw for row in CORE)
    assert running.exit_status(results.values()) == 3


def test_with_a_client_the_same_listener_is_red(tmp_path):
    """The control is not let in either: the row that must let somebody in says so."""
    results = run(tmp_path, OPEN_AND_REFUSING, by_csr(), files(tmp_path))
    assert results["mtls.accepted"].status is Status.FAILED
    assert results["mtls.no-certificate"].status is Status.NOT_CHECKED
    assert running.exit_status(results.values()) == 1


def test_a_client_in_files_is_a_control(tmp_path):
    """A sound listener: the core rows are proved without a key in the outputs, by an alert beside a control."""
    results = run(tmp_path, Faults(), by_csr(), files(tmp_path))
    assert {row: results[row].status for row in CORE} == dict.fromkeys(CORE, Status.OK)
    assert results["mtls.no-certificate"].evidence is Evidence.ALERT_BESIDE_CONTROL
    assert results["mtls.accepted"].evidence is Evidence.LET_IN
    assert running.exit_status(results.values()) == 0


def test_without_a_control_a_sound_listener_is_not_proved_either(tmp_path):
    """The near miss: refused as it should be, but nobody was seen to be let in."""
    results = run(tmp_path, Faults(), by_csr())
    assert running.exit_status(results.values()) == 3
    assert [result.id for result in results.values() if result.status is Status.FAILED] == []


@pytest.mark.parametrize(
    ("names_itself", "status", "evidence"),
    [(False, Status.OK, Evidence.STATUS_BESIDE_CONTROL), (True, Status.FAILED, Evidence.LET_IN)],
)
def test_a_400_counts_beside_a_control_unless_a_server_said_it(names_itself, status, evidence, tmp_path):
    """A listener may word its refusal as HTTP 400; a 400 in which a server names itself went through the listener."""
    faults = Faults(client_certificates=ssl.CERT_OPTIONAL, anonymous_status=400, names_itself=names_itself)
    row = run(tmp_path, faults, verify_stack.outputs_document(pki()))["mtls.no-certificate"]
    assert (row.status, row.evidence) == (status, evidence)


def test_a_key_file_that_cannot_be_read_ends_the_run(tmp_path):
    """A mistake of the operator is one line, not a row; what is in the file is not shown."""
    certificate, _ = files(tmp_path)
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path, Faults(), by_csr(), (certificate, tmp_path / "none.key"))


def test_a_wildcard_is_checked_below_itself(tmp_path):
    """A stack with a wildcard record only: DNS, chain and redirect are asked with a made-up name below it."""
    host = "x.apps.example.test"
    document = verify_stack.outputs_document(pki(), urls=[], url="")
    document["domain"] = {**document["domain"], "names": ["*.apps"]}
    server = verify_stack.server_for("*.apps.example.test", pki().intermediate)
    document["serverCertificate"] |= {
        "fingerprint": verify_stack.fingerprint(server.certificate_pem), "names": ["*.apps.example.test"],
    }  # fmt: skip
    names = {host: verify_stack.BALANCER, verify_stack.BALANCER: "127.0.0.1"}
    results = run(tmp_path, Faults(server=server, dns=names, plain_location=f"https://{host}/"), document)
    rows = ("dns.resolves", "tls.server-chain", "http.redirect")
    assert {row: results[row].status for row in rows} == dict.fromkeys(rows, Status.OK)
    assert all(host in results[row].saw for row in rows)
    assert below_wildcard("www.example.test") == "www.example.test"


@pytest.mark.parametrize("older", [True, False])
def test_an_older_export_does_not_make_a_healthy_stack_red(tmp_path, older):
    """After a rotation the exported file is of the CA before: the row stays green by the outputs, and names the file."""
    file = tmp_path / "server-ca.crt"
    file.write_text(pki("Root of 2026").root.certificate_pem if older else pki().root.certificate_pem)
    document = verify_stack.outputs_document(pki())
    document["serverCertificate"] |= {"issuer": pki().root.certificate_pem}
    with edge(tmp_path, Faults()) as place:
        options = Options(resolver=place.resolver, ports=place.ports, timeout=2.0, requests=4, server_ca=file)
        target = Target(parse(document), options, datetime.now(UTC), healthy)
        (result,) = [one for one in running.run(target, CHECKS) if one.id == "tls.server-chain"]
    assert result.status is Status.OK
    assert ("CN=Root of 2026" in result.saw and "which is not its issuer" in result.saw) is older
