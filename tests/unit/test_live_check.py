"""The live check's pure parts: whose a name is, what it costs, what its page says, what its guide lists."""

import os
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from livecheck import cost
from livecheck.calls import LOCAL, REAL, Calls, flat
from livecheck.command import live_check
from livecheck.ownership import EveryRun, Run
from livecheck.page import render
from livecheck.questions import QUESTIONS
from livecheck.questions.model import Answer
from livecheck.record import Record
from livecheck.shapes import note
from livecheck.stack import Place, changes, configuration, failure
from mtlsedge.cloud import PRODUCTS
from mtlsedge.errors import CommandError
from settings import load
from tests.unit.settings_sample import PROJECT


def test_every_question_is_on_the_guides_page_in_order():
    """Id, question and way; the page has no other row with an id."""
    page = (PROJECT / "docs/guides/live-check.md").read_text().partition("## What it asks")[2]
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \| (.+) \|$", page, re.MULTILINE)
    assert rows == [(question.id, question.text, question.how) for question in QUESTIONS]


def test_a_question_without_a_call_says_why():
    """The record gives that reason as the answer; one with a call must not claim that it is not asked."""
    for question in QUESTIONS:
        assert question.how.startswith("not asked: ") == (question.ask is None), question.id


@pytest.mark.parametrize(
    "name",
    ["mtlsedge-live-0badcafe", "mtlsedge-live-0badcafe0-vpc", "my-mtlsedge-live-0badcafe-vpc", "mtlsedge-live--vpc", "",
     "mtlsedge-live-0BADCAFE-vpc", "mtlsedge-live-somebody-vpc", "mtlsedge-lived-0badcafe-vpc"],
)  # fmt: skip
def test_a_name_that_is_nearly_a_runs_is_nobodys(name):
    """Neither one run's nor every run's: what bears it is never deleted."""
    assert not EveryRun().owns(name)
    assert not Run("0badcafe").owns(name)


def test_a_runs_name_is_its_own_and_every_runs():
    """And not another run's."""
    name = Run("0badcafe").name("vpc")
    assert Run("0badcafe").owns(name)
    assert EveryRun().owns(name)
    assert not Run("0badcaff").owns(name)


@pytest.mark.parametrize("id", ["", "0badcaf", "0badcafe0", "0BADCAFE", "0badcaf*", "../../.."])
def test_a_run_is_eight_hexadecimal_digits(id):
    """Anything else after --clean-up is refused before a call."""
    with pytest.raises(CommandError, match="--clean-up"):
        Run(id)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"endpoint": "192.0.2.1:4600"}, "--endpoint: found '192.0.2.1:4600'; expected a loopback address"),
        ({"endpoint": "localhost.example.org:4600"}, "--endpoint"),
        ({"endpoint": "4600"}, "--endpoint"),
        ({"site": "germany"}, "--site: found 'germany'; expected international or china"),
        ({"zones": "eu-central-1a"}, "--zones: found 1; expected two"),
        ({"image": "ubuntu"}, "--instance-type and --image: found one of the two"),
        ({"instance_type": "ecs.g7.large"}, "--instance-type and --image: found one of the two"),
        ({"resolver": "dns.example.org:53"}, "--resolver"),
        ({"port_map_text": "443"}, "--port-map"),
        ({"record_to": Path("/dev/null/records")}, "--record-to: /dev/null/records: Not a directory"),
    ],
)
def test_a_wrong_option_is_refused_before_a_call(monkeypatch, tmp_path, options, told):
    """With what was found and what is allowed; consent given beforehand changes nothing."""
    monkeypatch.setattr(Calls, "call", lambda *_call: pytest.fail("something was called"))
    with pytest.raises(CommandError, match=re.escape(told)):
        live_check(account="1", region="eu-central-1", yes_spend_money=True, **{"record_to": tmp_path, **options})


def test_a_folder_that_takes_no_record_is_refused_before_a_call(monkeypatch, tmp_path):
    """Answers that cost money would be lost at the end."""
    monkeypatch.setattr(Calls, "call", lambda *_call: pytest.fail("something was called"))
    monkeypatch.setattr("os.access", lambda path, mode: (path, mode) != (tmp_path, os.W_OK))
    with pytest.raises(CommandError, match=r"--record-to: .* cannot be written to"):
        live_check(account="1", region="eu-central-1", yes_spend_money=True, record_to=tmp_path)


def test_credentials_of_another_account_are_refused(monkeypatch, tmp_path):
    """Before anything is looked at: only who is calling was asked."""
    asked = []
    monkeypatch.setattr(Calls, "call", lambda _self, *call: asked.append(call[1]) or {"AccountId": "1234567890123457"})
    with pytest.raises(CommandError, match="found credentials of 1234567890123457; allowed 1234567890123456"):
        live_check(account="1234567890123456", region="eu-central-1", yes_spend_money=True, record_to=tmp_path)
    assert asked == ["GetCallerIdentity"]


def calls(**changed):
    """An account with some products' endpoints changed."""
    return Calls({"alicloud:region": "eu-central-1", "alicloud:endpoints": [changed]})


def test_only_the_vendors_own_hosts_are_the_real_cloud():
    """One product answered by something else, and the record is a local cloud's."""
    assert calls().place == REAL
    for product in PRODUCTS:
        for host in ("127.0.0.1:4600", "aliyuncs.com.example.org", "aliyuncs.com.example.org:443", "xaliyuncs.com"):
            assert calls(**{product: host}).place == LOCAL, (product, host)


def test_nested_parameters_are_written_as_the_api_takes_them():
    """Lists are numbered from one, booleans are words."""
    assert flat({"A": [{"B": True}, {"B": 2}], "C": {"D": ["x"]}}) == {"A.1.B": "true", "A.2.B": "2", "C.D.1": "x"}


def test_the_cost_is_an_upper_bound_with_what_is_unknown_named():
    """45 minutes and the deletion are two begun hours; a server, whose price nobody here knows, is a line of its own."""
    lines = list(cost.statement(45, server=False))
    assert lines[-1].startswith("Upper bound of what is known: 0.06 USD (2 begun hours).")
    assert "ECS" not in "".join(lines)
    assert any("ECS" in line and "unknown" in line for line in cost.statement(45, server=True))


def record(place):
    """A record with one answer."""
    made = Record("0badcafe", "eu-central-1", "international", place, date="2027-01-02", complete=True)
    made.answered(QUESTIONS[0], Answer("refused", {"expired | <b>": "alert"}))
    return render(asdict(made))


def test_a_page_says_whose_answers_it_holds():
    """The real cloud's in its title; anything else also in a warning."""
    assert record(REAL).startswith("# Live check of 2027-01-02, Alibaba Cloud\n\nRun 0badcafe")
    assert "**Answered by: local cloud. Nothing here is a fact about Alibaba Cloud.**" in record(LOCAL)


def test_what_was_seen_cannot_break_the_page():
    """A cell stays a cell."""
    assert r"| expired \| \<b\> | alert |" in record(REAL)


def test_a_page_names_what_is_left_and_why_it_ended():
    """In its first paragraph."""
    made = Record("0badcafe", "eu-central-1", "international", REAL, ended="interrupted (SIGINT)", left=["VPC vpc-1"])
    assert "Ended early: interrupted (SIGINT). **Not deleted: VPC vpc-1.**" in render(asdict(made))


def test_the_shape_of_answers_holds_no_value():
    """Keys and kinds of all answers of an action together, whatever they said."""
    shapes = {}
    note(shapes, "alb:ListRules", {"Rules": [{"Id": "rule-1", "On": True}, {"Id": "", "At": None}], "Tags": []})
    note(shapes, "alb:ListRules", {"Rules": [{"Id": "rule-2", "Port": 443, "More": {}}]})
    assert shapes == {
        "alb:ListRules": {
            "Rules[].Id": ["empty text", "text"], "Rules[].On": ["flag"], "Rules[].At": ["null"], "Tags": ["empty list"],
            "Rules[].Port": ["number"], "Rules[].More": ["empty object"],
        }
    }  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([], "no changes"),
        ([{"op": op, "urn": "urn:pulumi:live::p::a:b/c:C::x"} for op in ("same", "read", "refresh")], "no changes"),
        ([{"op": "update", "urn": "urn:pulumi:live::p::o:O$alicloud:alb/loadBalancer:LoadBalancer::name-of-mine",
           "detailedDiff": {"zoneMappings[0].allocationId": {}, 'tags["secret"]': {}}}],
         "update alicloud:alb/loadBalancer:LoadBalancer (tags, zoneMappings.allocationId)"),
    ],
)  # fmt: skip
def test_a_previews_changes_are_told_without_a_name(steps, told):
    """By operation, type and property."""
    assert changes({"steps": steps}) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("StatusCode: 400\nCode: OperationDenied.ZoneMappingsNotChanged\nMessage: alb-x of 12345", "failed: OperationDenied.ZoneMappingsNotChanged"),
        ('{"Code":"Forbidden.RAM","Message":"acs:ram::1234:user/x"}', "failed: Forbidden.RAM"),
        ("UploadPCACert failed: NoPermission: the credentials", "failed: UploadPCACert: NoPermission"),
        ("panic: key is 0xdeadbeef", "failed: no error code"),
    ],
)  # fmt: skip
def test_a_failure_is_told_by_its_codes_alone(text, told):
    """What else the engine printed may quote an id or a key."""
    assert failure(text) == told


@pytest.mark.parametrize("site", ["international", "china"])
@pytest.mark.parametrize("server", ["", "i-0123456789abcdefghij"])
def test_the_stack_of_a_run_is_a_stack_file_the_program_takes(site, server):
    """In either site's regions, with and without a server and a zone; everything with a name bears the run's."""
    region = {"international": "eu-central-1", "china": "cn-hangzhou"}[site]
    calls = Calls({"alicloud:region": region, "mtlsedge:certificateSite": site})
    zones = {f"{region}-a": "vsw-0123456789abcdefghij1", f"{region}-b": "vsw-0123456789abcdefghij2"}
    run = Run("0badcafe")
    config = configuration(
        Place(calls, run.name, "vpc-0123456789abcdefghij", zones, server, "example.com"), "1234567890123456"
    )
    read = load(config, project="mtlsedge", stack="live", files=PROJECT, secrets=[])
    assert read.names and all(run.owns(name) for name in [*read.names.values(), *read.domain.names])
    assert not read.load_balancer.deletion_protection
