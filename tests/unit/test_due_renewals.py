"""Renewals by themselves: what a run that nobody watches may do, what it stops at, and whom it tells."""

import json
from dataclasses import replace

import pytest

from exposure.facts import UNKNOWN
from mtlsedge.command import run
from mtlsedge.drift.issue import issues
from mtlsedge.errors import CommandError
from mtlsedge.preview import due
from mtlsedge.preview import vocabulary as t
from mtlsedge.preview.events import Change, Preview
from tests.unit.issue_host import TOKEN, IssueHost
from tests.unit.preview_samples import RECORDED, change, listener, recorded

WINDOW = {"not_after": "update"}
ENDS = {"not_after": "2027-01-24T17:40:41Z"}
CLIENT = {"profile": "client", "validity_days": 30}


def leaf(name: str, profile: str = "client", kind: str = t.CERTIFICATE, **more: object) -> Change:
    """A certificate that is made anew because its window is open."""
    told = {"paths": WINDOW, "outputs": ENDS, "parent": f"urn::{name}"} | more
    return change(kind, CLIENT | {"profile": profile}, CLIENT | {"profile": profile}, "replace", f"{name}-leaf", **told)


ALICE, BOB = leaf("client-alice"), leaf("client-bob", kind=t.PCA_CLIENT)
SERVER = leaf("server-certificate", "server")
UPLOAD = change(
    t.UPLOADED_CERTIFICATE, {"certificateName": "a"}, {"certificateName": UNKNOWN}, "replace", "upload",
    parent="urn::server-certificate", paths={"certificateName": "update-replace"},
)  # fmt: skip
GIVEN = listener(
    {"certificates": {"certificateId": "1-cn"}}, {"certificates": {"certificateId": UNKNOWN}},
    paths={"certificates.certificateId": "update"},
)  # fmt: skip


def test_due_certificates_and_what_follows_from_them_are_nothing_else():
    """Clients of both kinds of CA, a server's certificate, its upload, and the listener that takes the upload."""
    preview = Preview((ALICE, BOB, SERVER, UPLOAD, GIVEN, change("x", {}, {}, "same")))
    assert due.others(preview) == [] and due.renewed(preview) == [ALICE, BOB, SERVER]


@pytest.mark.parametrize(
    "one",
    [
        leaf("client-eve", paths=WINDOW | {"names": "update"}),
        leaf("client-eve", paths={"validity_days": "update"}),
        leaf("client-eve", paths={}),
        replace(ALICE, operation="update"),
        replace(ALICE, operation="delete", new=None),
        replace(ALICE, operation="create", old=None),
        replace(UPLOAD, parent="urn::another"),
        replace(UPLOAD, operation="delete", new=None),
        replace(GIVEN, paths=GIVEN.paths | {"caEnabled": "update"}),
        replace(GIVEN, paths={"certificatesAllowed": "update"}),
        replace(GIVEN, paths={}),
        replace(GIVEN, operation="replace"),
        replace(GIVEN, type=t.LOAD_BALANCER),
        listener({"certificates": "1-cn"}, {"certificates": "2-cn"}, paths={"certificates": "update"}),
        change("x", None, {}, "create"),
    ],
)
def test_anything_beside_them_is_something_else(one):
    """A difference besides the window, another way of changing, a listener that changes otherwise or takes a certificate known
    before `up`: each stops the run, although a server's certificate is due.
    """
    one = replace(one, urn="urn::one")
    assert due.others(Preview((SERVER, UPLOAD, one))) == [one]


def test_an_upload_and_a_listener_without_a_due_certificate_are_something_else():
    """They follow from nothing."""
    assert due.others(Preview((ALICE, UPLOAD, GIVEN))) == [UPLOAD, GIVEN]


@pytest.mark.parametrize("name", RECORDED)
def test_no_recorded_change_is_taken_for_due_renewals(name):
    """Each was made by an edit of the stack file: it stops the run, or changes outputs alone and renews nothing."""
    preview = recorded(name)
    assert due.renewed(preview) == [] and due.others(preview) == [one for one in preview.changes if one.is_change]


def test_who_has_to_fetch_what_is_told():
    """Each client with the command that hands its bundle out, the server's with the word that nobody has to do anything."""
    told = due.report("prod", "2026-11-28", Preview((ALICE, SERVER)), is_done=True)
    assert [(one["part"], one["name"]) for one in told["renewed"]] == [("client", "alice"), ("certificate", "server-certificate-leaf")]  # fmt: skip
    assert "clients export alice" in told["renewed"][0]["remedy"] and "2027-01-24" in told["renewed"][0]["detail"]
    assert "nobody has to" in told["renewed"][1]["remedy"] and told["findings"] == []


def test_what_stopped_the_run_is_told_and_nothing_is_called_renewed():
    """Every other change by name; where there is none, that the deployment failed."""
    other = change("alicloud:alb/listener:Listener", {}, {}, name="https", paths={"caEnabled": "update"})
    told = due.report("prod", "2026-11-28", Preview((ALICE, other)), is_done=False)
    assert [one["name"] for one in told["findings"]] == ["https"] and "caEnabled" in told["findings"][0]["detail"]
    assert told["renewed"] == []
    failed = due.report("prod", "2026-11-28", Preview((ALICE,)), is_done=False)
    assert [one["part"] for one in failed["findings"]] == ["deployment"] and failed["renewed"] == []


@pytest.fixture
def host(monkeypatch):
    """The issues of a host, and the environment in which the command writes them."""
    with IssueHost().serving() as serving:
        settings = {"GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "acme/edge", "GITHUB_API_URL": serving.address}
        for name, value in {**settings, "MTLSEDGE_COMMENT_AUTHOR": "bot"}.items():
            monkeypatch.setenv(name, value)
        yield serving


def test_an_issue_says_what_is_in_the_way_and_one_a_run_who_has_to_fetch(host, tmp_path):
    """What stops the renewals is one issue, closed once it is gone; what was renewed stays until a person closes it, also when
    another run of the day renews nothing, or another client's certificate.
    """
    other = change("alicloud:alb/listener:Listener", {}, {}, name="https")
    days = [
        due.report("prod", "2026-11-28", Preview((ALICE, other)), is_done=False),
        due.report("prod", "2026-11-29", Preview((ALICE,)), is_done=True),
        due.report("prod", "2026-11-29", Preview(()), is_done=True),
        due.report("prod", "2026-11-29", Preview((BOB,)), is_done=True),
        due.report("prod", "2026-11-30", Preview(()), is_done=True),
        due.report("prod", "2026-12-09", Preview((BOB,)), is_done=True),
    ]
    for told in days:
        (tmp_path / "r.json").write_text(json.dumps(told))
        assert run(["issue", str(tmp_path / "r.json")]) == 0
    assert [(one["title"], one["state"]) for one in host.issues] == [
        ("Renewals stopped: prod", "closed"),
        ("Renewed: prod, 2026-11-29", "open"),
        ("Renewed: prod, 2026-11-29", "open"),
        ("Renewed: prod, 2026-12-09", "open"),
    ]
    alice, *bob = (one["body"] for one in host.issues[1:])
    assert "`alice`" in alice and all("`bob`" in text and "`alice`" not in text for text in bob)


@pytest.mark.parametrize("day", ["", "today", "2026-11-28 -->", None])
def test_a_day_that_is_none_is_refused(day):
    """It becomes part of the mark by which an issue is found again."""
    told = due.report("prod", "2026-11-28", Preview(()), is_done=True)
    with pytest.raises(CommandError, match="day"):
        issues(told | {"day": day})
