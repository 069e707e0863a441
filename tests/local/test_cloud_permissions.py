"""RAM policies: made from the record and the action table, and checked in as they come out."""

import json

import pytest

from local.cloud import permissions
from local.cloud.coverage import render_coverage
from local.places import CHECKOUT
from tests.engine.own_calls import own_calls

RECORD = json.loads((CHECKOUT / permissions.RECORD).read_text())
MADE = permissions.policies(RECORD)


def actions(name: str) -> set[str]:
    """What a policy allows."""
    return set(MADE[name]["Statement"][0]["Action"])


def test_the_checked_in_policies_are_current():
    """The files are what the record and the action table give; otherwise `python -m local permissions` writes them."""
    assert {path: (CHECKOUT / path).read_text() for path in permissions.render()} == permissions.render()


def test_every_call_of_the_program_is_allowed():
    """A call that stands in the components' source is in the record, so a new one asks for a new record."""
    assert own_calls() == set(RECORD["program"])
    assert {permissions.named(call) for call in own_calls()} <= actions("up.json")


def test_a_private_ca_can_be_made():
    """The record's stack has no private CA; the files allow the provider's calls for one, and those to read none of them."""
    allowed = permissions.render()
    for call in permissions.PRIVATE_CA:
        assert f'"{permissions.named(call)}"' in allowed[permissions.FOLDER / "up.json"]
        assert f'"{permissions.named(call)}"' not in allowed[permissions.FOLDER / "preview.json"]
    assert {"yundun-cert:CreateClientCertificateWithCsr", "yundun-cert:UpdateCACertificateStatus"} <= actions("up.json")


def test_the_reading_policy_writes_nothing():
    """No action of it changes anything by the table's word, and it is a part of the other policy."""
    assert "yundun-cert:ListCert" in actions("preview.json")
    assert not [one for one in actions("preview.json") if one.split(":")[1].startswith(("Create", "Delete", "Upload"))]
    assert actions("preview.json") < actions("up.json")


def test_a_whole_life_was_recorded():
    """The record holds what makes, changes and unmakes the parts of a stack."""
    wanted = {
        "alb:CreateListener",
        "alb:UpdateListenerAttribute",
        "alb:DeleteListener",
        "alb:CreateAcl",
        "alb:CreateRule",
    }
    wanted |= {"yundun-cert:UploadPCACert", "yundun-cert:DeletePCACert", "alidns:UpdateDomainRecord", "vpc:DeleteVpc"}
    assert wanted <= actions("up.json")


def test_an_action_the_table_does_not_know_is_no_reading_one():
    """What is not known to change nothing is not handed to those who may only read."""
    made = permissions.policies({"program": [], "read": ["alb:ListListeners", "alb:GetWings"]})
    assert made["preview.json"]["Statement"][0]["Action"] == ["alb:ListListeners"]


def test_a_product_without_a_prefix_is_refused():
    """A policy that leaves a product out would look whole."""
    with pytest.raises(ValueError, match="kms:Encrypt"):
        permissions.policies({"program": [], "read": ["kms:Encrypt"]})


def test_the_coverage_page_is_current():
    """docs/reference/coverage.md is what `python -m local coverage` prints."""
    assert (CHECKOUT / "docs/reference/coverage.md").read_text() == render_coverage()
