"""What ends when, read back from both formats by readers that share no code with the writers."""

import json
import re
import stat
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from mtlsedge import expiry_formats
from mtlsedge.command import run
from mtlsedge.expiry import Lifetime
from tests.unit import verify_stack
from tests.unit.settings_sample import PROJECT
from tests.unit.verify_stack import pki

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOSTILE = 'a "quoted" \\ name, with; commas\nBEGIN:VEVENT\x1b[31m \u202e äöü' * 3
LIVES = [
    Lifetime("client alice", "client", "2026-12-01T12:00:00Z", 4.0, 5),
    Lifetime(f"client {HOSTILE}", "client", "2027-01-01T00:00:00Z", 34.5, 5),
]
SAMPLE = re.compile(r'^(\w+)\{((?:\w+="(?:[^"\\\n]|\\["\\n])*",?)+)\} (\d+)$')
PAIR = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def samples(text: str) -> dict[tuple[str, str], int]:
    """Metric and certificate -> value, by the grammar of the exposition format."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            match = SAMPLE.match(line)
            assert match, line
            labels = {key: re.sub(r"\\(.)", lambda one: {"n": "\n"}.get(one[1], one[1]), value)
                      for key, value in PAIR.findall(match[2])}  # fmt: skip
            found[match[1], labels.get("certificate", "")] = int(match[3])
    return found


def test_prometheus_reads_every_end_and_window():
    """Each with its labels, hostile names included: they come back as they were."""
    found = samples(expiry_formats.prometheus("prod", LIVES, NOW))
    end = int(datetime(2026, 12, 1, 12, tzinfo=UTC).timestamp())
    assert found["mtlsedge_certificate_not_after_seconds", "client alice"] == end
    assert found["mtlsedge_certificate_window_seconds", "client alice"] == 5 * 86400
    assert found["mtlsedge_expiry_read_seconds", ""] == int(NOW.timestamp())
    assert ("mtlsedge_certificate_not_after_seconds", f"client {HOSTILE}") in found


def test_each_metric_is_described_once():
    """HELP and TYPE before the samples, as the format demands."""
    lines = expiry_formats.prometheus("prod", LIVES, NOW).splitlines()
    for kind in ("HELP", "TYPE"):
        names = [line.split()[2] for line in lines if line.startswith(f"# {kind}")]
        assert len(names) == len(set(names)) == 3
    assert expiry_formats.prometheus("prod", LIVES, NOW).endswith("\n")


def test_a_calendar_has_one_entry_an_end_and_nothing_a_name_made():
    """Lines end with CRLF and have at most 75 octets; a name with line breaks makes no entry of its own."""
    text = expiry_formats.icalendar("prod", LIVES, NOW)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    lines = text.replace("\r\n ", "").split("\r\n")
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 2
    assert "DTSTART:20261201T120000Z" in lines and "TRIGGER:-P5D" in lines
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-2:] == ["END:VCALENDAR", ""]
    assert "\x1b" not in text and "\u202e" not in text
    (summary,) = [line for line in lines if line.startswith("SUMMARY:") and "quoted" in line]
    assert "\\, with\\; commas" in summary


def test_an_entry_keeps_its_identity_until_the_certificate_is_another():
    """A calendar that is read again moves no entry; a renewed certificate is a new one."""

    def uids(lives, now):
        return [line for line in expiry_formats.icalendar("prod", lives, now).splitlines() if line.startswith("UID:")]

    assert uids(LIVES, NOW) == uids(LIVES, NOW + timedelta(days=1))
    renewed = [Lifetime("client alice", "client", "2027-12-01T12:00:00Z", 369.0, 5)]
    assert uids(renewed, NOW)[0] not in uids(LIVES, NOW)


@pytest.mark.parametrize("form", ["prometheus", "icalendar"])
def test_the_command_writes_a_public_file_in_one_step(form, tmp_path, capsys):
    """0644, for an exporter that runs as another user; the exit status still says whether something is due."""
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps(verify_stack.outputs_document(pki())))
    file = tmp_path / "out" / "mtlsedge.txt"
    file.parent.mkdir()
    printed = ["expiry", "--outputs", str(outputs), "--format", form]
    assert run([*printed, "--to", str(file)]) in (0, 1)
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert list(file.parent.iterdir()) == [file]
    assert "alice" in file.read_text()
    assert run(["expiry", "--outputs", str(outputs), "--to", str(file)]) == 2
    assert "--format prometheus or icalendar" in capsys.readouterr().err


def test_the_alert_rules_use_metrics_that_are_written():
    """Each rule's expression names metrics of the writer, and no other."""
    rules = yaml.safe_load((PROJECT / "docs/examples/expiry-alerts.yml").read_text())["groups"][0]["rules"]
    used = {name for rule in rules for name in re.findall(r"mtlsedge_\w+", rule["expr"])}
    assert used == {name for name, _ in samples(expiry_formats.prometheus("prod", LIVES, NOW))}


def dashboard_queries() -> list[str]:
    """Every expression of the dashboard: of its panels and of its variables."""
    board = json.loads((PROJECT / "docs/examples/expiry-dashboard.json").read_text())
    variables = [one["definition"] for one in board["templating"]["list"] if one["type"] == "query"]
    return [one["expr"] for panel in board["panels"] for one in panel["targets"]] + variables


def test_the_dashboard_asks_for_metrics_and_labels_that_are_written():
    """Each of its queries; and every metric is on it. The table's columns are labels as well."""
    text = expiry_formats.prometheus("prod", LIVES, NOW)
    written = {name for name, _ in samples(text)}
    labels = {name for name, _ in PAIR.findall(text)}
    queries = dashboard_queries()
    assert all(re.search(r"mtlsedge_\w+", query) for query in queries)
    assert {name for query in queries for name in re.findall(r"mtlsedge_\w+", query)} == written
    assert {name for query in queries for name in re.findall(r"(\w+)=~?\"", query)} <= labels
    board = json.loads((PROJECT / "docs/examples/expiry-dashboard.json").read_text())
    (table,) = [panel for panel in board["panels"] if panel["type"] == "table"]
    shown = table["transformations"][1]["options"]["indexByName"]
    assert {name for name in shown if not name.startswith("Value")} == labels
