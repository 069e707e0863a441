"""`mtlsedge expiry --serve`: what Prometheus is answered, who may ask, and how often the stack is read."""

import http.client
import json
import threading
from contextlib import contextmanager

import pytest

from mtlsedge import expiry_serving
from mtlsedge.command import run
from mtlsedge.errors import CommandError
from tests.unit.verify_stack import outputs_document, pki


@contextmanager
def serving(read):
    """A server on a free port, and what asks it."""
    with expiry_serving.server(0, read) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        port = server.server_address[1]

        def ask(path="/metrics", method="GET", **headers):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers["Content-Type"], answer.read().decode()

        try:
            yield ask
        finally:
            server.shutdown()


def test_metrics_are_read_once_for_many_looks(monkeypatch):
    """In Prometheus' format; again only after a while."""
    reads = []
    with serving(lambda: reads.append(1) or f"metric {len(reads)}\n") as ask:
        assert ask() == (200, "text/plain; version=0.0.4; charset=utf-8", "metric 1\n")
        assert ask()[2] == "metric 1\n"
        monkeypatch.setattr(expiry_serving, "READ_AGAIN_SECONDS", 0)
        assert ask()[2] == "metric 2\n"


def test_what_cannot_be_read_is_told_and_what_was_read_stays(monkeypatch, capsys):
    """503 before anything was ever read; later the old text, whose own metric says how old it is."""
    monkeypatch.setattr(expiry_serving, "READ_AGAIN_SECONDS", 0)
    answers = [None, "metric 1\n", None]

    def read():
        if (text := answers.pop(0)) is None:
            raise CommandError("no stack selected")
        return text

    with serving(read) as ask:
        assert [ask()[0], ask()[2], ask()[2]] == [503, "metric 1\n", "metric 1\n"]
    assert capsys.readouterr().err.count("mtlsedge: no stack selected") == 2


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:9464", ""])
def test_foreign_hosts_read_nothing(host):
    """Nor is the stack read for them; nor for another path or method."""
    with serving(lambda: pytest.fail("was read")) as ask:
        assert ask(Host=host)[0] == 403
        assert ask("/")[0] == 404
        assert ask(method="POST")[0] == 501


def test_no_other_machine_can_ask():
    """It listens on the loopback interface alone."""
    with expiry_serving.server(0, lambda: "x 1\n") as server:
        assert server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("host", ["localhost:9464", "127.0.0.1", "LOCALHOST"])
def test_this_machine_may_ask(host):
    """By its own names."""
    with serving(lambda: "x 1\n") as ask:
        assert ask(Host=host)[0] == 200


def test_the_command_serves_its_own_format(tmp_path, monkeypatch):
    """What `--format prometheus` writes; a port that is taken and an option that goes with a file are one line."""
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(outputs_document(pki(), stack="prod")))
    taken = []
    monkeypatch.setattr(expiry_serving, "serve", lambda port, read: taken.append((port, read())))
    assert run(["expiry", "--stack", "prod", "--outputs", str(file), "--serve", "0"]) == 0
    ((port, text),) = taken
    assert port == 0
    assert 'mtlsedge_certificate_not_after_seconds{stack="prod",certificate="client alice",kind="client"}' in text


def test_wrong_use_is_one_line(tmp_path, capsys):
    """A port that another program has, and --serve beside a format for files."""
    with expiry_serving.server(0, str) as server:
        assert run(["expiry", "--serve", str(server.server_address[1])]) == 2
    assert "--serve: cannot listen at 127.0.0.1:" in capsys.readouterr().err
    assert run(["expiry", "--serve", "0", "--json"]) == 2
    assert "allowed alone" in capsys.readouterr().err
