"""A real ALB's access log, made from the vendor's own list of fields: what is told of it, and what is not."""

import json
import re

import pytest
from typer.testing import CliRunner

from local.__main__ import app
from local.handshakes.access_log import handshakes
from local.proxy.access_log import TOPIC

ENTRY = {
    "__topic__": TOPIC, "app_lb_id": "alb-1", "slb_vport": "443", "client_ip": "203.0.113.7", "ssl_protocol": "TLSv1.2",
    "ssl_cipher": "ECDHE-RSA-AES128-GCM-SHA256", "host": "www.example.test", "request_method": "GET", "scheme": "https",
    "request_uri": "/a?token=secret", "status": "200", "upstream_status": "200", "time": "2026-11-27T12:00:00+00:00",
}  # fmt: skip


def told(**changes):
    """The one handshake that an entry tells of."""
    (shake,) = handshakes([json.dumps(ENTRY | changes)])
    return shake.document()


def test_what_the_fields_say_is_told_and_nothing_of_certificates():
    """Version, cipher, client, host, path without its query; that a certificate was shown is not known."""
    found = told()
    assert (found["loadBalancer"], found["port"], found["client"]) == ("alb-1", "443", "203.0.113.7")
    assert (found["tlsVersion"], found["cipher"]) == ("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256")
    assert found["request"] == {"method": "GET", "host": "www.example.test", "path": "/a", "status": 200}
    assert (found["certificateShown"], found["subject"], found["sni"]) == ("not known", None, None)
    assert (found["verdict"], found["reason"]) == ("accepted", "certificate.not-logged")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "503", "upstream_status": "-"}, "servers.down"),
        ({"status": "503", "upstream_status": "503"}, "certificate.not-logged"),
        ({"status": "403", "upstream_status": "403"}, "denied.by-server"),
        ({"status": "403", "upstream_status": "-"}, "certificate.not-logged"),
        ({"status": "400", "upstream_status": "-"}, "certificate.not-logged"),
    ],
)
def test_only_what_a_line_proves_is_said(changes, reason):
    """HTTP 400 may be a client without a certificate or a bad request: it is not guessed."""
    assert told(**changes)["reason"] == reason


@pytest.mark.parametrize(
    "line", ["", "no json", "[]", '{"status": "200"}', json.dumps(ENTRY | {"__topic__": "slb_layer7_access_log"})]
)
def test_lines_of_another_kind_are_passed_over(line):
    """Another product's log has fields of the same names."""
    assert list(handshakes([line])) == []


def test_the_command_reads_a_file(tmp_path):
    """As a table without anything a terminal would obey, and as JSON; not while it grows, and not one that is not there."""
    file = tmp_path / "log.jsonl"
    file.write_text(json.dumps(ENTRY | {"host": "x\x1b[31m", "request_uri": "/\u202e", "app_lb_id": "alb-\x07"}) + "\n")
    run = CliRunner().invoke
    shown = run(app, ["handshakes", "--access-log", str(file)], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert "certificate.not-logged" in shown.output
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", shown.output)
    assert json.loads(run(app, ["handshakes", "--json", "--access-log", str(file)]).output)["client"] == "203.0.113.7"
    assert run(app, ["handshakes", "--follow", "--access-log", str(file)]).exit_code == 1
    assert run(app, ["handshakes", "--access-log", str(tmp_path / "none")]).exit_code == 1
