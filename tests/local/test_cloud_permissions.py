"""RAM policies: made from the record and the action table, and checked in as they come out."""

import json

import pytest

from local.cloud.coverage import render_coverage
from local.places import CHECKOUT
from scripts import permissions
from tests.engine.own_calls import own_calls
from tests.provider_attributes import USED, every, stated, token

RECORD = json.loads((CHECKOUT / permissions.RECORD).read_text())
MADE = permissions.policies(RECORD)


def actions(name: str) -> set[str]:
    """What a policy allows."""
    return set(MADE[name]["Statement"][0]["Action"])


def document(name: str) -> dict:
    """A policy as it is checked in."""
    return json.loads((CHECKOUT / permissions.FOLDER / name).read_text())


def rendered(name: str) -> set[str]:
    """What a checked-in policy allows, conditions aside."""
    return {action for statement in document(name)["Statement"] for action in statement["Action"]}


def test_the_checked_in_policies_are_current():
    """The files are what both sources and the action table give; otherwise `python -m scripts.permissions` writes them."""
    assert {path: (CHECKOUT / path).read_text() for path in permissions.render()} == permissions.render()


def test_every_call_of_the_program_is_allowed():
    """A call that stands in the components' source is in the record, so a new one asks for a new record."""
    assert own_calls() == set(RECORD["program"])
    assert {permissions.named(call) for call in own_calls()} <= actions("up.json")


def test_every_call_of_the_provider_is_allowed_or_left_out_with_a_reason():
    """What the recorded life never changed (zones, address type, a certificate's name, a private CA) is allowed as well."""
    allowed = {action.lower() for action in rendered("up.json")}
    derived = permissions.provider_calls()
    left_out = permissions.left_out()
    assert left_out <= derived
    assert {permissions.named(call).lower() for call in derived - left_out} <= allowed
    assert not {permissions.named(call).lower() for call in left_out - {"kms:Decrypt"}} & allowed
    assert {
        "alb:updateloadbalancerzones", "alb:moveresourcegroup", "alb:updateloadbalanceraddresstypeconfig",
        "alidns:untagresources", "yundun-cert:createcertificatename", "yundun-cert:createrootcacertificate",
    } <= allowed  # fmt: skip


def test_types_that_no_component_makes_are_not_allowed():
    """The plugin offers more than the program uses; what the components make is what the table of attributes has."""
    assert len(permissions.made()) == len(USED)
    assert not {"alb:CreateSecurityPolicy", "alb:UpdateSecurityPolicyAttribute"} & rendered("up.json")


def test_what_is_left_out_was_never_needed():
    """A call that a stack was seen to make cannot be one for an attribute that the program never sets."""
    assert not {call for calls in RECORD.values() for call in calls} & permissions.left_out()


def test_an_attribute_that_would_need_more_is_set_nowhere():
    """Calls are left out for attributes of the provider; a component that begins to state one needs its calls allowed."""
    kinds = {token(resource): set(every(resource)) for resource in USED}
    rows = {tuple(row.split(" ")) for row in permissions.UNSET}
    assert {(resource, attribute) for resource, attribute in rows if attribute not in kinds[resource]} == set()
    assert rows & stated() == set()


def test_the_reading_policy_makes_no_private_ca():
    """Calls of the provider that write stay out of it, and so do the service-linked roles."""
    reading = rendered("preview.json")
    assert not reading & {
        "yundun-cert:CreateRootCACertificate",
        "alb:UpdateLoadBalancerZones",
        "ram:CreateServiceLinkedRole",
    }
    assert "alb:GetLoadBalancerAttribute" in reading


def test_service_linked_roles_are_allowed_for_albs_two_services_only():
    """The condition names them: with it the credentials make no other service's role."""
    (statement,) = [one for one in document("up.json")["Statement"] if one["Action"] == ["ram:CreateServiceLinkedRole"]]
    assert statement["Condition"] == {
        "StringEquals": {"ram:ServiceName": ["alb.aliyuncs.com", "logdelivery.alb.aliyuncs.com"]}
    }


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
    with pytest.raises(ValueError, match="slb:Encrypt"):
        permissions.policies({"program": [], "read": ["slb:Encrypt"]})


def test_the_coverage_page_is_current():
    """docs/reference/coverage.md is what `python -m local coverage` prints."""
    assert (CHECKOUT / "docs/reference/coverage.md").read_text() == render_coverage()
