"""The checked-in stack files build the same kinds of things: what works in staging is what production gets."""

from functools import cache

import pytest

from settings import load
from settings.model import ExternalAuthority, LoadBalancer, ReferencedServerCertificate, Settings
from tests.graph.harness import SECRET, Graph, graph_of
from tests.unit.settings_sample import PROJECT, stack_file

STACKS = sorted(path.name.split(".")[1] for path in PROJECT.glob("Pulumi.*.yaml"))
SIGNING = {
    "mtlsedge:index:CertificateAuthority",
    "mtlsedge:index:ClientCertificate",
    "mtlsedge:index:PrivateKey",
    "mtlsedge:index:Certificate",
    "mtlsedge:index:GenerationLedger",
}
"""What an authority with its keys in the stack consists of; production has none of it."""
SHOWN = {
    "alicloud:alb/aScript:AScript",
    "alicloud:alb/listenerAdditionalCertificateAttachment:ListenerAdditionalCertificateAttachment",
    "alicloud:alb/loadBalancerSecurityGroupAttachment:LoadBalancerSecurityGroupAttachment",
}
"""What dev has because it shows every setting."""
DEMONSTRATION = {
    "alicloud:cas/serviceCertificate:ServiceCertificate",
    "alicloud:ecs/instance:Instance",
    "alicloud:ecs/securityGroup:SecurityGroup",
    "alicloud:ecs/securityGroupRule:SecurityGroupRule",
    "alicloud:vpc/network:Network",
    "alicloud:vpc/switch:Switch",
}
"""What the local stack makes for itself, where the others refer to what is there."""


def settings(stack: str) -> Settings:
    """A checked-in stack file, as the program reads it."""
    return load(stack_file(stack), project="mtlsedge", stack=stack, files=PROJECT)


@cache
def graph(stack: str) -> Graph:
    """What a checked-in stack file asks the engine for."""
    return graph_of(settings(stack))


def kinds(stack: str) -> set[str]:
    """Types of the resources a stack consists of."""
    return {node.type for node in graph(stack).nodes.values()}


def test_the_four_environments_are_there():
    """Every checked-in stack file is one that the tests below know."""
    assert STACKS == ["dev", "local", "prod", "staging"]


def test_staging_consists_of_what_dev_does():
    """The same kinds, but for what dev has to show every setting."""
    assert kinds("dev") - kinds("staging") == SHOWN
    assert kinds("staging") <= kinds("dev")


def test_production_differs_from_staging_in_who_signs_and_in_nothing_else():
    """No kind that staging has not tried, and none missing but those that hold keys."""
    assert kinds("staging") - kinds("prod") == SIGNING
    assert kinds("prod") <= kinds("staging")


def test_the_local_stack_adds_only_what_the_others_have_already():
    """Beside its own network, servers and certificate it has no kind that an environment lacks."""
    assert kinds("local") - kinds("dev") == DEMONSTRATION


@pytest.mark.parametrize("stack", STACKS)
def test_every_environment_demands_client_certificates_with_nothing_weakened(stack):
    """One CA a listener, verification on, and an empty list of weakenings."""
    listeners = graph(stack).of("alb/listener:Listener").values()
    https = [node.inputs for node in listeners if node.inputs["listenerProtocol"] == "HTTPS"]
    assert https
    for listener in https:
        assert listener["caEnabled"] is True
        assert len(listener["caCertificates"]) == 1
    assert settings(stack).weakenings == ()


def test_production_is_guarded_and_keyless():
    """An external authority, a referenced certificate, protection, log, tags; and no secret goes to any resource."""
    prod = settings("prod")
    assert prod.production
    assert isinstance(prod.authority, ExternalAuthority)
    assert isinstance(prod.server_certificate, ReferencedServerCertificate)
    balancer = prod.load_balancer or LoadBalancer()
    assert balancer.deletion_protection and balancer.access_log and balancer.tags
    (declared,) = graph("prod").of("alb/loadBalancer:LoadBalancer").values()
    assert declared.protect
    assert SECRET not in repr([node.inputs for node in graph("prod").nodes.values()])
    assert SECRET in repr([node.inputs for node in graph("staging").nodes.values()])


def test_environments_share_neither_account_nor_names():
    """Each has its own account, network, cluster and hosts, so that none can reach into another by a copied line."""
    real = [settings(stack) for stack in STACKS if stack != "local"]
    for facts in (
        [one.account_id for one in real],
        [repr(one.network) for one in real],
        [one.kubernetes.cluster.identifier for one in real if one.kubernetes],
        [repr(one.domain) for one in real],
    ):
        assert len(set(facts)) == len(real), facts
