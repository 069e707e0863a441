"""Every check sabotaged once: exactly its row turns red, whatever else it makes impossible to judge."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from mtlsedge.outputs import parse
from mtlsedge.verify import forgery, running
from mtlsedge.verify.entry_points import OF_KNOWN_SERVERS, entry_points
from mtlsedge.verify.forgery import Issuer
from mtlsedge.verify.health import HEALTHY, Health, ServerHealth
from mtlsedge.verify.result import Status
from mtlsedge.verify.table import CHECKS
from mtlsedge.verify.target import Options, Target
from settings.model import NameConstraints, Subtrees
from tests.unit import verify_edge, verify_stack
from tests.unit.test_name_constraints import constrained
from tests.unit.verify_edge import Faults, edge
from tests.unit.verify_stack import HOST, pki

pytestmark = [
    pytest.mark.slow,  # dozens of servers that are broken on purpose
    pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning"),
]
OTHER, RETIRED = pki("Other Root"), pki("Retired Root")


def signer(issuer, chain: str = "") -> Issuer:
    """A CA of the test PKI in the form that forges."""
    certificate = x509.load_pem_x509_certificate(issuer.certificate_pem.encode())
    key = serialization.load_pem_private_key(issuer.private_key_pem.encode(), None)
    return Issuer(certificate, key, chain)


def healthy(*unhealthy: str) -> Health:
    """The cloud's report on ECS01 and ECS02."""
    return Health(
        tuple(
            ServerHealth("sgp-1", name, f"{name}:80", "Unhealthy" if name in unhealthy else HEALTHY)
            for name in ("ECS01", "ECS02")
        )
    )


@dataclass
class Sabotage:
    """One thing broken, and the one row that must say so."""

    row: str
    faults: Callable[[], Faults] = Faults
    health: Health = field(default_factory=healthy)
    document: dict[str, Any] = field(default_factory=dict)
    patch: Callable[[pytest.MonkeyPatch], None] = lambda _: None


def believes(forged: str, made: Callable[..., Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """A listener that lets a forgery in is played by handing it a good certificate instead."""
    return lambda patch: patch.setattr(forgery, forged, made)


STRANGER, NAMESAKE = pki("Stranger Root").root, pki.__wrapped__().root
"""CAs that the listener does not know. They are valid for years: this module may be read long before its tests run."""
FOREIGN = signer(STRANGER, STRANGER.certificate_pem)
TWIN = signer(NAMESAKE, NAMESAKE.certificate_pem)
ROOT = pki().root.certificate_pem
NO_ROW = ""


def pem(issuer: Issuer) -> str:
    return issuer.certificate.public_bytes(serialization.Encoding.PEM).decode()


def moved(document: dict[str, Any], key: str, days: float) -> dict[str, Any]:
    return {key: {**document[key], "notAfter": (datetime.now(UTC) + timedelta(days=days)).isoformat()}}


DOCUMENT = verify_stack.outputs_document(pki())
SABOTAGES = {
    "nothing": Sabotage(NO_ROW),
    "record removed": Sabotage("dns.resolves", lambda: Faults(dns={verify_stack.BALANCER: "127.0.0.1"})),
    "record points elsewhere": Sabotage(
        "dns.resolves",
        lambda: Faults(dns={HOST: "other.test", "other.test": "127.0.0.1", verify_stack.BALANCER: "127.0.0.1"}),
    ),
    "no name resolves at all": Sabotage("dns.resolves", lambda: Faults(dns={})),
    "TLS policy lowered to 1.0": Sabotage("tls.floor", lambda: Faults(lowest=ssl.TLSVersion.TLSv1)),
    "TLS policy lowered to 1.1": Sabotage("tls.floor", lambda: Faults(lowest=ssl.TLSVersion.TLSv1_1)),
    "server certificate of another CA": Sabotage("tls.server-chain", lambda: Faults(server=OTHER.server)),
    "server certificate for another name": Sabotage(
        "tls.server-chain", lambda: Faults(server=verify_stack.server_for("mail.example.test", pki().intermediate))
    ),
    "server certificate swapped for a valid one": Sabotage(
        "tls.server-chain", lambda: Faults(server=verify_stack.server_for(HOST, pki().intermediate))
    ),
    "client verification off": Sabotage("mtls.no-certificate", lambda: Faults(client_certificates=ssl.CERT_NONE)),
    "client certificate optional": Sabotage(
        "mtls.no-certificate", lambda: Faults(client_certificates=ssl.CERT_OPTIONAL)
    ),
    "a stranger's CA trusted too": Sabotage(
        "mtls.stranger",
        lambda: Faults(trusted=(ROOT, pem(FOREIGN))),
        patch=lambda patch: patch.setattr(
            forgery, "stranger", lambda subject, now: forgery.fresh(FOREIGN, subject, now)
        ),
    ),
    "a CA of the same name trusted too": Sabotage(
        "mtls.same-name-ca",
        lambda: Faults(trusted=(ROOT, pem(TWIN))),
        patch=lambda patch: patch.setattr(
            forgery, "same_name", lambda _, subject, now: forgery.fresh(TWIN, subject, now)
        ),
    ),
    "dates not looked at": Sabotage("mtls.expired", lambda: Faults(verify_flags=verify_edge.NO_CHECK_TIME)),
    "key usage not looked at": Sabotage("mtls.server-only", patch=believes("server_only", forgery.fresh)),
    "signature not looked at": Sabotage("mtls.wrong-key", patch=believes("wrong_key", lambda good: good)),
    "retired CA still trusted": Sabotage(
        "mtls.rotated-out", lambda: Faults(trusted=(ROOT, RETIRED.root.certificate_pem))
    ),
    "another CA on the listener": Sabotage("mtls.accepted", lambda: Faults(trusted=(OTHER.root.certificate_pem,))),
    "listener stopped": Sabotage("mtls.accepted", lambda: Faults(listens=False)),
    "backend stopped, not noticed yet": Sabotage("servers.alternate", lambda: Faults(answering=("ECS01",))),
    "backend stopped, and noticed": Sabotage(
        "health.servers", lambda: Faults(answering=("ECS01",)), health=healthy("ECS02")
    ),
    "every backend stopped, not noticed yet": Sabotage("servers.alternate", lambda: Faults(answering=())),
    "every backend stopped, and noticed": Sabotage(
        "health.servers", lambda: Faults(answering=()), health=healthy("ECS01", "ECS02")
    ),
    "headers off": Sabotage("headers.forwarded", lambda: Faults(headers_sent=False)),
    "the client's own copies pass": Sabotage("headers.forwarded", lambda: Faults(passes_copies=True)),
    "port 80 serves content": Sabotage("http.redirect", lambda: Faults(plain_status=200)),
    "port 80 serves a path of its own": Sabotage(
        "http.redirect", lambda: Faults(plain_served=("/.well-known/acme-challenge/",))
    ),
    "port 80 redirects to another port": Sabotage(
        "http.redirect", lambda: Faults(plain_location=f"https://{HOST}:9443/")
    ),
    "servers behind an open listener answer 400 to anonymous clients": Sabotage(
        "mtls.no-certificate", lambda: Faults(client_certificates=ssl.CERT_OPTIONAL, anonymous_status=400)
    ),
    "one path is served without a certificate": Sabotage(
        "mtls.every-path",
        lambda: Faults(
            client_certificates=ssl.CERT_OPTIONAL, anonymous_status=400, names_itself=False, open_paths=("/api/",)
        ),
    ),
    "a path leads to servers of another group": Sabotage("servers.paths", lambda: Faults(api="ECS02")),
    "QUIC is spoken": Sabotage("tls.no-quic", lambda: Faults(speaks_quic=True)),
    "port 80 redirects to another host": Sabotage("http.redirect", lambda: Faults(plain_location="https://evil.test/")),
    "port 80 redirects for now only": Sabotage("http.redirect", lambda: Faults(plain_status=302)),
    "client about to expire": Sabotage(
        "expiry.days-left",
        document={
            "clientCertificates": {
                "alice": {**DOCUMENT["clientCertificates"]["alice"], **moved(DOCUMENT, "authority", 2)["authority"]}
            }
        },
    ),
    "server certificate about to expire": Sabotage(
        "expiry.days-left", document=moved(DOCUMENT, "serverCertificate", 10)
    ),
    "CA about to expire": Sabotage("expiry.days-left", document=moved(DOCUMENT, "authority", 100)),
}


def cluster_document() -> dict[str, Any]:
    """A stack whose only entry point is a cluster's, at the same edge."""
    balancer = {key: DOCUMENT["loadBalancer"][key] for key in ("dnsName", "port", "httpPort", "tlsPolicy", "headers")}
    front = {
        **balancer,
        "loadBalancerId": "alb-1",
        "hosts": [HOST],
        "paths": [
            {**verify_stack.requests(hosts=[HOST], paths=[path]), "without": [], "serverGroups": []}
            for path in ("/", "/api/")
        ],
        "zone": "example.test",
        "mutualAuthentication": True,
    }
    absent = ("loadBalancer", "serverGroups", "domain", "url", "urls")
    return {key: value for key, value in DOCUMENT.items() if key not in absent} | {"kubernetes": front}


def run(sabotage: Sabotage, folder: Path, document: dict[str, Any] = DOCUMENT) -> dict[str, running.Result]:
    """The whole table against the sabotaged edge."""
    keys = pki()
    (found,) = entry_points(parse({**document, **sabotage.document}))
    with edge(folder, sabotage.faults()) as place:
        target = Target(
            found.outputs,
            Options(resolver=place.resolver, ports=place.ports, echo_path="/echo", timeout=2.0, requests=6),
            datetime.now(UTC),
            lambda: sabotage.health,
            (signer(keys.intermediate, keys.intermediate.certificate_pem), signer(keys.root)),
            (signer(RETIRED.root),),
        )
        return {result.id: result for result in running.run(target, found.checks)}


@pytest.mark.parametrize("name", SABOTAGES)
def test_one_fault_turns_exactly_one_row_red(name, tmp_path, monkeypatch):
    """The row that names the fault fails, with a remedy; the exit status follows; no other row fails."""
    sabotage = SABOTAGES[name]
    sabotage.patch(monkeypatch)
    results = run(sabotage, tmp_path)
    red = [result for result in results.values() if result.status is Status.FAILED]
    assert [result.id for result in red] == ([sabotage.row] if sabotage.row else [])
    assert all(result.remedy for result in red)
    assert running.exit_status(results.values()) == bool(sabotage.row)


@pytest.mark.parametrize("name", [name for name, one in SABOTAGES.items() if one.row not in OF_KNOWN_SERVERS])
def test_one_fault_turns_exactly_one_row_of_the_clusters_entry_point_red(name, tmp_path, monkeypatch):
    """The same fault at a cluster's listener turns the same row red, under the cluster's id; dates are the stack's row."""
    sabotage = SABOTAGES[name]
    sabotage.patch(monkeypatch)
    results = run(sabotage, tmp_path, cluster_document())
    red = [result for result in results.values() if result.status is Status.FAILED]
    prefix = "" if sabotage.row.startswith("expiry") else "kubernetes."
    assert [result.id for result in red] == ([prefix + sabotage.row] if sabotage.row else [])
    assert all("mtlsedge:listener" not in result.remedy for result in red)


@pytest.mark.parametrize("document", [DOCUMENT, cluster_document()], ids=["load balancer", "cluster"])
def test_a_sound_edge_is_all_green(document, tmp_path):
    """With the authority's key at hand, nothing stays unchecked."""
    results = run(SABOTAGES["nothing"], tmp_path, document)
    assert {
        result.id: (result.status, result.saw) for result in results.values() if result.status is not Status.OK
    } == {}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("algorithm", ["ecdsa-p256", "ecdsa-p384", "rsa-2048"])
def test_verdicts_hold_in_both_versions_and_for_every_kind_of_key(version, algorithm, tmp_path):
    """In TLS 1.3 the refusal comes after the client's handshake, and a reset may overtake its alert; the wrong key is really tried."""
    keys = pki("Test Root", algorithm)
    sabotage = Sabotage(NO_ROW, lambda: Faults(lowest=version, highest=version))
    with edge(tmp_path, sabotage.faults(), keys) as place:
        options = Options(resolver=place.resolver, ports=place.ports, timeout=2.0, requests=6)
        target = Target(verify_stack.outputs(keys), options, datetime.now(UTC), healthy)
        results = {result.id: result for result in running.run(target, CHECKS)}
    assert {row for row, result in results.items() if result.status is Status.FAILED} == set()
    refused = ["tls.floor", "mtls.no-certificate", "mtls.stranger", "mtls.same-name-ca", "mtls.wrong-key"]
    assert {row: results[row].status for row in [*refused, "mtls.accepted"]} == dict.fromkeys(
        [*refused, "mtls.accepted"], Status.OK
    )
    assert any(word in results["mtls.wrong-key"].saw for word in ("alert decrypt error", "connection closed"))


def test_what_needs_the_authoritys_key_is_not_checked_without_it(tmp_path):
    """Without the key these rows are never green, and say how to get them judged."""
    with edge(tmp_path) as place:
        options = Options(resolver=place.resolver, ports=place.ports, timeout=2.0)
        target = Target(verify_stack.outputs(pki()), options, datetime.now(UTC), healthy)
        results = {result.id: result for result in running.run(target, CHECKS)}
    for row in ("mtls.expired", "mtls.server-only", "mtls.rotated-out"):
        assert results[row].status is Status.NOT_CHECKED
        assert "--authority-key-from-state" in results[row].saw
    assert results["headers.forwarded"].status is Status.NOT_CHECKED


def test_without_a_retired_generation_there_is_nothing_to_refuse(tmp_path):
    """With the keys at hand and one generation, the row is green and says why."""
    keys = pki()
    with edge(tmp_path) as place:
        options = Options(resolver=place.resolver, ports=place.ports, timeout=2.0)
        target = Target(verify_stack.outputs(keys), options, datetime.now(UTC), healthy, (signer(keys.root),), ())
        results = {result.id: result for result in running.run(target, CHECKS)}
    assert results["mtls.rotated-out"].status is Status.OK
    assert "nothing to refuse" in results["mtls.rotated-out"].saw


@pytest.mark.parametrize("trusted", [(), (OTHER.root.certificate_pem,)], ids=["its own CA", "the other CA too"])
def test_a_client_of_another_listener_is_tried(trusted: tuple[str, ...], tmp_path):
    """It is refused; let in, the row is red and no other is."""
    carrier = verify_stack.outputs(OTHER).clients["alice"]
    with edge(tmp_path, Faults(trusted=(ROOT, *trusted))) as place:
        options = Options(resolver=place.resolver, ports=place.ports, timeout=2.0)
        outputs = verify_stack.outputs(pki())
        target = Target(outputs, options, datetime.now(UTC), healthy, of_others={"carrier": carrier})
        results = {result.id: result for result in running.run(target, CHECKS)}
    assert results["mtls.other-listener"].status is (Status.FAILED if trusted else Status.OK)
    red = {row for row, result in results.items() if result.status is Status.FAILED}
    assert red == ({"mtls.other-listener"} if trusted else set())


@pytest.mark.parametrize(("tree", "status"), [("other.test", Status.NOT_CHECKED), ("example.test", Status.FAILED)])
def test_a_retired_generation_is_tried_with_names_it_may_certify(tree: str, status: Status, tmp_path):
    """Refused for its names, its certificate would pass for rotated out, on a listener that trusts it still."""
    retired = constrained(NameConstraints(Subtrees(email=(tree,))), intermediate=False).root
    with edge(tmp_path, Faults(trusted=(ROOT, retired.certificate_pem))) as place:
        options = Options(resolver=place.resolver, ports=place.ports, timeout=2.0)
        believed, gone = (signer(pki().root),), (signer(retired),)
        target = Target(verify_stack.outputs(pki()), options, datetime.now(UTC), healthy, believed, gone)
        results = {result.id: result for result in running.run(target, CHECKS)}
    assert results["mtls.rotated-out"].status is status
