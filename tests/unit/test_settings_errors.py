"""The one error: all problems at once, in the file's order, one line each, never a secret."""

import pytest

from mtlsedge_components.reading.problems import render, show
from settings import Problem, Secret, SettingsError
from tests.unit.settings_sample import ABSENT, local, problems, read

LABEL = "PRIVATE " + "KEY"
KEY = f"-----BEGIN {LABEL}-----\nplanted\n-----END {LABEL}-----\n"
TEN_MISTAKES = {
    "alicloud:accountType": "domestic",
    "accountId": "12345",
    "authority.selfManaged.generations.2026.algorithm": "sm2",
    "clients.alice": {"emial": ["alice@example.test"]},
    "network.create.zones.ap-southeast-1b": "10.0.2.0/24",
    "serverGroups.web.servers.ECS02": {"id": "ECS02", "weight": 500},
    "loadBalancer.edition": "Basic",
    "listener.port": 70000,
    "listener.default": "wob",
    "domain.ttl": 60,
}
PATHS = [
    "alicloud:accountType",
    "mtlsedge:accountId",
    "mtlsedge:authority.selfManaged.generations.2026.algorithm",
    "mtlsedge:clients.alice.emial",
    "mtlsedge:network.create.zones.ap-southeast-1b",
    "mtlsedge:serverGroups.web.servers.ECS02.weight",
    "mtlsedge:loadBalancer.edition",
    "mtlsedge:listener.port",
    "mtlsedge:listener.default",
    "mtlsedge:domain.ttl",
]


def test_ten_mistakes_give_one_error_of_ten_lines():
    """All ten are in one error, in the order of the file, each with path, found and allowed."""
    with pytest.raises(SettingsError) as caught:
        read(local(TEN_MISTAKES))
    assert PATHS == [problem.path for problem in caught.value.problems]
    header, *lines = str(caught.value).split("\n")
    assert header == "the configuration of stack 'local' has 10 problems:"
    assert len(lines) == 10
    assert "  mtlsedge:listener.port: found 70000; allowed: a port from 1 to 65535" in lines
    for line in lines:
        assert line.startswith("  ")
        assert "; allowed: " in line


def test_one_problem_is_singular():
    """The header counts in good English."""
    assert str(SettingsError("dev", [Problem("a", "b", "c")])).startswith(
        "the configuration of stack 'dev' has 1 problem:"
    )


def test_missing_keys_follow_the_mapping_they_are_missing_from():
    """A missing section is reported after what is there; a missing key where its mapping begins."""
    config = local({"serverGroups.web.type": ABSENT, "loadBalancer": ABSENT, "clients.alice": 5})
    assert [line.partition(": found")[0] for line in problems(config)] == [
        "mtlsedge:clients.alice",
        "mtlsedge:serverGroups.web.type",
        "mtlsedge:loadBalancer",
    ]


def test_plain_private_key_is_refused_and_not_shown(tmp_path):
    """A key in plain text is told apart from a secret, and neither it nor a part of it is printed."""
    lines = problems(local({"serverCertificate": {"certificateFile": "none.pem", "privateKey": KEY}}), tmp_path)
    assert any("serverCertificate.privateKey: found (secret) in plain text" in line for line in lines)
    assert "planted" not in "\n".join(lines)


def test_texts_under_a_key_with_secrets_are_not_shown():
    """The engine does not say which text of a section is the secret, so none of them is repeated."""
    config = local({"serverCertificate": {"id": "hunter2", "privateKey": "hunter3", "names": ["hunter4"]}})
    text = "\n".join(problems(config, secrets=("mtlsedge:serverCertificate",)))
    assert "hunter" not in text
    assert "(secret)" in text


def test_secrets_elsewhere_are_refused():
    """A preview from a snapshot has digests for secrets, so nothing that is read may be one."""
    lines = problems(local(), secrets=("mtlsedge:listener", "alicloud:secretKey"))
    assert (
        lines[0]
        == "mtlsedge:listener: found a secret; allowed: plain values: the only secrets are importedKeys and serverCertificate.privateKey"
    )
    assert not any("hunter" in line for line in lines)


@pytest.mark.parametrize("key", ["accessKey", "secretKey", "securityToken"])
def test_credentials_are_refused_unless_every_endpoint_is_loopback(key):
    """Keys in a stack file end up in the state; only the local cloud's toy keys may stand there."""
    real = local(
        {f"alicloud:{key}": "hunter2", "alicloud:endpoints": [{"alb": "127.0.0.1:1", "vpc": "vpc.aliyuncs.com"}]}
    )
    line = next(line for line in problems(real) if line.startswith(f"alicloud:{key}: "))
    assert "found (secret); allowed: credentials from the environment" in line
    assert problems(local({f"alicloud:{key}": "hunter2"})) == []


@pytest.mark.parametrize(
    ("endpoints", "is_local"),
    [
        ([{"alb": "127.0.0.1:4600"}], True),
        ([{"alb": "http://localhost:4600"}], True),
        ([{"alb": "[::1]:4600"}], True),
        ({"alb": "127.9.9.9"}, True),
        ([{"alb": "127.0.0.1.example.com"}], False),
        ([{"alb": "10.0.0.1"}], False),
        ([{"alb": ""}], False),
        ([{}], False),
        ([], False),
        ([{"alb": 5}], False),
        ("127.0.0.1", False),
        ([{"alb": "http://[::1"}], False),
        ([["127.0.0.1"]], False),
    ],
)
def test_what_counts_as_local(endpoints, is_local):
    """Every endpoint is on the loopback interface, and there is at least one."""
    lines = problems(local({"alicloud:endpoints": endpoints, "alicloud:accessKey": "x"}))
    assert is_local == (not lines), lines


def test_secret_prints_nothing():
    """Neither repr nor a message about it shows what a secret holds."""
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret!r} {secret} {show(secret)}"
    assert secret.reveal() == "hunter2"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "nothing"),
        (True, "true"),
        (5, "5"),
        (1.5, "1.5"),
        (float("nan"), "a number far out of range"),
        pytest.param(10**5000, "a number far out of range", id="huge"),
        ("web", "'web'"),
        ("a\nb", r"'a\nb'"),
        ("x" * 61, f"{'x' * 60!r}… (61 characters)"),
        (KEY, "a PEM text"),
        ({}, "an empty mapping"),
        ({"a": 1}, "a mapping"),
        ([], "an empty list"),
        ([1], "a list"),
        (b"x", "a value of type bytes"),
    ],
)
def test_found_is_short_and_on_one_line(value, shown):
    """Messages repeat short values and name the kind of everything else."""
    assert shown == show(value)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("mtlsedge:domain", "names", 0), "mtlsedge:domain.names[0]"),
        (("mtlsedge:clients", "a.b"), 'mtlsedge:clients["a.b"]'),
        (("mtlsedge:clients", "a\nb"), 'mtlsedge:clients["a\\nb"]'),
        (("mtlsedge:clients", ""), 'mtlsedge:clients[""]'),
    ],
)
def test_paths_are_those_of_pulumi_config(path, text):
    """A path can be given to `pulumi config set --path`, and stays on one line."""
    assert text == render(path)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"loadBalancer.tags": {"cost-center": 4711}}, "the number 4711"),
        ({"loadBalancer.tags": {"version": 1000.0}}, "the number 1000"),
        ({"loadBalancer.tags": {"ratio": 0.5}}, "the number 0.5"),
        ({"loadBalancer.tags": {"support": True}}, "the switch true"),
        ({"denied": {"mallory": {"fingerprint": "ab" * 32, "serial": 83}}}, "the number 83"),
    ],
)
def test_a_number_where_text_is_wanted_is_told_to_be_quoted(change, found):
    """YAML takes digits for a number; the line says so instead of repeating a form that the digits have."""
    (line,) = problems(local(change))
    assert f"found {found}; allowed: text, in quotes (or --type string)" in line


@pytest.mark.parametrize("value", ["4711", "1e3", "true", "on"])
def test_the_same_in_quotes_is_taken(value):
    """What the line says to write is taken as written."""
    assert problems(local({"loadBalancer.tags": {"cost-center": value}})) == []


def test_a_date_without_quotes_is_told_to_be_quoted():
    """The engine hands it over as Go prints it, which nobody wrote; in quotes it stays as written."""
    (line,) = problems(local({"loadBalancer.tags": {"since": "2026-01-01 00:00:00 +0000 UTC"}}))
    assert (
        "found a date, which the engine hands over as '2026-01-01 00:00:00 +0000 UTC'; allowed: text, in quotes" in line
    )
    assert problems(local({"loadBalancer.tags": {"since": "2026-01-01"}})) == []


def test_a_number_that_no_text_could_be_is_told_the_form():
    """Quotes would not help: the line names the form."""
    (line,) = problems(local({"clients.alice.subject": {"commonName": "alice", "country": 49}}))
    assert "found 49; allowed: " in line
    assert "quotes" not in line


@pytest.mark.parametrize(
    ("name", "wanted"), [("www.example.test", "www"), ("a.b.example.test", "a.b"), ("example.test", "@")]
)
def test_a_host_with_its_zone_is_told_without_it(name, wanted):
    """The zone would be added once more: `www.example.test.example.test`."""
    (line,) = problems(local({"domain": {"zone": "example.test", "names": [name]}}))
    assert line.endswith(f"domain.names[0]: found {name!r}, which ends in the zone; allowed: {wanted}")
    assert problems(local({"domain": {"zone": "example.test", "names": [wanted, "myexample.test"]}})) == []
