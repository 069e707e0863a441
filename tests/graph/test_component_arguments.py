"""What components refuse in the arguments of other programs: one line with the component's name, found and allowed."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from mtlsedge_components.ca_repository import CaRepository
from mtlsedge_components.kubernetes.alb_ingress import AlbIngress
from mtlsedge_components.mutual_tls_listener import MutualTlsListener
from mtlsedge_components.network import Network
from mtlsedge_components.server_certificate import ServerCertificate
from tests.graph.harness import deploy

EXISTING = {"vpc_id": "vpc-1", "vswitch_ids": {"ap-southeast-1a": "vsw-1"}}
CREATED = {"cidr_block": "10.0.0.0/8", "vswitch_cidr_blocks": {"ap-southeast-1a": "10.0.0.0/24"}}
TRUSTED = {"certificate_pem": "PEM", "fingerprint": "0123456789", "not_after": "2027-01-01T00:00:00Z"}
REFERENCED = {"identifier": "1-ap-southeast-1"}
ISSUED = {"issuer": dict.fromkeys(("certificate_pem", "private_key_pem", "chain_pem", "root_certificate_pem"), "PEM"), "names": ["a.example.test"]}  # fmt: skip
CONFIG = {"apiVersion": "alibabacloud.com/v1", "kind": "AlbConfig", "metadata": {"name": "alb"}, "spec": {}}
ADOPTED = {"name": "alb", "listeners": [], "controller_version": "2.20.0"}
CLUSTER = {"identifier": "test", "kubeconfig": "kubeconfig"}
GENERATION = {"name": "2026", "subject": {"common_name": "Root"}}
LISTENER = {
    "generations": [GENERATION], "certificate_id": "1-ap-southeast-1", "server_groups": {"web": {"id": "sgp-1"}},
    "load_balancer_id": "alb-1",
}  # fmt: skip
TWO = {"generations": [GENERATION, GENERATION | {"name": "2027"}]}
MADE = {"vpc_id": "vpc-1", "vswitch_ids": {"ap-southeast-1a": "vsw-1", "ap-southeast-1b": "vsw-2"}}
REFUSED = {
    "two generations": (MutualTlsListener, LISTENER | TWO, "edge.issuing: found nothing; allowed: 2026, 2027"),
    "trusted is none": (MutualTlsListener, LISTENER | TWO | {"issuing": "2026", "trusted": "2025"}, "edge.trusted: found 2025; allowed: 2026, 2027"),
    "no generation": (MutualTlsListener, LISTENER | {"generations": []}, "edge.issuing: found nothing; allowed: none, there is none"),
    "no group": (MutualTlsListener, LISTENER | {"server_groups": {}}, "edge.default_group: found nothing; allowed: none, there is none"),
    "which group": (MutualTlsListener, LISTENER | {"server_groups": {"web": {"id": "sgp-1"}, "api": {"id": "sgp-2"}}}, "edge.default_group: found nothing"),
    "rule to no group": (MutualTlsListener, LISTENER | {"rules": {"api": {"server_group": "api", "priority": 1, "paths": ["/api"]}}}, "edge.rules.api.server_group: found api; allowed: web"),
    "nowhere": (MutualTlsListener, {key: value for key, value in LISTENER.items() if key != "load_balancer_id"}, "edge: found neither load_balancer_id nor vswitch_ids"),
    "no network": (Network, {}, "edge: found both or neither of existing and created"),
    "two networks": (Network, {"existing": EXISTING, "created": CREATED}, "edge: found both or neither of existing"),
    "no CA": (CaRepository, {}, "edge: found both or neither of trusted and identifier"),
    "two CAs": (CaRepository, {"trusted": TRUSTED, "identifier": "0e"}, "edge: found both or neither of trusted"),
    "no certificate": (ServerCertificate, {}, "edge: found nothing; allowed: exactly one of uploaded, referenced, issued"),
    "two certificates": (ServerCertificate, {"referenced": REFERENCED, "issued": ISSUED}, "edge: found referenced and issued"),
    "unknown site": (ServerCertificate, {"referenced": REFERENCED, "site": "moon"}, "edge.site: found 'moon'; allowed: international, china"),
    "no AlbConfig": (AlbIngress, {"cluster": CLUSTER}, "edge: found both or neither of alb_config and adopted"),
    "two AlbConfigs": (AlbIngress, {"cluster": CLUSTER, "alb_config": CONFIG, "adopted": ADOPTED}, "edge: found both or neither of alb_config"),
    "ambient cluster": (AlbIngress, {"cluster": {"identifier": "test"}, "alb_config": CONFIG}, "edge.cluster: found neither kubeconfig nor context"),
}  # fmt: skip
ACCEPTED = {
    "one generation, one group": (MutualTlsListener, LISTENER),
    "two generations": (MutualTlsListener, LISTENER | TWO | {"issuing": "2027", "trusted": "2026"}),
    "a rule": (
        MutualTlsListener,
        LISTENER | {"rules": {"api": {"server_group": "web", "priority": 1, "paths": ["/api"]}}},
    ),
    "a load balancer of its own": (
        MutualTlsListener,
        {**{key: value for key, value in LISTENER.items() if key != "load_balancer_id"}, **MADE},
    ),
    "existing network": (Network, {"existing": EXISTING}),
    "created network": (Network, {"created": CREATED}),
    "certificate to upload": (CaRepository, {"trusted": TRUSTED}),
    "identifier": (CaRepository, {"identifier": "0e"}),
    "referenced": (ServerCertificate, {"referenced": REFERENCED, "site": "china"}),
    "issued": (ServerCertificate, {"issued": ISSUED}),
    "created AlbConfig": (AlbIngress, {"cluster": CLUSTER, "alb_config": CONFIG}),
    "adopted AlbConfig": (AlbIngress, {"cluster": CLUSTER, "adopted": ADOPTED}),
}


def made(component: Callable[..., pulumi.ComponentResource], args: dict[str, Any]) -> Callable[[], None]:
    """A program of another project that declares one component, without an identity."""

    def run() -> None:
        component("edge", args)
        pulumi.export("made", "yes")

    return run


@pytest.mark.parametrize(("component", "args", "message"), REFUSED.values(), ids=REFUSED)
def test_contradictory_arguments_are_refused(component: Any, args: dict[str, Any], message: str) -> None:
    """The message begins with the component's name, and nothing was made."""
    with pytest.raises(pulumi.RunError) as refusal:
        deploy(made(component, args))
    assert str(refusal.value).startswith(message)


@pytest.mark.parametrize(("component", "args"), ACCEPTED.values(), ids=ACCEPTED)
def test_each_alternative_alone_is_accepted(component: Any, args: dict[str, Any]) -> None:
    """The near misses of the refusals; names are made of the running project and stack."""
    graph = deploy(made(component, args))
    assert graph.exports == {"made": "yes"}


def test_without_an_identity_names_are_of_the_running_program() -> None:
    """Project and stack of the program that uses the component stand in names and tags."""
    (vpc,) = deploy(made(Network, {"created": CREATED})).of("vpc/network:Network").values()
    assert vpc.inputs["vpcName"] == "mtlsedge-test-vpc"
    assert vpc.inputs["tags"] == {"mtlsedge:project": "mtlsedge", "mtlsedge:stack": "test"}
