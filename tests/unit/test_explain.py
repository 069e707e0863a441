"""`mtlsedge explain`: causes from files, the command's words, and what it never does."""

import json
import re
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, load_pem_private_key, pkcs12

from mtlsedge.command import run
from mtlsedge.explain.asking import Answers, Variation
from mtlsedge.explain.causes import CAUSES
from mtlsedge.explain.findings import classified
from mtlsedge.explain.judging import judge, offline
from mtlsedge.explain.predicting import Client, Trust, predict
from mtlsedge.verify.connecting import Attempt, Outcome
from mtlsedge.verify.resolving import Names
from mtlsedge_components.x509 import bundles
from mtlsedge_components.x509.bundles import Bundle, pfx
from mtlsedge_components.x509.keys import SM2_CURVE
from tests.ports import free_port
from tests.unit import der
from tests.unit.explain_cases import ANN, Case, cases, good, issuing, leaf, root, shown, trust
from tests.unit.x509_shapes import key, shape

CASES = cases()
NOW = datetime.now(UTC)


def pem_of(client: Client) -> str:
    """What it sends."""
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in client.sent)


def written(folder: Path, client: Client) -> list[str]:
    """Its files, as options."""
    (folder / "ann.crt").write_text(pem_of(client))
    (folder / "ann.key").write_text(client.private_key_pem)
    (folder / "ca.pem").write_text(root().pem)
    return ["--cert", str(folder / "ann.crt"), "--key", str(folder / "ann.key"), "--ca", str(folder / "ca.pem")]


def told(capsys, *arguments: str) -> tuple[int, dict]:
    """Exit status and JSON."""
    status = run(["explain", *arguments, "--json"])
    return status, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_files_alone_say_the_cause(case: Case) -> None:
    """Each fault by itself, and nothing else is said first; weak numbers, which no server minds, are said beside."""
    verdict = offline(predict(case.client, case.trust, NOW))
    if case.cause == "key.weak":
        assert (verdict.cause, [one.cause for one in verdict.also]) == ("accepted", ["key.weak"])
    else:
        assert verdict.cause == case.cause


def test_every_line_about_a_certificate_has_a_cause() -> None:
    """Of all odd shapes: what is said of them is classified, or is about who signed whom, which the path says."""
    for found in map(shape, range(200)):
        findings = predict(shown(found.client + found.between), Trust(), NOW)
        assert {one.cause for one in findings} <= set(CAUSES)
    assert classified(["chain: certificate 2 did not sign certificate 1; allowed leaf first"]) == []


def test_a_good_client_is_predicted_in_and_connects_to_nobody_offline(tmp_path, capsys) -> None:
    """Exit status 0, no connection."""
    status, answer = told(capsys, *written(tmp_path, good()), "--host", "www.example.test", "--offline")
    assert (status, answer["verdict"], answer["cause"], answer["connections"]) == (0, "accepted", "accepted", 0)


@pytest.mark.parametrize("case", [case for case in CASES if case.cause.startswith("key.")], ids=lambda case: case.id)
def test_a_key_that_is_refused_elsewhere_is_looked_at(tmp_path, capsys, case: Case) -> None:
    """The key is the fault: it is no reason to end with an error in place of the cause, in PEM or in a PFX."""
    given = written(tmp_path, case.client)
    key = load_pem_private_key(case.client.private_key_pem.encode(), None)
    packed = pkcs12.serialize_key_and_certificates(None, key, None, list(case.client.sent), NoEncryption())
    (tmp_path / "ann.pfx").write_bytes(packed)
    pfx = ["--pfx", str(tmp_path / "ann.pfx"), "--ca", str(tmp_path / "ca.pem")]
    for options in (given, pfx):
        _, answer = told(capsys, *options, "--host", "www.example.test", "--offline")
        assert case.cause in {answer["cause"], *(one["cause"] for one in answer["also"])}


def test_a_key_of_a_kind_that_no_library_here_reads_is_no_error(tmp_path, capsys) -> None:
    """SM2: the certificate says what it is; the key is as if it had not been given. A damaged key stays an error."""
    given = written(tmp_path, good())
    held = der.tlv(4, der.seq(der.integer(1), der.tlv(4, b"\1" * 32)))
    sm2 = der.seq(der.integer(0), der.seq(der.oid("1.2.840.10045.2.1"), der.oid(SM2_CURVE)), held)
    (tmp_path / "ann.key").write_text(der.pem(sm2, "PRIVATE KEY"))
    status, answer = told(capsys, *given, "--host", "www.example.test", "--offline")
    assert (status, answer["cause"]) == (0, "accepted")
    (tmp_path / "ann.key").write_text("-----BEGIN PRIVATE KEY-----\nMII=\n-----END PRIVATE KEY-----\n")
    assert run(["explain", *given, "--host", "www.example.test", "--offline"]) == 2
    assert "the private key cannot be read" in capsys.readouterr().err


def test_a_refusal_is_one_sentence_then_what_to_do_then_evidence(tmp_path, capsys) -> None:
    """Exit status 1."""
    status = run(["explain", *written(tmp_path, shown(leaf(issuing()))), "--host", "h", "--offline"])
    first, second, *rest = capsys.readouterr().out.splitlines()
    assert status == 1
    assert first == f"would be refused: {CAUSES['chain.issuer-unknown'].sentence}"
    assert second == f"do: {CAUSES['chain.issuer-unknown'].remedy}"
    assert any("CN=Edge Issuing" in line for line in rest)


def test_a_pfx_of_endless_rounds_is_one_line(tmp_path, capsys, monkeypatch) -> None:
    """Whoever made it may ask for an hour of work: it is refused unopened. With as many as tools write it is read."""
    client = good()
    options = written(tmp_path, client)
    bundle = Bundle("ann", pem_of(Client("a", client.sent[:1])), client.private_key_pem, "")
    monkeypatch.setattr(bundles, "_MODERN_ROUNDS", 70_000)
    made = pfx(bundle, "secret-of-this-file")
    (tmp_path / "password.txt").write_text("secret-of-this-file\n")
    given = ["explain", "--pfx", str(tmp_path / "ann.pfx"), "--password-file", str(tmp_path / "password.txt")]
    for rounds, said in ((70_000, ""), (8_000_000, "demands more than 2,000,000 rounds")):
        (tmp_path / "ann.pfx").write_bytes(made.replace((70_000).to_bytes(3), rounds.to_bytes(3)))
        status = run([*given, *options[4:], "--host", "www.example.test", "--offline"])
        answer = capsys.readouterr().err
        assert ((status == 2), said in answer) == (bool(said), True) and "Traceback" not in answer


def test_every_way_to_give_a_client_gives_the_same_one(tmp_path, capsys) -> None:
    """PEM, PFX with its password file, an exported folder; a request is none yet; a certificate alone is judged only."""
    client = good()
    options = written(tmp_path, client)
    (tmp_path / "password.txt").write_text("secret-of-this-file\n")
    chain = "".join(one.public_bytes(Encoding.PEM).decode() for one in client.sent[1:])
    bundle = Bundle("ann", pem_of(Client("a", client.sent[:1])), client.private_key_pem, chain)
    (tmp_path / "ann.pfx").write_bytes(pfx(bundle, "secret-of-this-file"))
    (tmp_path / "ann.csr").write_text(der.pem(der.request(key("p256"), ANN), "CERTIFICATE REQUEST"))
    ways = {
        "cert": options,
        "pfx": ["--pfx", str(tmp_path / "ann.pfx"), "--password-file", str(tmp_path / "password.txt"), *options[4:]],
        "folder": ["--folder", str(tmp_path), *options[4:]],
        "alone": ["--cert", str(tmp_path / "ann.crt"), *options[4:]],
    }
    for way, arguments in ways.items():
        assert told(capsys, *arguments, "--host", "h", "--offline")[1]["cause"] == "accepted", way
    status, answer = told(capsys, "--csr", str(tmp_path / "ann.csr"), "--host", "h")
    assert (status, answer["cause"], answer["connections"]) == (1, "client.request-only", 0)


def test_wrong_use_is_one_line(tmp_path, capsys) -> None:
    """Two clients, a file that is not there, a PFX without its password, an unknown version: exit status 2."""
    options = written(tmp_path, good())
    (tmp_path / "ann.pfx").write_bytes(b"no pfx")
    for arguments, words in (
        ([*options, "--folder", str(tmp_path)], "--cert and --folder"),
        (["--cert", str(tmp_path / "none.crt")], "is no file"),
        (["--pfx", str(tmp_path / "ann.pfx")], "--password-file names the file that has its password"),
        ([*options, "--newest-tls", "1.1"], "expected 1.2 or 1.3"),
        (["--client", "ann"], "names a client of a stack"),
    ):
        assert run(["explain", *arguments, "--host", "h", "--offline"]) == 2
        error = capsys.readouterr().err
        assert words in error
        assert error.count("\n") == 1


def test_no_key_is_printed(tmp_path, capsys) -> None:
    """Neither in words nor in JSON, whatever is wrong."""
    for case in CASES:
        if not case.client.sent:
            continue
        options = written(tmp_path, case.client)
        run(["explain", *options, "--host", "h", "--offline"])
        run(["explain", *options, "--host", "h", "--offline", "--json"])
        said = capsys.readouterr()
        lines = [line for line in case.client.private_key_pem.splitlines() if len(line) > 30]
        assert not [line for line in lines if line in said.out + said.err]


def test_hostile_names_do_nothing_on_a_terminal(tmp_path, capsys) -> None:
    """Escape sequences and marks of direction in a subject are written out."""
    evil = der.common_name("a\x1b]0;owned\x07\u202eb")
    options = written(tmp_path, shown(leaf(issuing(), subject=evil) + issuing().pem, kind="p256b"))
    run(["explain", *options, "--host", "h", "--offline"])
    out = capsys.readouterr().out
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", out)
    assert "owned" in out


def test_a_stack_is_read_from_its_outputs(tmp_path, capsys) -> None:
    """Generations, deny list and the client come from the outputs' JSON; the main reason is the generation."""
    older = der.certificate(key("p256b"), der.common_name("Root 2025"), der.CA)
    old_leaf = der.pem(
        der.certificate(key("p256"), ANN, der.CLIENT, issuer=der.common_name("Root 2025"), signer=key("p256b"))
    )
    document = {
        "urls": ["https://www.example.test/"],
        "loadBalancer": {"id": "alb-1", "dnsName": "alb-1.test", "port": 443},
        "authority": {"certificate": root().pem},
        "clients": {"ann": {"certificate": old_leaf, "privateKey": der.key_pem(key("p256"))}},
        "rotation": {
            "trusted": "2026",
            "generations": {
                "2025": {"certificate": der.pem(older), "chain": ""},
                "2026": {"certificate": root().pem, "chain": ""},
            },
        },
    }
    (tmp_path / "outputs.json").write_text(json.dumps(document))
    arguments = ["--client", "ann", "--outputs", str(tmp_path / "outputs.json")]
    status, answer = told(capsys, *arguments, "--offline")
    assert (status, answer["cause"]) == (1, "generation.retired")
    assert "2025" in answer["evidence"][0]
    assert run(["explain", "--client", "bob", "--outputs", str(tmp_path / "outputs.json"), "--offline"]) == 2
    assert "the stack has ann" in capsys.readouterr().err


def test_a_host_without_an_address(tmp_path, capsys) -> None:
    """A resolver that does not answer, or knows no such host."""
    resolver = f"127.0.0.1:{free_port()}"
    arguments = [*written(tmp_path, good()), "--host", "www.example.test", "--resolver", resolver, "--timeout", "0.2"]
    status, answer = told(capsys, *arguments)
    assert (status, answer["cause"], answer["connections"]) == (1, "dns.no-address", 0)


def test_a_host_that_leads_elsewhere(tmp_path, capsys, monkeypatch) -> None:
    """The record points at another address than the load balancer's, where nobody listens."""
    places = {"www.example.test": ("127.0.0.1",), "alb-1.test": ("127.0.0.9",)}
    monkeypatch.setattr(Names, "addresses", lambda _, name: places[name])
    port = free_port()
    document = {
        "urls": ["https://www.example.test/"],
        "loadBalancer": {"id": "alb-1", "dnsName": "alb-1.test", "port": port},
        "authority": {"certificate": root().pem},
    }
    (tmp_path / "outputs.json").write_text(json.dumps(document))
    options = [*written(tmp_path, good())[:4], "--outputs", str(tmp_path / "outputs.json")]
    assert told(capsys, *options)[1]["cause"] == "dns.elsewhere"
    places["www.example.test"] = ("127.0.0.9",)
    assert told(capsys, *options)[1]["cause"] == "net.port-closed"


def answered(status: int = 200, **headers: str) -> Attempt:
    """A listener's answer."""
    return Attempt(Outcome.ANSWERED, f"HTTP {status}", status, headers)


def refused(detail: str) -> Attempt:
    """A listener's refusal."""
    return Attempt(Outcome.REFUSED, detail)


def test_a_clock_that_differs_is_the_cause_of_dates_that_only_it_finds_wrong() -> None:
    """Let in by the listener, over by this machine's clock; without a difference the listener has merely disagreed."""
    theirs, nobody = NOW - timedelta(days=400), refused("TLS: tlsv13 alert certificate required")
    date = theirs.strftime("%a, %d %b %Y %H:%M:%S GMT")
    findings = predict(good(), trust(), NOW + timedelta(days=400))
    assert findings[0].cause == "date.expired"
    skewed = judge(findings, good(), Answers(answered(date=date), answered(date=date), nobody), "", NOW)
    assert (skewed.cause, skewed.result) == ("date.clock-skew", "accepted")
    same = NOW.strftime("%a, %d %b %Y %H:%M:%S GMT")
    agreed = judge(findings, good(), Answers(answered(date=same), answered(date=same), nobody), "", NOW)
    assert (agreed.cause, agreed.agrees) == ("accepted", False)


@pytest.mark.parametrize(
    ("alert", "cause"),
    [("tlsv1 alert unknown ca", "certificate.refused"), ("sslv3 alert bad certificate", "certificate.refused"),
     ("tlsv1 alert access denied", "certificate.refused"),
     ("sslv3 alert certificate expired", "date.issuer"), ("connection closed by the listener", "cannot-tell")],
)  # fmt: skip
def test_without_knowing_the_trusted_ca_only_what_an_alert_says_is_said(alert: str, cause: str) -> None:
    """No cause is made up: "unknown CA" ends many faults. With the CA known, it is said that another one is trusted."""
    nobody = refused("TLS: tlsv13 alert certificate required")
    answers = Answers(refused(f"TLS: {alert}"), refused(f"TLS: {alert}"), nobody)
    verdict = judge([], good(), answers, "", NOW, is_trust_known=False)
    assert verdict.cause == cause
    assert verdict.agrees is False
    known = judge([], good(), answers, "", NOW)
    told = {"tlsv1 alert unknown ca": "ca.unknown", "tlsv1 alert access denied": "denied.by-list"}
    assert known.cause == told.get(alert, cause)


@pytest.mark.parametrize(
    ("body", "cause"), [(b"The SSL certificate error", "certificate.refused"), (b"Bad Request", "cannot-tell")]
)
def test_http_400_is_about_the_certificate_only_if_it_says_so(body: bytes, cause: str) -> None:
    """As nginx answers; any server answers 400 to what it does not understand."""
    seen = Attempt(Outcome.ANSWERED, "HTTP 400", 400, body=body)
    assert judge([], good(), Answers(seen, seen, seen), "", NOW, is_trust_known=False).cause == cause


def test_after_a_handshake_neither_version_nor_cipher_is_to_blame() -> None:
    """Closed after it, as by an access list, by a listener that refuses nobody's handshake with "handshake failure"."""
    closed = Attempt(Outcome.REFUSED, "connection closed by the listener", peer_der=b"the server's certificate")
    nobody = refused("TLS: sslv3 alert handshake failure")
    answers = Answers(closed, closed, nobody, closed, Variation.ALL_CIPHERS)
    assert judge([], good(), answers, "", NOW).cause == "cannot-tell"


def test_what_cannot_be_told_has_an_exit_status_of_its_own(tmp_path, capsys) -> None:
    """A listener that closes every connection at once, whatever the client: 3, after four connections at most."""
    taken = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=closing, args=(server, taken), daemon=True).start()
        arguments = [*written(tmp_path, good()), "--host", "127.0.0.1", "--port", str(server.getsockname()[1])]
        status, answer = told(capsys, *arguments)
    assert (status, answer["cause"], answer["agrees"]) == (3, "cannot-tell", False)
    assert len(taken) == answer["connections"] <= 4


def closing(server: socket.socket, taken: list) -> None:
    """Takes connections, reads what is sent first, and closes them."""
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.recv(4096)
            taken.append(1)


def test_a_listener_that_takes_and_says_nothing_is_not_reachable(tmp_path, capsys) -> None:
    """As behind an access list that drops: one connection, and no second try."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        arguments = [*written(tmp_path, good()), "--host", "127.0.0.1", "--port", str(server.getsockname()[1])]
        status, answer = told(capsys, *arguments, "--timeout", "0.2")
    assert (status, answer["cause"], answer["connections"]) == (1, "net.no-answer", 1)


def test_a_key_of_an_unknown_kind_and_a_signature_of_one() -> None:
    """SM2 is told as a kind that is not taken."""
    sm2 = der.seq(
        der.seq(der.oid("1.2.840.10045.2.1"), der.oid("1.2.156.10197.1.301")), der.tlv(3, b"\0\4" + b"\1" * 64)
    )
    ed25519 = der.pem(
        der.certificate(key("p256"), ANN, der.CLIENT, issuer=der.common_name("x"), signer=key("p384"), public_key=sm2)
    )
    assert predict(Client("ann", shown(ed25519).sent), trust(), NOW)[0].cause == "key.unknown"
    odd = der.seq(der.oid("1.2.156.10197.1.501"))
    signed = der.pem(
        der.certificate(
            key("p256"), ANN, der.CLIENT, issuer=der.common_name("Edge Root"), signer=key("rsa-2048"), algorithm=odd
        )
    )
    assert "signature.unknown" in [one.cause for one in predict(Client("ann", shown(signed).sent), trust(), NOW)]
