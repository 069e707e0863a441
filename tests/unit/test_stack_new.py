"""`mtlsedge stack new`: every kind of authority and entry point gives a file that passes the rules, and nothing is overwritten."""

import re
import stat
import subprocess
from itertools import product
from pathlib import Path

import pytest
import yaml

from mtlsedge.command import run
from mtlsedge.commands import stack_new
from mtlsedge.new_stack.questions import QUESTIONS
from settings import load
from tests.unit.test_x509_family import family

FACTS = {
    "account-id": "5123456789012345",
    "server-certificate": "12345678-ap-southeast-1",
    "vpc": "vpc-1a",
    "zones": "ap-southeast-1a=vsw-1a,ap-southeast-1b=vsw-1b",
    "zone": "example.com",
}
AUTHORITIES = {
    "self-managed": {"common-name": "Acme: Root #1", "organization": "Acme & Sons"},
    "external": {"ca-file": "ca.pem"},
    "private-ca": {"common-name": "Acme Root", "organization": "Acme", "country": "SG", "state": "Singapore",
                   "locality": "Singapore", "unit": "Edge"},
    "identifier": {"ca-identifier": "0e40dda998174723af39d37fcaf00000"},
}  # fmt: skip
ENTRY_POINTS = {
    "load-balancer": {"servers": "ECS01=i-1a,ECS02=i-1b"},
    "kubernetes": {"context": "acme", "cluster": "c1", "ingresses": "demo.example.com=web:80"},
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder with a CA's certificate, as the working directory; nobody answers questions."""
    (tmp_path / "Pulumi.yaml").write_text("name: mtlsedge\n")
    (tmp_path / "ca.pem").write_text(family().root.certificate_pem)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def facts(
    authority: str = "self-managed", entry_points: tuple[str, ...] = ("load-balancer",), **more: str
) -> dict[str, str]:
    """Flags that are enough for a stack of this kind."""
    chosen = {"authority": authority, "entry-point": ",".join(entry_points), **FACTS, **AUTHORITIES[authority]}
    for entry in entry_points:
        chosen |= ENTRY_POINTS[entry]
    return chosen | {key.replace("_", "-"): value for key, value in more.items()}


def new(flags: dict[str, str], name: str = "staging") -> int:
    """Runs the command; its exit status."""
    return run(["stack", "new", name, *(part for flag, value in flags.items() for part in (f"--{flag}", value))])


@pytest.mark.parametrize(
    ("authority", "entry_points", "production"),
    list(product(AUTHORITIES, [("load-balancer",), ("kubernetes",), ("load-balancer", "kubernetes")], ["yes", "no"])),
)
def test_every_kind_gives_a_file_that_passes_the_rules(authority, entry_points, production, project):
    """The file loads as it is, builds what was asked for, has comments, and holds nothing that looks like a secret."""
    assert new(facts(authority, entry_points, production=production)) == 0
    file = project / "Pulumi.staging.yaml"
    text = file.read_text()
    settings = load(yaml.safe_load(text)["config"], project="mtlsedge", stack="staging", files=project)
    kinds = {
        "self-managed": "SelfManaged",
        "external": "External",
        "private-ca": "PrivateCa",
        "identifier": "Identifier",
    }
    assert type(settings.authority).__name__ == f"{kinds[authority]}Authority"
    assert (settings.load_balancer is not None) == ("load-balancer" in entry_points)
    assert (settings.kubernetes is not None) == ("kubernetes" in entry_points)
    assert settings.production == (production == "yes")
    assert settings.weakenings == ()
    assert text.count("#") >= 5
    assert not re.search(r"secure:|encryptionsalt|PRIVATE|accessKey|secretKey", text)
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_a_test_stack_may_sign_its_own_server_certificate(project):
    """With either entry point, and only with keys of its own: any other authority is told so and nothing is written."""
    assert new(facts(server_certificate="issue")) == 0
    assert new(facts("self-managed", ("kubernetes",), server_certificate="issue"), "other") == 0
    assert new(facts("external", server_certificate="issue"), "third") == 2
    assert sorted(path.name for path in project.glob("Pulumi.*.yaml")) == ["Pulumi.other.yaml", "Pulumi.staging.yaml"]


def test_a_file_that_exists_is_never_overwritten(project, capsys):
    """Not an ordinary one, and not what a link points at; the message says so."""
    (project / "Pulumi.staging.yaml").write_text("mine\n")
    (project / "Pulumi.linked.yaml").symlink_to(project / "ca.pem")
    for name in ("staging", "linked"):
        assert new(facts(), name) == 2
    assert "not overwritten" in capsys.readouterr().err
    assert (project / "Pulumi.staging.yaml").read_text() == "mine\n"
    assert (project / "ca.pem").read_text() == family().root.certificate_pem


def test_everything_missing_is_named_at_once(project, capsys):
    """Where nobody can answer, each flag that is missing is named, and those with a usual value are not."""
    assert new({}) == 2
    error = capsys.readouterr().err
    for flag in ("account-id", "common-name", "organization", "server-certificate", "vpc", "zones", "servers", "zone"):
        assert f"--{flag} is missing" in error
    assert not re.search(r"--(region|site|production|authority|clients|entry-point|names|server-port|ca-file)\b", error)
    assert list(project.glob("Pulumi.*.yaml")) == []


def test_a_domestic_account_abroad_names_the_endpoint_of_the_regions_site(project):
    """Load balancers abroad look for certificates at the international site; the provider has to be told."""
    assert new(facts(account_type="Domestic")) == 0
    config = yaml.safe_load((project / "Pulumi.staging.yaml").read_text())["config"]
    assert config["alicloud:endpoints"] == [{"cas": "cas.ap-southeast-1.aliyuncs.com"}]
    assert "alicloud:endpoints" not in _config_of(facts(), project)


def _config_of(flags: dict[str, str], project: Path) -> dict:
    assert new(flags, "another") == 0
    return yaml.safe_load((project / "Pulumi.another.yaml").read_text())["config"]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"authority": "nobody"}, "--authority: found 'nobody'; allowed: self-managed"),
        ({"entry-point": "nginx"}, "--entry-point: found 'nginx'; allowed: load-balancer, kubernetes"),
        ({"zones": "ap-southeast-1a"}, "--zones: found 'ap-southeast-1a'; allowed: NAME=VALUE"),
        ({"servers": "A=i-1a,A=i-1b"}, "--servers: found 'A=i-1b'; allowed: NAME=VALUE, each name once"),
        ({"ca-file": "ca.pem"}, "--ca-file: does not go with the other answers"),
        ({"zones": "ap-southeast-1a=vsw-1a"}, "mtlsedge:network.zones: found"),
        ({"account-id": "12"}, "mtlsedge:accountId: found '12'"),
        ({"vpc": "vpc-1a\n  mtlsedge:production: true"}, "mtlsedge:network.vpcId: found"),
        ({"region": "cn-hangzhou", "site": "international"}, "mtlsedge:certificateSite: found 'international'"),
        ({"account-type": "domestic"}, "--account-type: found 'domestic'; allowed: International, Domestic"),
    ],
)
def test_wrong_answers_are_refused_and_nothing_is_written(flags, said, project, capsys):
    """One line that names the flag or the setting; a value cannot bring settings of its own."""
    assert new(facts() | flags) == 2
    error = " ".join(capsys.readouterr().err.split())
    assert said in error
    assert "Traceback" not in error
    assert list(project.glob("Pulumi.*.yaml")) == []


@pytest.mark.parametrize("name", ["../staging", "a/b", "", "-x.", "a" * 101])
def test_a_name_that_is_none_is_refused(name, project):
    """A stack's name is part of a file's: it leads nowhere else."""
    assert new(facts(), name) == 2
    assert [path.name for path in project.iterdir() if path.name not in ("Pulumi.yaml", "ca.pem")] == []


def test_production_of_another_environments_authority_is_refused(project, capsys):
    """The rule of the settings holds for a new file as well."""
    text = (project / "ca.pem").read_text()
    (project / "ca.pem").write_text(f"# CA of the mtlsedge stack dev\n# production: false\n{text}")
    assert new(facts("external", production="yes")) == 2
    assert "a stack that is not one of production" in " ".join(capsys.readouterr().err.split())


def test_what_no_flag_says_is_asked_for(project, monkeypatch):
    """Every question that matters comes in order with its suggestion; an empty answer takes it."""
    asked = []
    answers = {"Account id": FACTS["account-id"], "Id of the server": FACTS["server-certificate"], "VPC": "vpc-1a",
               "ZONE=": FACTS["zones"], "DNS zone": "example.com", "Servers": "A=10.0.0.1,B=10.0.0.2",
               "Common name": "Root", "Organization": "Acme"}  # fmt: skip

    def answer(text, default):
        asked.append(text)
        return next((value for start, value in answers.items() if text.startswith(start)), default)

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr(stack_new.typer, "prompt", answer)
    assert run(["stack", "new", "asked", "--region", "ap-southeast-1"]) == 0
    document = yaml.safe_load((project / "Pulumi.asked.yaml").read_text())["config"]
    assert document["mtlsedge:serverGroups"]["web"]["type"] == "ip"
    assert "Region" not in asked
    assert not any(
        question.text in " ".join(asked) for question in QUESTIONS if question.flag in ("ca-file", "context")
    )


def test_the_command_of_the_guide_works_from_a_shell(project):
    """The guide's own example, as it is printed."""
    guide = (Path(__file__).parents[2] / "docs" / "guides" / "environments.md").read_text()
    command = re.search(r"```\n(python -m mtlsedge stack new .*?)\n```", guide, re.DOTALL)
    assert command
    words = command[1].replace("\\\n", " ").split()[3:]
    assert run([word.strip("'") for word in words]) == 0
    assert subprocess.run(["test", "-s", "Pulumi.qa.yaml"], cwd=project, check=False).returncode == 0
