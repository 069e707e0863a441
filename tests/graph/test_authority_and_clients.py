"""The authority, the clients it signs, and the CA the load balancer is given."""

from typing import Any

from settings.model import (
    IdentifierAuthority,
    NameConstraints,
    PrivateCaAuthority,
    ReferencedServerCertificate,
    SelfManagedAuthority,
    Subject,
    Subtrees,
)
from tests.graph import samples
from tests.graph.harness import SECRET, graph_of, local_graph
from tests.unit.test_external_requests import greedy_request

REQUEST = greedy_request("device")[0]


def authority(*names: str, issuing: str, trusted: str, intermediate: bool = True) -> SelfManagedAuthority:
    """An authority of several generations."""
    generations = {name: samples.generation(name, intermediate=intermediate) for name in names}
    return SelfManagedAuthority(generations, issuing, trusted)


def _without_ledger(nodes: dict[str, Any]) -> dict[str, Any]:
    return {urn: node for urn, node in nodes.items() if "GenerationLedger" not in urn}


def test_root_and_intermediate_are_immutable_and_never_renewed() -> None:
    """CA certificates carry the mark that refuses changes, and no renewal window."""
    certificates = local_graph().of(":Certificate")
    for name in ("authority-2026-root", "authority-2026-intermediate"):
        assert certificates[name].inputs["immutable"] is True
        assert certificates[name].inputs["renew_before_days"] == 0


def test_the_root_leaves_room_for_a_bridge_and_an_intermediate() -> None:
    """Path length is 2 for every root, as a bridge and its intermediate may follow; 0 for the intermediate."""
    with_both = local_graph().of(":Certificate")
    assert with_both["authority-2026-root"].inputs["path_length"] == 2
    assert with_both["authority-2026-intermediate"].inputs["path_length"] == 0
    alone = samples.local(authority=authority("2026", issuing="2026", trusted="2026", intermediate=False))
    assert graph_of(alone).of(":Certificate")["authority-2026-root"].inputs["path_length"] == 2


def test_name_constraints_stand_in_every_ca_certificate_and_nowhere_else() -> None:
    """Root, intermediate and the bridge to a constrained root; not in leaves, nor in the other generation."""
    limits = NameConstraints(excluded=Subtrees(dns=("example.org",)))
    both = {"2026": samples.generation("2026"), "2027": samples.generation("2027", name_constraints=limits)}
    stack = samples.local(authority=SelfManagedAuthority(both, "2026", "2026"))
    certificates = graph_of(stack).of(":Certificate")
    found = {
        name: one.inputs["name_constraints"] for name, one in certificates.items() if "name_constraints" in one.inputs
    }
    constrained = {"authority-2027-root", "authority-2027-intermediate", "authority-2027-bridge@2026"}
    assert found == {name: {"excluded": {"dns": ["example.org"]}} for name in constrained}
    assert len(certificates) > len(found)


def test_an_authority_without_name_constraints_says_nothing_of_them() -> None:
    """The inputs are those of before the setting existed, so that no authority differs."""
    assert not any("name_constraints" in one.inputs for one in local_graph().of(":Certificate").values())


def test_the_intermediate_has_a_name_of_its_own() -> None:
    """Root and intermediate differ in common name, which stays within 64 characters."""
    long = samples.generation("2026")
    long = samples.generation("2026", subject=type(long.subject)(common_name="x" * 64))
    stack = samples.local(authority=SelfManagedAuthority({"2026": long}, "2026", "2026"))
    subject = graph_of(stack).of(":Certificate")["authority-2026-intermediate"].inputs["subject"]
    assert subject["common_name"] != "x" * 64
    assert len(subject["common_name"]) <= 64


def test_the_root_is_uploaded_and_the_intermediate_signs() -> None:
    """ALB trusts the root; clients are signed by the intermediate and send it along."""
    graph = local_graph()
    assert "authority-2026-root\n" in graph.of(":UploadedCa")["ca-ca"].inputs["certificate_pem"]
    leaf = graph.of(":Certificate")["client-alice-leaf@2026"].inputs
    assert "authority-2026-intermediate\n" in leaf["issuer_certificate_pem"]
    assert "authority-2026-intermediate\n" in graph.exports["authority"]["chain"]


def test_without_an_intermediate_the_root_signs_and_the_chain_is_empty() -> None:
    """A root alone signs leaves itself; there is nothing for a client to send along."""
    graph = graph_of(samples.local(authority=authority("2026", issuing="2026", trusted="2026", intermediate=False)))
    assert (
        "authority-2026-root\n" in graph.of(":Certificate")["client-alice-leaf@2026"].inputs["issuer_certificate_pem"]
    )
    assert graph.exports["authority"]["chain"] == ""


def test_a_key_of_the_issuer_reaches_the_leaf_as_a_secret() -> None:
    """The issuer's private key is marked secret where it goes in."""
    leaf = local_graph().of(":Certificate")["client-alice-leaf@2026"]
    assert SECRET in leaf.inputs["issuer_private_key_pem"]


def test_generations_stand_side_by_side() -> None:
    """Each generation has its own resources; issuing and trusted choose among them."""
    graph = graph_of(samples.local(authority=authority("2026", "2027", issuing="2027", trusted="2026")))
    certificates = graph.of(":Certificate")
    assert {"authority-2026-root", "authority-2027-root"} <= certificates.keys()
    assert "authority-2027-intermediate\n" in certificates["client-alice-leaf@2027"].inputs["issuer_certificate_pem"]
    assert "authority-2026-root\n" in graph.of(":UploadedCa")["ca-ca"].inputs["certificate_pem"]


def test_another_trusted_ca_has_another_name_in_the_repository() -> None:
    """Old and new CA can lie in the repository together while the listener is switched over."""
    names = {
        graph_of(samples.local(authority=authority("2026", "2027", issuing="2026", trusted=trusted)))
        .of(":UploadedCa")["ca-ca"].inputs["certificate_name"]
        for trusted in ("2026", "2027")
    }  # fmt: skip
    assert len(names) == 2


def test_a_new_generation_leaves_the_old_one_alone() -> None:
    """Listing another generation adds resources and changes none but the ledger of generations."""
    before = _without_ledger(local_graph().shape())
    after = graph_of(samples.local(authority=authority("2026", "2027", issuing="2026", trusted="2026"))).shape()
    assert {urn: after[urn] for urn in before} == before


def test_a_new_client_touches_only_its_own_resources() -> None:
    """Adding a client adds a component, a key and a leaf; nothing else changes, but who the ledger has heard of."""
    before = local_graph()
    after = graph_of(samples.local(clients={**samples.LOCAL.clients, "carol": samples.client("carol")}))
    added = {node.name for urn, node in after.nodes.items() if urn not in before.nodes}
    assert added == {"client-carol", "client-carol-key", "client-carol-leaf@2026"}
    kept = {urn: node for urn, node in after.nodes.items() if urn in before.nodes}
    assert _without_ledger(kept) == _without_ledger(before.nodes)


def test_a_changed_client_touches_only_its_leaf() -> None:
    """Another validity changes the inputs of that client's certificate and of nothing else."""
    before = local_graph()
    clients = {**samples.LOCAL.clients, "bob": samples.client("bob", validity_days=20)}
    after = graph_of(samples.local(clients=clients))
    assert [node.name for urn, node in after.nodes.items() if node != before.nodes[urn]] == ["client-bob-leaf@2026"]


def test_a_client_with_a_csr_gets_no_key() -> None:
    """The key stays with the client: none is made, and the bundle's is empty."""
    graph = graph_of(samples.local(clients={"device": samples.client("device", csr_pem=REQUEST)}))
    assert "client-device-key" not in graph.of(":PrivateKey")
    leaf = graph.of(":Certificate")["client-device-leaf@2026"].inputs
    assert (leaf["csr_pem"], leaf["public_key_pem"]) == (REQUEST, "")
    assert graph.exports["clients"]["value"]["device"]["privateKey"] == ""


def test_client_bundles_are_one_secret_and_facts_are_plain() -> None:
    """`clients` is secret as a whole; `clientCertificates` carries no secret."""
    exports = local_graph().exports
    assert SECRET in exports["clients"]
    assert exports["clients"]["value"].keys() == exports["clientCertificates"].keys() == {"alice", "bob"}
    assert exports["clientCertificates"]["alice"].keys() == {"fingerprint", "serial", "notAfter", "subject"}
    assert exports["clientCertificates"]["alice"]["subject"] == "CN=alice"


def test_with_the_private_ca_the_stack_has_no_key_of_a_ca() -> None:
    """The service keeps root and subordinate; keys that the stack makes are its clients'."""
    authority = PrivateCaAuthority(Subject(common_name="Acme Private Root", country="SG"))
    given = ReferencedServerCertificate("123-ap-southeast-1")
    graph = graph_of(samples.local(authority=authority, server_certificate=given))
    assert {name.split("-")[1] for name in graph.of(":PrivateKey")} == {"alice", "bob"}
    assert len(graph.of(":PcaCertificate")) == 2
    assert "PRIVATE KEY" not in str(graph.exports["authority"])


def test_an_identifier_is_passed_on_and_nothing_is_uploaded() -> None:
    """A CA of somebody else makes no key, no certificate and no repository."""
    graph = graph_of(samples.local(
        authority=IdentifierAuthority("0e40dda9"), clients={}, server_certificate=None, listener=None, domain=None
    ))  # fmt: skip
    assert graph.exports["caIdentifier"] == "0e40dda9"
    assert not graph.of(":Certificate") | graph.of(":UploadedCa") | graph.of(":CaRepositoryEntry")
    assert "authority" not in graph.exports
