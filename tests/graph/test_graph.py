"""The whole graph: what holds for every resource, whatever the stack."""

import pytest

from settings.model import (
    AccessLog,
    ExistingNetwork,
    ExistingServerGroup,
    ForwardingRule,
    IdentifierAuthority,
    LoadBalancer,
    ReferencedServerCertificate,
    Settings,
)
from tests.graph import samples
from tests.graph.harness import Graph, graph_of, local_graph, texts
from tests.graph.test_additional_listeners import SEVERAL

RULE = ForwardingRule("api", "api", 10, hosts=("api.example.test",), paths=("/v1/*",))
RICH = samples.local(
    production=True,
    server_groups={
        "web": samples.group("web"),
        "api": samples.group("api"),
        "old": ExistingServerGroup("old", "sgp-1"),
    },
    load_balancer=LoadBalancer(access_log=AccessLog("logs", "alb_log"), tags={"team": "edge"}),
    listener=samples.listener(rules={"api": RULE}, allow_from={"198.51.100.0/24": "mtlsedge"}).listener,
    additional_server_certificates={"api": ReferencedServerCertificate("123-ap-southeast-1")},
    domain=samples.domain(create=True, prove_ownership=True),
)
"""A stack that has everything."""
BARE = samples.local(
    authority=IdentifierAuthority("0e40"),
    clients={},
    server_certificate=ReferencedServerCertificate("123-ap-southeast-1"),
    network=ExistingNetwork("vpc-1", {"ap-southeast-1a": "vsw-1", "ap-southeast-1b": "vsw-2"}),
    server_groups={"web": ExistingServerGroup("web", "sgp-1")},
    listener=samples.listener(redirect_http=False).listener,
    domain=None,
)
"""A stack that refers to everything it can."""
STACKS = {"local": samples.LOCAL, "rich": RICH, "bare": BARE, "several listeners": SEVERAL}


@pytest.fixture(params=STACKS, scope="module")
def stack(request: pytest.FixtureRequest) -> Settings:
    """Each of the stacks in turn."""
    return STACKS[request.param]


@pytest.fixture(scope="module")
def graph(stack: Settings) -> Graph:
    """The graph of a first `up`."""
    return graph_of(stack)


def test_every_cloud_resource_stands_below_a_component(graph: Graph) -> None:
    """No resource but the components themselves, and the plugin's provider, has the stack as its parent."""
    stray = [node.type for node in graph.nodes.values() if node.custom and graph.nodes.get(node.parent) is None]
    assert stray == ["pulumi:providers:mtlsedge"]


def test_every_parent_is_a_component_of_this_project(graph: Graph) -> None:
    """Children hang on components only, never on another cloud resource."""
    parents = {graph.nodes[node.parent].type for node in graph.nodes.values() if node.parent in graph.nodes}
    assert all(parent.startswith("mtlsedge:index:") for parent in parents)


def test_types_are_ours_or_the_providers(graph: Graph) -> None:
    """Types are this package's, with three parts, or the vendor's; one provider is declared."""
    allowed = ("mtlsedge:index:", "alicloud:", "pulumi:providers:mtlsedge")
    assert [node.type for node in graph.nodes.values() if not node.type.startswith(allowed)] == []


def test_private_keys_are_never_plain_inputs(graph: Graph) -> None:
    """No plain property of any resource carries a private key header."""
    found = [(node.name, path) for node in graph.nodes.values() for path, text in texts(node.inputs)
             if "PRIVATE KEY" in text]  # fmt: skip
    assert found == []


def test_private_keys_are_never_plain_exports(graph: Graph) -> None:
    """Only the secret export carries private keys."""
    assert [path for path, text in texts(graph.exports) if "PRIVATE KEY" in text] == []


def test_no_authoritys_key_is_in_an_export(graph: Graph) -> None:
    """Not in a secret one either: keys of clients are handed out, the key of a CA is not."""
    exported = repr(graph.exports)
    handed_out = {name for name in graph.of(":PrivateKey") if f"not a key, of {name}\\n" in exported}
    assert handed_out == {name for name in graph.of(":PrivateKey") if name.startswith("client-")}


def test_components_have_no_inputs(graph: Graph) -> None:
    """A component's row never shows an update of its own: one change is one operation."""
    assert [node.name for node in graph.nodes.values() if not node.custom and node.inputs] == []


def test_nothing_is_deleted_before_it_is_replaced(graph: Graph) -> None:
    """Certificates, CAs and listeners are replaced without a gap."""
    assert [node.name for node in graph.nodes.values() if node.delete_before_replace] == []


def test_a_preview_plans_what_up_does(stack: Settings, graph: Graph) -> None:
    """Preview and up register the same resources, with the same known inputs."""
    preview = graph_of(stack, preview=True)
    assert preview.nodes.keys() == graph.nodes.keys()
    for urn, node in preview.nodes.items():
        assert node.inputs.keys() == graph.nodes[urn].inputs.keys(), node.name
        planned = dict(texts(node.inputs))
        assert planned.items() <= dict(texts(graph.nodes[urn].inputs)).items(), node.name


def test_the_same_settings_give_the_same_graph(stack: Settings, graph: Graph) -> None:
    """A second run asks for exactly what the first did."""
    assert graph_of(stack).shape() == graph.shape()


def test_physical_names_are_unique_by_type(graph: Graph) -> None:
    """No two resources of a type have the same physical name."""
    keys = ("serverGroupName", "listenerDescription", "ruleName", "vswitchName", "certificateName", "instanceName")
    names = [(node.type, key, node.inputs[key]) for node in graph.nodes.values() for key in keys if key in node.inputs]
    assert len(names) == len(set(names))


def test_ca_keys_and_load_balancer_are_protected_in_production_only() -> None:
    """Protected are exactly the CA's keys and certificates and the instance, and only in production."""
    protected = {node.name for node in graph_of(RICH).nodes.values() if node.protect}
    expected = {"authority-2026-root-key", "authority-2026-root", "authority-2026-intermediate-key"}
    assert protected == expected | {"authority-2026-intermediate", "load-balancer-instance"}
    assert not any(node.protect for node in local_graph().nodes.values())


def test_adopted_resources_are_imported_by_role() -> None:
    """An id under `adopt` becomes the import id of that role, and of nothing else."""
    graph = graph_of(samples.local(adopt={"load-balancer": "alb-7", "server-group/web": "sgp-7", "record/www": "42"}))
    imported = {node.name: node.import_id for node in graph.nodes.values() if node.import_id}
    assert imported == {"load-balancer-instance": "alb-7", "server-groups-web": "sgp-7", "dns-www": "42"}


def test_what_was_adopted_outlives_the_stack() -> None:
    """An imported resource is retained on delete; the same resource made by the stack is not."""
    adopted = graph_of(samples.local(adopt={"load-balancer": "alb-7"}))
    retained = {node.name for node in adopted.nodes.values() if node.retain_on_delete}
    assert retained == {"load-balancer-instance"}
    assert not any(node.retain_on_delete for node in local_graph().nodes.values())


def test_what_was_adopted_keeps_its_tags_and_a_name_nobody_said() -> None:
    """Tags of an adopted thing are its own; its name is kept unless `names` says one. Things we made keep nothing."""
    adopted = samples.local(
        adopt={"load-balancer": "alb-7", "listener": "lsn-7", "server-group/web": "sgp-7", "http-listener": "lsn-8"},
        names={"load-balancer": "edge"},
    )
    nodes = graph_of(adopted).nodes.values()
    ignored = {node.name: node.ignored for node in nodes if node.ignored}
    assert {"tags", "zoneMappings"} <= ignored["load-balancer-instance"]
    assert "loadBalancerName" not in ignored["load-balancer-instance"]
    assert {"tags", "listenerDescription"} <= ignored["load-balancer-https-listener"]
    assert "caCertificates" not in ignored["load-balancer-https-listener"]
    assert {"tags", "stickySessionConfig"} <= ignored["server-groups-web"]
    assert "defaultActions" in ignored["load-balancer-http-listener"]
    assert not [node.name for node in nodes if node.name == "load-balancer-http-deny"]
    assert {name: node.ignored for name, node in local_graph().of("").items() if node.ignored} == {
        "load-balancer-instance": {"zoneMappings"}, "server-groups-web": {"servers", "uchConfig"}, "server-certificate-upload": {"cert", "key"},
    }  # fmt: skip


def test_physical_names_can_be_replaced_one_by_one() -> None:
    """A name under `names` is used as it is, and changes one resource's inputs only."""
    before, after = local_graph(), graph_of(samples.local(names={"server-group/web": "frontend"}))
    changed = [node.name for urn, node in after.nodes.items() if node != before.nodes[urn]]
    assert changed == ["server-groups-web"]
    assert after.of("alb/serverGroup:ServerGroup")["server-groups-web"].inputs["serverGroupName"] == "frontend"
