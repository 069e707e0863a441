"""The graph of a stack with two generations: what is made, what stays, what clients are given, what is said."""

import pytest

from settings.model import SelfManagedAuthority, Settings
from tests.graph import samples
from tests.graph.harness import SECRET, Graph, graph_of, local_graph

INTERMEDIATE, BRIDGE = "authority-{}-intermediate\n", "authority-{}-bridge@{}\n"


def rotating(*, issuing: str = "2026", trusted: str = "2026", bridge_back: bool = False, **clients: dict) -> Settings:
    """The local stack with a second generation; clients by name with what is declared of them."""
    generations = {name: samples.generation(name) for name in ("2026", "2027")}
    authority = SelfManagedAuthority(generations, issuing, trusted, bridge_back)
    declared = {name: samples.client(name, **clients.get(name, {})) for name in ("alice", "bob")}
    return samples.local(authority=authority, clients=declared)


def chain(graph: Graph, client: str) -> str:
    """The chain in a client's bundle."""
    return str(graph.exports["clients"]["value"][client]["chain"])


def leaves(graph: Graph) -> set[str]:
    """Names of the clients' certificates."""
    return {name for name in graph.of(":Certificate") if "-leaf@" in name and name.startswith("client-")}


def test_a_bridge_certifies_the_new_root_by_the_old() -> None:
    """Subject and key of the new root, signed with the old root's key, for ever the same, and not protected."""
    bridge = graph_of(rotating()).of(":Certificate")["authority-2027-bridge@2026"]
    inputs = bridge.inputs
    assert inputs["subject"]["common_name"] == "Acme Edge Root 2027"
    assert inputs["public_key_pem"] == "public key of authority-2027-root-key"
    assert "authority-2026-root\n" in inputs["issuer_certificate_pem"]
    assert "authority-2026-root-key" in inputs["issuer_private_key_pem"]["value"]
    assert (inputs["profile"], inputs["immutable"], bridge.protect) == ("bridge", True, False)


def test_the_reverse_bridge_is_made_on_request_only() -> None:
    """The old root is certified by the new one with `bridgeBack`, and else not."""
    name = "authority-2026-bridge@2027"
    assert name not in graph_of(rotating()).of(":Certificate")
    assert (
        "authority-2027-root\n"
        in graph_of(rotating(bridge_back=True)).of(":Certificate")[name].inputs["issuer_certificate_pem"]
    )


def test_bundles_carry_intermediate_then_bridge() -> None:
    """New clients send intermediate and bridge; old ones their intermediate, and the reverse bridge where there is one."""
    new = chain(graph_of(rotating(issuing="2027")), "alice")
    assert new.index(INTERMEDIATE.format("2027")) < new.index(BRIDGE.format("2027", "2026"))
    assert "bridge" not in chain(graph_of(rotating()), "alice")
    assert BRIDGE.format("2026", "2027") in chain(graph_of(rotating(bridge_back=True)), "alice")
    assert chain(graph_of(rotating()), "alice") == chain(local_graph(), "alice")


def test_issuing_anew_keeps_the_old_leaves_as_they_are() -> None:
    """Moving `issuing` adds a leaf a client; the old one is kept, asked for as before but for the mark."""
    before, after = graph_of(rotating()).of(":Certificate"), graph_of(rotating(issuing="2027")).of(":Certificate")
    assert leaves(graph_of(rotating(issuing="2027"))) == {
        f"client-{name}-leaf@{year}" for name in ("alice", "bob") for year in ("2026", "2027")
    }
    old = "client-alice-leaf@2026"
    assert after[old].inputs == {**before[old].inputs, "kept": True}
    assert after["client-alice-leaf@2027"].inputs["kept"] is False


def test_a_key_serves_both_leaves() -> None:
    """A rotation of the CA makes no new client keys: both certificates speak for the same one."""
    graph = graph_of(rotating(issuing="2027"))
    assert {name for name in graph.of(":PrivateKey") if name.startswith("client-")} == {
        "client-alice-key",
        "client-bob-key",
    }
    certificates = graph.of(":Certificate")
    assert len({certificates[f"client-alice-leaf@{year}"].inputs["public_key_pem"] for year in ("2026", "2027")}) == 1


def test_a_step_back_keeps_what_was_delivered() -> None:
    """With `issuing` back at the old generation, a client that carries the new one keeps that leaf in state."""
    graph = graph_of(rotating(alice={"delivered": "2027"}))
    assert leaves(graph) == {"client-alice-leaf@2026", "client-alice-leaf@2027", "client-bob-leaf@2026"}
    assert graph.of(":Certificate")["client-alice-leaf@2027"].inputs["kept"] is True


def test_moving_trusted_changes_the_upload_and_nothing_of_clients() -> None:
    """The CA's upload gets another certificate and name; no client resource changes, and no bridge."""
    declared = {name: {"delivered": "2027"} for name in ("alice", "bob")}
    before = graph_of(rotating(issuing="2027", **declared))
    after = graph_of(rotating(issuing="2027", trusted="2027", **declared))
    changed = {node.name for urn, node in after.nodes.items() if node != before.nodes[urn]}
    assert changed == {"ca-ca", "authority-generations"}


def test_servers_send_no_bridge() -> None:
    """The server certificate's upload does not change when a bridge comes or goes."""
    uploads = [
        graph.of(":ServiceCertificate")["server-certificate-upload"].inputs["cert"]
        for graph in (graph_of(rotating(issuing="2027")), graph_of(rotating(issuing="2027", bridge_back=True)))
    ]
    assert uploads[0] == uploads[1]
    assert "bridge" not in uploads[0]


def test_the_ledger_knows_the_plan_and_who_has_said_nothing() -> None:
    """Generations in order of age, both roles, what is declared delivered, and the clients whose `delivered` is the default."""
    inputs = (
        graph_of(rotating(issuing="2027", bob={"delivered": "2026"}))
        .of(":GenerationLedger")["authority-generations"]
        .inputs
    )
    assert inputs["generations"] == ["2026", "2027"]
    assert (inputs["issuing"], inputs["trusted"]) == ("2027", "2026")
    assert inputs["undeclared"] == ["alice"]
    assert inputs["delivered"] == {"bob": "2026"}


def test_rotation_output_is_plain_and_says_who_gets_in() -> None:
    """For each client what it carries, the verdict with its reason, and the verdict were another CA trusted."""
    shown = graph_of(rotating(issuing="2027", alice={"delivered": "2027"})).exports["rotation"]
    assert SECRET not in str(shown)
    assert (shown["issuing"], shown["trusted"]) == ("2027", "2026")
    alice, bob = shown["clients"]["alice"], shown["clients"]["bob"]
    assert (alice["verdict"], alice["bridgeBy"]) == ("accepted through a bridge", "2026")
    assert alice["ifTrusted"] == {"2026": "accepted through a bridge", "2027": "accepted"}
    assert bob["ifTrusted"] == {"2026": "accepted", "2027": "locked out"}
    assert "generation 2026" in bob["why"]
    assert bob["certificates"].keys() == {"2026", "2027"}


@pytest.mark.parametrize("preview", [True, False])
def test_two_generations_preview_as_they_run(preview: bool) -> None:
    """The same resources are asked for in a preview, where nothing is known yet."""
    asked = graph_of(rotating(issuing="2027", bridge_back=True), preview=preview)
    assert {node.name for node in asked.nodes.values()} >= {"authority-2027-bridge@2026", "authority-2026-bridge@2027"}
