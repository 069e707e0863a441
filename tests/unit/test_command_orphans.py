"""Orphans: exactly the stack's objects that its state does not know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlsedge.commands.orphans import record_hosts
from mtlsedge.orphans.finding import CloudObject, Ownership, find_orphans, half_made, interrupted, state_ids
from mtlsedge.orphans.inventory import LISTINGS, list_objects, tags
from mtlsedge_components.naming import ROLES, derived_name

OURS = Ownership("mtlsedge", "dev", {"load-balancer": "edge-of-acme", "server-certificate": "acme-web"})
TAGS = {"mtlsedge:project": "mtlsedge", "mtlsedge:stack": "dev"}


def vpc(id_: str, name: str, marks: dict | None = None) -> CloudObject:
    return CloudObject("VPC", id_, name, marks or {}, ("vpc",))


def test_a_lost_create_is_found_and_nothing_else():
    """Of two VPCs of the stack, the one that state does not know is the orphan; others' VPCs are not looked at."""
    things = [
        vpc("vpc-1", "mtlsedge-dev-vpc", TAGS),
        vpc("vpc-2", "mtlsedge-dev-vpc", TAGS),
        vpc("vpc-3", "mtlsedge-dev-vpc"),
        vpc("vpc-4", "somebody-else"),
        vpc("vpc-5", "mtlsedge-prod-vpc"),
        vpc("vpc-6", "mtlsedge-dev-eu-vpc"),
        vpc("vpc-7", "mtlsedge-dev-vpc", {**TAGS, "mtlsedge:stack": "prod"}),
        vpc("vpc-8", "by hand", TAGS),
    ]
    found = find_orphans(things, {"vpc-1"}, OURS)
    assert [one.id for one in found] == ["vpc-2", "vpc-3", "vpc-8"]


@pytest.mark.parametrize(
    ("kind", "role", "name", "ours"),
    [
        ("load balancer", "load-balancer", "edge-of-acme", True),
        ("load balancer", "load-balancer", "edge-of-acme-2", False),
        ("server certificate", "server-certificate", "acme-web-0a1b2c3d", True),
        ("server certificate", "server-certificate", "mtlsedge-dev-server-certificate-0a1b2c3d", True),
        ("server certificate", "server-certificate", "edge-of-acme", False),
        ("vSwitch", "vswitch", "mtlsedge-dev-vswitch-ap-southeast-1a", True),
        ("vSwitch", "vswitch", "mtlsedge-dev-vpc", False),
        ("instance", "", "ECS01", False),
    ],
)
def test_names_count_for_the_role_they_were_given_for(kind, role, name, ours):
    """A derived or configured name marks only things of its own role; an instance's name marks nothing."""
    thing = CloudObject(kind, "x-1", name, {}, (role,) if role else ())
    assert OURS.claims(thing) is ours


def test_a_parent_decides_for_what_has_no_mark_of_its_own():
    """A CA in the stack's repository and a record of the stack's load balancer are the stack's; others' are not."""
    things = [
        CloudObject("CA repository", "cas-wh-1", "mtlsedge-dev-ca-repository", {}, ("ca-repository",), aliases=("7",)),
        CloudObject("CA repository", "cas-wh-2", "shared", {}, ("ca-repository",), aliases=("8",)),
        CloudObject("uploaded CA", "aaa", "Root", parent="cas-wh-1"),
        CloudObject("uploaded CA", "bbb", "Root", parent="cas-wh-2"),
        CloudObject("uploaded CA", "ccc", "Root", parent="cas-wh-1"),
    ]
    assert [one.id for one in find_orphans(things, {"7", "aaa"}, OURS)] == ["ccc"]


def test_ids_are_read_from_the_whole_state():
    """Resource ids, and the ids in properties; numbers that are no id do not hide an object."""
    state = {
        "deployment": {
            "resources": [
                {"id": "vpc-1", "outputs": {"warehouse_id": 7.0, "validity_days": 3650, "identifier": "aaa"}},
                {"inputs": {"serverGroups": [{"serverGroupId": "sgp-1"}], "vswitchIds": ["vsw-1"]}},
            ]
        }
    }
    assert state_ids(state) == {"vpc-1", "7", "aaa", "sgp-1"}
    assert state_ids({}) == set()


def test_an_interrupted_update_is_noticed():
    """Pending operations mean that an object may be under construction."""
    assert interrupted({"deployment": {"pending_operations": [{}]}})
    assert not interrupted({"deployment": {}})


def test_what_was_half_made_is_named():
    """The engine keeps the provider's errors with what was made in spite of them; what has none is whole."""
    urn = "urn:pulumi:local::mtlsedge::mtlsedge:index:Network$alicloud:vpc/switch:Switch::network-a"
    state = {"deployment": {"resources": [{"urn": urn, "initErrors": ["creating …"]}, {"urn": f"{urn}b"}]}}
    assert half_made(state) == ["network-a"]
    assert half_made({}) == []


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.booleans()), unique_by=lambda item: item[0]))
def test_orphans_are_ours_and_unknown(drawn):
    """Whatever the account holds: an object is listed exactly if it is the stack's and state does not know it."""
    things = [vpc(f"vpc-{number}", "mtlsedge-dev-vpc" if ours else "other") for number, ours, _ in drawn]
    known = {f"vpc-{number}" for number, _, kept in drawn if kept}
    expected = [f"vpc-{number}" for number, ours, kept in drawn if ours and not kept]
    assert [one.id for one in find_orphans(things, known, OURS)] == expected


def test_a_record_at_the_clusters_load_balancer_is_an_orphan():
    """The controller's ALB is not the stack's, but its state knows it; an ALB it does not know decides for nobody."""
    record = CloudObject("DNS record", "7", "demo.example.test", parent="alb-of-ack", known_parent_will_do=True)
    held = CloudObject("uploaded CA", "ca-9", "Root", parent="shared-repository")
    assert find_orphans([record, held], {"alb-of-ack", "shared-repository"}, OURS) == [record]
    assert find_orphans([record, held], {"7", "alb-of-ack"}, OURS) == []
    assert find_orphans([record, held], {"another"}, OURS) == []


def test_hosts_of_both_entry_points_are_looked_at():
    """Zones with the host parts of the load balancer's names and of the Ingresses."""
    ingresses = {"a": {"host": "demo.example.test"}, "b": {"hosts": ["example.test", "*.example.test"]}}
    assert record_hosts({
        "mtlsedge:domain": {"zone": "example.test", "names": ["www"]},
        "mtlsedge:kubernetes": {"domain": {"zone": "example.test"}, "ingresses": ingresses},
    }) == {"example.test": {"www", "demo", "@", "*"}}  # fmt: skip
    assert record_hosts({"mtlsedge:kubernetes": {"ingresses": ingresses}}) == {}


class Account:
    """A cloud that answers list calls from a table."""

    def __init__(self, answers: dict[str, list[dict]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def pages(self, _product, action, _path, _query=None):
        self.asked.append(action)
        return iter(self.answers.get(action, []))


def test_the_inventory_reads_every_kind():
    """One list call a kind; records count only when they point one of the stack's hosts at a load balancer here."""
    account = Account({
        "DescribeVpcs": [{"VpcId": "vpc-1", "VpcName": "n", "Tags": {"Tag": [{"Key": "a", "Value": "b"}]}}],
        "ListLoadBalancers": [{"LoadBalancerId": "alb-1", "DNSName": "alb-1.example.test"}],
        "ListCertWarehouse": [
            {"InstanceId": "cas-wh-1", "WhId": 7, "Name": "repo", "Type": "uploadCA"},
            {"InstanceId": "cas-wh-2", "WhId": 8, "Name": "other", "Type": "ssl"},
        ],
        "ListCert": [{"Identifier": "aaa", "CommonName": "Root"}],
        "ListUserCertificateOrder": [{"CertificateId": 5, "Name": "web"}],
        "DescribeDomainRecords": [
            {"RecordId": "1", "RR": "www", "Type": "CNAME", "Value": "alb-1.example.test"},
            {"RecordId": "2", "RR": "www", "Type": "CNAME", "Value": "elsewhere.test"},
            {"RecordId": "3", "RR": "mail", "Type": "CNAME", "Value": "alb-1.example.test"},
        ],
    })  # fmt: skip
    things = {(one.kind, one.id): one for one in list_objects(account, {"example.test": frozenset({"www"})})}
    assert set(things) == {
        ("VPC", "vpc-1"),
        ("load balancer", "alb-1"),
        ("CA repository", "cas-wh-1"),
        ("uploaded CA", "aaa"),
        ("server certificate", "5"),
        ("DNS record", "1"),
    }
    assert things["DNS record", "1"].parent == "alb-1"
    assert {"DescribeVSwitches", "DescribeSecurityGroups", "DescribeInstances", "ListServerGroups", "ListListeners",
            "ListRules", "ListAcls"} <= set(account.asked)  # fmt: skip


@pytest.mark.parametrize(
    "item",
    [
        {"Tags": [{"Key": "a", "Value": "b"}]},
        {"Tags": {"Tag": [{"TagKey": "a", "TagValue": "b"}]}},
        {"Tags": {"Tag": [{"Key": "a", "Value": "b"}]}},
    ],
)
def test_tags_come_in_three_spellings(item):
    """Each product's form is understood."""
    assert tags(item) == {"a": "b"}


@pytest.mark.parametrize("stack", ["dev", "my_stack", "eu-1", "x" * 90])
def test_every_derived_name_is_recognised(stack):
    """What `mtlsedge_components.naming` derives for a role marks an object of that role as the stack's."""
    owner = Ownership("mtlsedge", stack)
    roles = [role for listing in LISTINGS for role in listing.roles]
    assert set(roles) <= set(ROLES)
    named = {role: derived_name("mtlsedge", stack, role, "part") for role in roles}
    assert [role for role, name in named.items() if not owner.claims(CloudObject("x", "x-1", name, {}, (role,)))] == []
