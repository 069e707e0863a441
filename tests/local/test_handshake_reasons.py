"""The reasons of the log beside `mtlsedge explain`, the table at every width, and the reading of a log that moves."""

import json
from pathlib import Path

import pytest

from local.handshakes import reasons, table
from local.handshakes.command import read
from local.handshakes.handshake import Joining
from local.tail import Tail
from mtlsedge.explain.asking import can_connect
from mtlsedge.explain.causes import CAUSES
from tests.local import edge_support as edge
from tests.local.explain_servers import envoy, files_of
from tests.local.explain_table import LET_IN, truth
from tests.unit.explain_cases import cases, root
from tests.waiting import eventually

PAGE = Path(__file__).parents[2] / "docs/reference/handshakes.md"
COARSER = {
    "client.self-signed": "chain.incomplete",
    "chain.intermediate-missing": "chain.incomplete",
    "chain.issuer-unknown": "chain.incomplete",
    "chain.bridge-missing": "chain.incomplete",
    "generation.retired": "chain.incomplete",
    "generation.not-yet": "chain.incomplete",
    "issuer.not-a-ca": "chain.incomplete",
    "chain.intermediate-wrong": "signature.failed",
    "ca.same-name": "signature.failed",
    "signature.weak": "signature.failed",
    "signature.pss-salt": "signature.failed",
    "purpose.ca-as-client": "purpose.no-signature",
    "key.explicit-curve": "client.unreadable",
    "key.curve": "client.no-certificate",
}
"""Causes that Envoy's words do not tell apart, and what the log says: true of each of them."""


def test_shared_reasons_are_those_of_explain():
    """The same id has the same sentence; an id of the log's own is none of `explain`'s."""
    assert {name: CAUSES[name].sentence for name in reasons.SHARED} == reasons.SHARED
    assert set(reasons.OWN) & set(CAUSES) == set()


def test_every_reason_is_on_the_page():
    """With its sentence, in its table."""
    rows = {f"| `{name}` | {text} |" for name, text in reasons.TEXTS.items()}
    assert rows <= set(PAGE.read_text().splitlines())


def test_every_meaning_has_a_sentence():
    """No words of Envoy lead to an id without text."""
    meanings = {meaning for _, *found in (*reasons._TLS, *reasons._VERIFICATION) for meaning in found}
    assert meanings <= set(reasons.TEXTS)


@pytest.mark.slow
def test_log_agrees_with_explain_on_every_case(tmp_path):
    """Each client that `explain` has material for, at a real Envoy: the same id, or the coarser one of the table."""
    issuer, wrong = edge.issue("Server CA", ca=True), {}
    files = files_of(tmp_path / "files", root().pem, issuer=issuer)
    with envoy(files, servers=True) as place:
        log = next(tmp_path.rglob("connections.jsonl"))
        for case in (one for one in cases() if can_connect(one.client)):
            before = len(list(read(log)))
            entered = truth(place, case.client, tmp_path) == LET_IN
            shake = eventually(lambda start=before: list(read(log))[start:], bool)[-1]
            expected = "accepted" if entered else COARSER.get(case.cause, case.cause)
            if (shake.reason, shake.verdict == "accepted") != (expected, entered):
                wrong[case.id] = (shake.reason, shake.line["failure"])
    assert wrong == {}


def line(kind="connection", **changes):
    """A line as Envoy writes it."""
    known = {
        "kind": kind, "time": "2026-11-27T02:00:19.960Z", "connection": 6, "client": "127.0.0.1:5",
        "loadBalancer": "alb-1", "listener": "lsn-1", "port": "443", "chain": "default:www.example.test",
        "sni": "www.example.test", "tlsVersion": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384", "subject": "CN=a" * 40,
        "issuer": "CN=Root", "serial": "01", "fingerprint": "ab" * 32, "handshakeMilliseconds": 2, "failure": None,
        "termination": None, "method": "GET", "host": "h", "path": "/" + "x" * 199, "status": 200, "flags": None,
        "details": "via_upstream",
    }  # fmt: skip
    return json.dumps(known | changes)


def only(*lines):
    """The one handshake of these lines."""
    (shake,) = Joining().handshakes(lines)
    return shake


@pytest.mark.parametrize("width", [40, 60, 80, 120, 250])
def test_table_is_no_wider_than_the_terminal(width):
    """Heading, rows and reasons at every width; the id of the reason is whole from 40 columns on."""
    shown = table.columns(width, lambda identifier: identifier * 20)
    refused = only(line(failure="TLS_error:X509_verify_cert:CERTIFICATE_VERIFY_FAILED:_certificate_has_expired"))
    lines = [table.heading(shown), *table.row(refused, shown, width), *table.row(only(line("request")), shown, width)]
    assert max(map(len, lines)) <= width
    assert "date.expired" in lines[1]
    assert lines[2].startswith("  The client's certificate is over.")


@pytest.mark.parametrize("width", [100, 250])
def test_a_long_listener_keeps_its_port(width):
    """Listeners of one load balancer differ in nothing else."""
    shown = table.columns(width, lambda _: "a-load-balancer-with-a-long-name" * 8)
    (first,) = table.row(only(line("request")), shown, width)
    assert "…:443" in first
    assert len(first) <= width


def test_reason_is_whole_at_eighty_columns():
    """Even the longest id; the subject takes the rest of the line."""
    shown = {name: size for name, size, _ in table.columns(80, str)}
    assert shown["reason"] == max(map(len, reasons.TEXTS))
    assert sum(shown.values()) + len(shown) - 1 == 80


@pytest.mark.parametrize(
    ("changes", "reason", "verdict"),
    [
        ({"handshakeMilliseconds": None}, "closed.in-handshake", "refused"),
        ({"chain": None, "handshakeMilliseconds": None}, "closed.before-hello", "refused"),
        ({"chain": "plain", "handshakeMilliseconds": None, "fingerprint": None}, "listener.open", "accepted"),
        ({"failure": "TLS_error:|1:SOMETHING_NEW:TLS_error_end"}, "tls.other", "refused"),
        ({"failure": "CERTIFICATE_VERIFY_FAILED: something new"}, "tls.other", "refused"),
        ({"sni": "x.wild.test", "chain": "default:*.wild.test"}, "accepted", "accepted"),
        ({"sni": "wild.test", "chain": "default:*.wild.test"}, "host.unknown-sni", "accepted"),
        ({"sni": "shop.test", "chain": "shop.test"}, "accepted", "accepted"),
    ],
)
def test_connection_without_a_request(changes, reason, verdict):
    """What Envoy's line says of a connection that carried nothing; unknown words are not guessed at."""
    shake = only(line(**changes))
    assert (shake.reason, shake.verdict, shake.request) == (reason, verdict, None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": 404, "flags": "NR", "details": "route_not_found"}, "host.unknown"),
        ({"status": 404}, "accepted"),
        ({"status": 403}, "denied.by-server"),
        ({"status": 403, "details": "direct_response"}, "accepted"),
        ({"status": 503, "flags": "UF", "details": "upstream_reset"}, "servers.down"),
        ({"status": 503}, "accepted"),
    ],
)
def test_request_that_followed(changes, reason):
    """Only what Envoy itself says of the servers; a server's own 404 or 503 is its business."""
    assert only(line("request", **changes)).reason == reason


def test_connection_is_told_once_and_its_number_may_come_again():
    """Requests and the end of one connection are one handshake; after the end the same number is another one."""
    joining = Joining()
    told = list(joining.handshakes([line("request"), line("request"), line(), line("request")]))
    assert len(told) == 2
    assert list(joining.handshakes(["{cut off", "[]", '{"kind": "other"}', ""])) == []


def test_reading_goes_on_in_the_new_file(tmp_path):
    """No line is lost when the file is put aside, not even one that is written to the old one afterwards."""
    path, aside = tmp_path / "log", tmp_path / "log.1"
    tail = Tail(path)
    assert tail.read() == []
    path.write_text("one\ntw")
    assert tail.read() == ["one"]
    with path.open("a") as writer:
        path.rename(aside)
        path.write_text("four\n")
        writer.write("o\n")
        writer.flush()
        assert tail.read() == ["two"]
        writer.write("three\n")
    assert tail.read() == ["three", "four"]
    tail.close()


def test_reading_can_begin_near_the_end(tmp_path):
    """At a whole line; a short file is read from its start."""
    path = tmp_path / "log"
    path.write_text("aaaa\nbbbb\ncccc\n")
    assert Tail(path, last_bytes=7).read() == ["cccc"]
    assert Tail(path, last_bytes=700).read() == ["aaaa", "bbbb", "cccc"]
