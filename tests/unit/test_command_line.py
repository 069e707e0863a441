"""The command from outside: arguments in; one clear line, a table or JSON, and an exit status out."""

import json
import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from mtlsedge import command, expiry
from mtlsedge.errors import CommandError
from mtlsedge.options import port_map
from mtlsedge.outputs import parse
from mtlsedge.stack import Stack
from mtlsedge.verify.entry_points import OF_SEVERAL
from mtlsedge.verify.table import CHECKS
from tests.ports import free_port
from tests.unit import verify_stack
from tests.unit.verify_edge import Faults, edge
from tests.unit.verify_stack import NOW, outputs_document, pki

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_surroundings(monkeypatch):
    """No test depends on a stack or variables of the machine it runs on."""
    for name in [name for name in os.environ if name.startswith(("MTLSEDGE_", "PULUMI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")


def file_of(tmp_path: Path, **changes: object) -> str:
    """A file with the stack's outputs."""
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(outputs_document(pki(), **changes)))
    return str(file)


def fake_pulumi(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Puts a `pulumi` of our own first on PATH."""
    program = folder / "pulumi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@pytest.mark.parametrize(("faults", "status"), [(Faults(), 0), (Faults(plain_status=200), 1)])
def test_verify_reports_as_json_and_exits_by_it(faults, status, tmp_path, capfd):
    """JSON holds every row of a stack with one CA; 0 when none failed, 1 when one did."""
    with edge(tmp_path, faults) as place:
        ports = f"443:{place.https_port},80:{place.http_port}"
        arguments = ["--outputs", file_of(tmp_path), "--resolver", place.resolver, "--port-map", ports]
        code = command.run(["verify", *arguments, "--no-api", "--json", "--echo-path", "/echo"])
    report = json.loads(capfd.readouterr().out)
    assert code == status
    assert [row["id"] for row in report["checks"]] == [check.id for check in CHECKS if check.id not in OF_SEVERAL]
    assert report["counts"]["failed"] == status


def test_verify_takes_its_place_from_the_environment(tmp_path, capfd, monkeypatch):
    """Resolver and port map as `.local/env` sets them; the table names the failed row's remedy."""
    with edge(tmp_path, Faults(plain_status=200)) as place:
        monkeypatch.setenv("MTLSEDGE_RESOLVER", place.resolver)
        monkeypatch.setenv("MTLSEDGE_PORT_MAP", f"443:{place.https_port},80:{place.http_port}")
        code = command.run(["verify", "--outputs", file_of(tmp_path), "--no-api"])
    shown = capfd.readouterr().out
    assert code == 1
    assert "http.redirect" in shown
    assert "redirectHttp" in shown


def test_verify_shows_no_secret(tmp_path, capfd):
    """Neither table nor JSON nor errors hold a private key."""
    with edge(tmp_path) as place:
        arguments = [
            "--outputs",
            file_of(tmp_path),
            "--resolver",
            place.resolver,
            "--port-map",
            f"443:{place.https_port}",
        ]
        command.run(["verify", *arguments, "--no-api", "--details"])
    shown = "".join(capfd.readouterr())
    assert "PRIVATE" not in shown
    assert pki().client.private_key_pem.splitlines()[1] not in shown


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["verify", "--outputs", "/nowhere/x.json"], "cannot read /nowhere/x.json: No such file or directory"),
        (["verify", "--outputs", "{file}", "--resolver", "localhost"], "--resolver: found 'localhost'"),
        (["verify", "--outputs", "{file}", "--port-map", "443"], "--port-map: found '443'; expected DECLARED:ACTUAL"),
        (["verify", "--outputs", "{file}", "--client", "mallory"], "--client: found 'mallory'; the stack has alice"),
        (["verify", "--outputs", "{file}", "--echo-path", "echo"], "--echo-path: found 'echo'"),
        (["verify", "--outputs", "{file}", "--server-ca", "/nowhere"], "--server-ca: cannot read /nowhere"),
        (["clients", "export", "--outputs", "{file}", "--to", "/tmp/x"], "say which client"),
        (["diagram", "--settings", "/nowhere/Pulumi.x.yaml"], "cannot read /nowhere/Pulumi.x.yaml"),
    ],
)
def test_what_cannot_run_is_one_line_and_status_2(arguments, line, tmp_path, capfd):
    """No traceback: what was found, and what is expected."""
    file = file_of(tmp_path)
    code = command.run([argument.replace("{file}", file) for argument in arguments])
    shown = capfd.readouterr().err.strip()
    assert code == 2
    assert line in shown
    assert shown.startswith("mtlsedge: ")
    assert len(shown.splitlines()) == 1


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ({}, "the stack has no outputs; run `pulumi up` first"),
        ({"loadBalancer": {"id": "alb-1"}}, "dnsName is missing"),
        ({"clients": {"alice": {}}}, "certificate is missing"),
        ({"serverGroups": ["web"]}, "another shape"),
    ],
)
def test_incomplete_outputs_are_named(document, line):
    """The missing key is in the message, with what to do."""
    with pytest.raises(CommandError, match=line):
        parse(document)


def test_a_stack_without_a_listener_has_nothing_to_verify(tmp_path, capfd):
    """Said before any row."""
    assert command.run(["verify", "--outputs", file_of(tmp_path, loadBalancer=None)]) == 2
    assert "no HTTPS listener" in capfd.readouterr().err


def test_a_missing_pulumi_is_one_line(monkeypatch, capfd, tmp_path):
    """The message says how to get one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command.run(["expiry"]) == 2
    assert capfd.readouterr().err.startswith("mtlsedge: pulumi is not on PATH")


def test_pulumis_own_reason_is_passed_on(monkeypatch, capfd, tmp_path):
    """No stack: Pulumi's error line, without the rest."""
    fake_pulumi(tmp_path, monkeypatch, "echo 'warning: new version' >&2; echo 'error: no stack selected' >&2; exit 255")
    assert command.run(["expiry"]) == 2
    assert capfd.readouterr().err.strip() == "mtlsedge: `pulumi stack output` failed: no stack selected"


def test_configuration_comes_without_secrets(monkeypatch, tmp_path):
    """Structured values are objects; secret ones are left out."""
    entries = {
        "alicloud:region": {"value": "ap-southeast-1", "secret": False},
        "alicloud:endpoints": {
            "value": '[{"alb":"127.0.0.1:4600"}]',
            "objectValue": [{"alb": "127.0.0.1:4600"}],
            "secret": False,
        },
        "mtlsedge:key": {"secret": True},
    }
    fake_pulumi(tmp_path, monkeypatch, f"echo '{json.dumps(entries)}'")
    assert Stack("dev").configuration() == {
        "alicloud:region": "ap-southeast-1",
        "alicloud:endpoints": [{"alb": "127.0.0.1:4600"}],
    }


@pytest.mark.parametrize(
    "words", ["clients list", "clients deny alice --reason stolen", "authority export --to {to}", "expiry", "diagram"]
)
def test_secrets_are_asked_for_only_where_needed(words, monkeypatch, tmp_path, capfd):
    """These tell what is public, and do not have the stack's secrets decrypted."""
    file = file_of(tmp_path)
    fake_pulumi(tmp_path, monkeypatch, f'echo "$@" > {tmp_path}/arguments; cat {file}')
    assert command.run([*words.format(to=tmp_path / "to").split(), "--stack", "dev"]) in (0, 1)
    assert (tmp_path / "arguments").read_text().strip() == "stack output --json --non-interactive --stack dev"
    assert capfd.readouterr().out


def test_clients_export_says_what_it_wrote_and_no_secret(tmp_path, capfd):
    """File names, never their content."""
    arguments = ["clients", "export", "--all", "--outputs", file_of(tmp_path), "--to", str(tmp_path / "out")]
    assert command.run(arguments) == 0
    shown = capfd.readouterr().out
    password = (tmp_path / "out/alice/alice-password.txt").read_text().strip()
    assert "alice.pfx" in shown
    assert password not in shown
    assert "PRIVATE" not in shown
    assert command.run(arguments) == 0
    assert "written" not in capfd.readouterr().out


def test_authority_export_writes_both_certificates(tmp_path):
    """What clients of the stack have to trust, and what the listener trusts."""
    assert command.run(["authority", "export", "--outputs", file_of(tmp_path), "--to", str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["ca.crt", "server-ca.crt"]


@pytest.mark.parametrize(("days", "status"), [(4, 1), (40, 0)])
def test_expiry_exits_by_its_windows(days, status, tmp_path, capfd):
    """1 when something is inside its window, also as JSON."""
    entry = {
        **outputs_document(pki())["clientCertificates"]["alice"],
        "notAfter": (NOW + timedelta(days=days)).isoformat(),
    }
    code = command.run(["expiry", "--json", "--outputs", file_of(tmp_path, clientCertificates={"alice": entry})])
    rows = {row["what"]: row for row in json.loads(capfd.readouterr().out)}
    assert code == status
    assert rows["client alice"]["due"] is bool(status)
    assert set(rows) == {"trusted CA", "intermediate CA", "server certificate", "client alice"}


def test_expiry_reads_a_table(tmp_path, capfd):
    """For people, a row a certificate."""
    assert command.run(["expiry", "--outputs", file_of(tmp_path)]) == 0
    assert "intermediate CA" in capfd.readouterr().out


def test_a_date_nobody_can_read_is_an_error():
    """The message names the certificate and what was found."""
    document = outputs_document(pki())
    document["serverCertificate"]["notAfter"] = "soon"
    with pytest.raises(CommandError, match="server certificate: found 'soon'; expected an ISO 8601 time"):
        expiry.lifetimes(parse(document), expiry.Windows(), NOW)


def test_a_port_map_is_read():
    """Spaces and an empty map are fine."""
    assert port_map("443:8443, 80:8080") == {443: 8443, 80: 8080}
    assert port_map("") == {}


def test_orphans_needs_an_answering_cloud(monkeypatch, tmp_path, capfd):
    """A dead endpoint is one line, with the action that failed and no text of the service."""
    config = {
        "alicloud:region": {"value": "ap-southeast-1"},
        "alicloud:protocol": {"value": "HTTP"},
        "alicloud:endpoints": {"objectValue": [{"vpc": f"127.0.0.1:{free_port()}"}]},
    }
    script = f"""case "$1" in config) echo '{json.dumps(config)}';; *) echo '{{"deployment": {{}}}}';; esac"""
    fake_pulumi(tmp_path, monkeypatch, script)
    monkeypatch.setenv("ALICLOUD_ACCESS_KEY", "id")
    monkeypatch.setenv("ALICLOUD_SECRET_KEY", "secret")
    (tmp_path / "Pulumi.yaml").write_text("name: mtlsedge\n")
    monkeypatch.chdir(tmp_path)
    assert command.run(["orphans", "--stack", "dev"]) == 2
    assert capfd.readouterr().err.startswith("mtlsedge: DescribeVpcs failed: no answer")


def test_the_module_is_a_program():
    """`python -m mtlsedge --help` lists the commands."""
    done = subprocess.run(
        [sys.executable, "-m", "mtlsedge", "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert all(name in done.stdout for name in ("verify", "clients", "authority", "expiry", "orphans", "diagram"))


def test_outputs_hide_keys_in_their_repr():
    """A bundle printed by accident shows no key."""
    assert "PRIVATE" not in repr(verify_stack.outputs(pki()))


@pytest.mark.parametrize(
    ("part", "slow"),
    [
        ("", ("pulumi", "grpc", "aiohttp", "requests", "Tea", "alibabacloud_credentials", "alibabacloud_tea_openapi")),
        ("preview", ("pulumi", "rich", "dns", "ssl", "mtlsedge.verify", "mtlsedge.clients", "mtlsedge.commands.adopt")),
        ("no such part", ("pulumi", "grpc")),
    ],
)
def test_the_command_starts_without_what_it_does_not_use(part: str, slow: tuple[str, ...]) -> None:
    """Imports are most of a start, of every command on every pull request; a part is imported when it is asked for."""
    script = f"import sys; from mtlsedge.command import build; build({part!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert set(slow) & set(done.stdout.split()) == set()


def test_a_part_alone_is_called_as_among_all(capfd) -> None:
    """By its name, its help and its mistakes; a name that is none is told with all that there are."""
    assert command.run(["preview", "--first", "--snapshot", "x"]) == 2
    assert "give one of --first and --snapshot" in capfd.readouterr().err
    assert command.run(["clients", "--help"]) == 0
    assert "export" in capfd.readouterr().out
    assert command.run(["prevew"]) == 2
    assert "preview" in capfd.readouterr().err
    assert command.run(["--help"]) == 0
    shown = capfd.readouterr().out
    assert all(f"  {name} " in shown for name in command.PARTS)
