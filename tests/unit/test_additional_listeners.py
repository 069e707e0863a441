"""Listeners beside the first: what is read, whose clients are whose, and which setting a preview names."""

import copy
import json

import pytest

from mtlsedge.command import run
from mtlsedge.diagram import mermaid, outline, svg
from mtlsedge.diagram.declared import from_settings
from mtlsedge.diagram.running import from_outputs
from mtlsedge.errors import CommandError
from mtlsedge.expiry import Windows, lifetimes
from mtlsedge.outputs import of_listener
from mtlsedge.preview import let_in, weakenings
from mtlsedge.preview.events import UNKNOWN_TEXT, Preview
from mtlsedge.rotation import standing
from mtlsedge.verify.entry_points import entry_points
from settings.flaws import flaws
from settings.model import IdentifierAuthority
from tests.unit.kubernetes_sample import KUBERNETES
from tests.unit.preview_samples import change
from tests.unit.settings_sample import local, read
from tests.unit.verify_stack import NOW, outputs, outputs_document, pki

PARTNERS = {
    "authority": {"selfManaged": {"generations": {"2026": {"subject": {"commonName": "Partners Root"}}}}},
    "clients": {"carrier": {}},
    "listener": {"port": 9443, "default": "web"},
}
LISTENER = {"listenerProtocol": "HTTPS", "listenerPort": 9443, "caEnabled": True}


def said(**changes: object) -> dict:
    """A stack file with one more listener, its keys replaced."""
    return local({"additionalListeners": {"partners": {**copy.deepcopy(PARTNERS), **changes}}})


def told() -> dict:
    """The outputs of a stack with one more listener, whose CA and client are others."""
    own = outputs_document(pki("Partners Root"))
    document = outputs_document(pki())
    for key in ("clients", "clientCertificates"):
        document[key] = {**document[key], "carrier": own[key]["alice"]}
    beside = {**own["loadBalancer"], "listenerId": "lsn-9", "port": 9443}
    described = {
        key: beside[key]
        for key in ("listenerId", "port", "tlsPolicy", "mutualAuthentication", "headers", "defaultServerGroup")
    }
    listeners = {
        "partners": {
            **described, "urls": ["https://www.example.test:9443/"], "caIdentifier": "2ed65580", "clients": ["carrier"],
            "authority": own["authority"],
        }
    }  # fmt: skip
    return {**document, "listeners": listeners}


def test_a_listener_beside_the_first_is_read_as_the_first_one(tmp_path) -> None:
    """Its authority, clients and listener are what the sections of these names would be; plain HTTP is not its own."""
    settings = read(said(), tmp_path)
    seen = settings.through("partners")
    assert (seen.listener.port, seen.listener.has_http, set(seen.clients)) == (9443, False, {"carrier"})
    assert seen.authority.trusted == "2026"
    assert settings.ports == [443, 80, 9443]


def test_what_makes_it_weaker_is_told_by_its_own_path(tmp_path) -> None:
    """So that a preview and the output `weakenings` say which listener is meant."""
    weak = {"port": 9443, "default": "web", "clientVerification": "off-for-migration"}
    (line,) = read(said(listener=weak), tmp_path).weakenings
    assert line == "mtlsedge:additionalListeners.partners.listener.clientVerification: clients need no certificate"


def test_the_picture_shows_each_listener_with_what_it_trusts(tmp_path) -> None:
    """And whose client is whose."""
    drawn = outline.draw(from_settings(read(said(), tmp_path)))
    assert "Listener partners · ALB" in drawn
    assert "HTTPS :9443, client certificate demanded" in drawn
    assert "trusts: Partners Root" in drawn
    assert "lets in: carrier" in drawn
    assert "Client carrier" not in drawn


def test_a_picture_leads_no_trust_of_the_first_ca_to_another_listener(tmp_path) -> None:
    """Nor its clients: both pictures would say that alice gets in there."""
    picture = from_settings(read(said(), tmp_path))
    chart = mermaid.draw(picture)
    assert mermaid.is_ours(chart)
    assert "trust anchor| https\n" in chart
    assert "trust anchor| https2" not in chart
    assert "clients2 -->|TLS| name2" in chart
    alone = from_settings(read(local({}), tmp_path))
    assert svg.draw(picture).count("arrow-trust") == svg.draw(alone).count("arrow-trust")


def test_the_next_step_of_a_rotation_names_the_listeners_own_settings() -> None:
    """A step written down for the first one's CA would be of no use."""
    rotation = {"issuing": "2026", "trusted": "2026", "generations": {"2026": {}}, "clients": {}}
    assert standing(rotation, "mtlsedge:additionalListeners.partners.").next.startswith(
        "mtlsedge:additionalListeners.partners.authority.selfManaged.generations"
    )
    assert standing(rotation).next.startswith("mtlsedge:authority.selfManaged.generations")


def test_each_listener_is_judged_with_its_own_ca_and_clients() -> None:
    """The first one's rows keep their ids; the other's have its name before them, without those of plain HTTP and of the stack."""
    facts = outputs(pki(), **told())
    first, beside = entry_points(facts)
    assert (set(first.outputs.clients), set(beside.outputs.clients)) == ({"alice"}, {"carrier"})
    assert (set(first.of_others), set(beside.of_others)) == ({"carrier"}, {"alice"})
    assert first.outputs.authority.certificate == pki().root.certificate_pem
    assert beside.outputs.authority.certificate == pki("Partners Root").root.certificate_pem
    assert (beside.outputs.load_balancer.port, beside.outputs.load_balancer.http_port) == (9443, 0)
    ids = [check.id for check in beside.checks]
    assert {check.id for check in first.checks} - {one.removeprefix("partners.") for one in ids} == {
        "http.redirect", "expiry.days-left",
    }  # fmt: skip
    assert "mtlsedge:additionalListeners.partners.listener.tlsPolicy" in beside.checks[1].remedy
    assert {"trusted CA", "trusted CA of partners", "client alice", "client carrier"} <= {
        one.what for one in lifetimes(facts, Windows(), NOW)
    }
    assert "Listener partners · " in outline.draw(from_outputs(facts, "dev"))


def test_listeners_that_trust_one_ca_show_each_other_no_clients() -> None:
    """There the other's clients are let in, by what is declared; and a stack with one listener has no such row."""
    document = told()
    document["listeners"]["partners"]["caIdentifier"] = document["caIdentifier"]
    for entry in (*entry_points(outputs(pki(), **document)), *entry_points(outputs(pki()))):
        assert not entry.of_others
        assert not [check for check in entry.checks if check.id.endswith("mtls.other-listener")]


def test_the_servers_of_a_listener_that_is_not_there_are_no_listener() -> None:
    """The message names those there are."""
    with pytest.raises(CommandError, match="found 'nobody'; beside the first the stack has partners"):
        of_listener(told(), "nobody")


@pytest.mark.parametrize("command", [["verify"], ["explain"], ["rotation"], ["authority", "export", "--to", "x"]])
def test_every_command_refuses_a_listener_that_is_not_there(command, tmp_path, monkeypatch, capsys) -> None:
    """Before anything is connected to or written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outputs.json").write_text(json.dumps(told()))
    assert run([*command, "--outputs", "outputs.json", "--listener", "nobody"]) == 2
    assert "found 'nobody'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("path", "accepted"),
    [
        ("mtlsedge:additionalListeners.partners.listener.clientVerification", True),
        ("mtlsedge:listener.clientVerification", False),
        ("mtlsedge:additionalListeners.others.listener.clientVerification", False),
    ],
)
def test_a_preview_takes_only_the_listeners_own_word(path, accepted) -> None:
    """The setting of another listener, in the same change, accepts nothing here."""
    off = change(
        "alicloud:alb/listener:Listener", LISTENER, LISTENER | {"caEnabled": False},
        name="load-balancer/partners/https-listener",
    )  # fmt: skip
    (found,) = weakenings.find(Preview((off,), weakenings_after=(f"{path}: clients need no certificate",)))
    assert found.remedy == "mtlsedge:additionalListeners.partners.listener.clientVerification: off-for-migration"
    assert bool(found.accepted_by) is accepted


@pytest.mark.parametrize(
    ("trusted", "old", "expected"),
    [
        ("b", None, ["lets in, on port 9443, every client of a CA that no listener trusted before (b)"]),
        (UNKNOWN_TEXT, None, ["lets in, on port 9443, every client of a CA that no listener trusted before (uploaded in this change)"]),
        ("a", None, []),
        ("b", LISTENER, []),
    ],
)  # fmt: skip
def test_a_preview_says_that_another_cas_clients_are_let_in(trusted, old, expected) -> None:
    """A CA that is uploaded already, or another owner's, signs whom it will: no client of the stack file would show it."""
    kind, first = "alicloud:alb/listener:Listener", {**LISTENER, "caCertificates": [{"certificateId": "a"}]}
    there = change(kind, first, first, "same", name="load-balancer-https-listener")
    new = {**LISTENER, "caCertificates": [{"certificateId": trusted}]}
    beside = change(kind, old, new, "update" if old else "create", name="load-balancer/partners/https-listener")
    told = [one for one in let_in.find(Preview((there, beside))) if one.kind == "authority-added"]
    assert [one.what for one in told] == expected


def test_a_first_listener_is_no_other_cas() -> None:
    """A stack that comes into being lets in whom its file says."""
    made = change(
        "alicloud:alb/listener:Listener", None, {**LISTENER, "caCertificates": [{"certificateId": "a"}]}, "create"
    )
    assert list(let_in.find(Preview((made,)))) == []


def test_one_uploaded_ca_may_stand_on_two_ports(tmp_path) -> None:
    """Other rules or networks for the same clients are no mistake; a port twice is one (tests/unit/mistakes)."""
    first, second = (
        {"authority": {"identifier": "0e40dda9"}, "listener": {"port": port, "default": "web"}} for port in (9443, 9444)
    )
    settings = read(local({"additionalListeners": {"one": first, "two": second}}), tmp_path)
    assert {one.authority for one in settings.additional_listeners.values()} == {IdentifierAuthority("0e40dda9")}


SUPPLIERS = {**PARTNERS, "listener": {"port": 8443}}
IN_CLUSTER = {
    **KUBERNETES,
    "additionalListeners": {"suppliers": SUPPLIERS},
    "ingresses": {
        "demo": {"host": "demo.example.test", "service": "web:80"},
        "orders": {"host": "orders.example.test", "service": "orders:80", "listener": "suppliers"},
    },
}


def told_in_cluster() -> dict:
    """The outputs of a stack whose AlbConfig has one more listener."""
    document = told()
    beside = document.pop("listeners")["partners"]
    seen = {key: beside[key] for key in ("tlsPolicy", "mutualAuthentication", "headers")}
    own = {key: beside[key] for key in ("caIdentifier", "clients", "authority")}
    first = {
        **seen, "loadBalancerId": "alb-2", "dnsName": "alb-2.example-alb.test", "hosts": ["demo.example.test"], "zone": "", "port": 443,
        "httpPort": 80,
    }  # fmt: skip
    listeners = {"suppliers": {**seen, **own, "port": 8443, "hosts": ["orders.example.test"], "paths": []}}
    return {**document, "kubernetes": {**first, "listeners": listeners}}


def test_a_clusters_listener_sees_its_own_ingresses_alone(tmp_path) -> None:
    """Its authority and clients are its own, and the first one has the Ingresses that name none."""
    settings = read(local({"kubernetes": IN_CLUSTER}), tmp_path)
    seen = settings.through("suppliers")
    assert (seen.listener, seen.kubernetes.listener.port, set(seen.kubernetes.ingresses)) == (None, 8443, {"orders"})
    assert (set(seen.clients), seen.authority.trusted) == ({"carrier"}, "2026")
    assert set(settings.kubernetes.seen_at("").ingresses) == {"demo"}
    assert settings.kubernetes.ports == [443, 80, 8443]


def test_one_uploaded_ca_may_stand_on_two_listeners_of_an_alb_config(tmp_path) -> None:
    """As on a load balancer; the port is what has to differ."""
    same = {
        name: {"authority": {"identifier": "0e40dda9"}, "listener": {"port": port}}
        for name, port in (("one", 8443), ("two", 9443))
    }
    settings = read(local({"kubernetes": {**KUBERNETES, "additionalListeners": same}}), tmp_path)
    assert {one.authority for one in settings.beside.values()} == {IdentifierAuthority("0e40dda9")}


def test_what_makes_a_clusters_listener_weaker_is_told_by_its_own_path(tmp_path) -> None:
    """So that the word for one listener is none for another."""
    weak = {**SUPPLIERS, "listener": {"port": 8443, "clientVerification": "off-for-migration"}}
    cluster = {**KUBERNETES, "additionalListeners": {"suppliers": weak}}
    (line,) = read(local({"kubernetes": cluster}), tmp_path).weakenings
    place = "mtlsedge:kubernetes.additionalListeners.suppliers.listener"
    assert line == f"{place}.clientVerification: clients need no certificate"


def test_the_picture_shows_each_listener_of_an_alb_config(tmp_path) -> None:
    """From the settings and from the outputs: what it trusts, whom it lets in, and the Ingresses of each."""
    drawn = outline.draw(from_settings(read(local({"kubernetes": IN_CLUSTER}), tmp_path)))
    first, beside = drawn.split("Listener suppliers · ALB")
    assert "HTTPS :8443, client certificate demanded" in beside and "lets in: carrier" in beside
    assert "trusts: Partners Root" in beside
    assert "Ingress demo" in first and "Ingress orders" not in first
    assert "Ingress orders" in beside and "Ingress demo" not in beside
    running = outline.draw(from_outputs(outputs(pki(), **told_in_cluster()), "dev"))
    assert "Listener suppliers · " in running and "HTTPS :8443" in running


def test_each_listener_of_an_alb_config_is_judged_with_its_own_ca_and_clients() -> None:
    """Its rows begin with its name, ask its own hosts, and name its own settings."""
    facts = outputs(pki(), **told_in_cluster())
    _, first, beside = entry_points(facts)
    assert (set(first.outputs.clients), set(beside.outputs.clients)) == ({"alice"}, {"carrier"})
    assert beside.outputs.authority.certificate == pki("Partners Root").root.certificate_pem
    assert (beside.outputs.load_balancer.port, beside.outputs.load_balancer.http_port) == (8443, 0)
    assert (first.outputs.hosts, beside.outputs.hosts) == (("demo.example.test",), ("orders.example.test",))
    ids = {check.id.removeprefix("suppliers.") for check in beside.checks}
    assert {check.id.removeprefix("kubernetes.") for check in first.checks} - ids == {"http.redirect"}
    assert "mtlsedge:kubernetes.additionalListeners.suppliers.listener.tlsPolicy" in beside.checks[1].remedy
    assert "trusted CA of suppliers" in {one.what for one in lifetimes(facts, Windows(), NOW)}


def test_the_next_step_of_a_rotation_names_a_clusters_listener(tmp_path, monkeypatch, capsys) -> None:
    """A step written down for the load balancer's listener would be of no use."""
    monkeypatch.chdir(tmp_path)
    document = told_in_cluster()
    rotation = {"issuing": "2026", "trusted": "2026", "generations": {"2026": {}}, "clients": {}}
    document["kubernetes"]["listeners"]["suppliers"]["rotation"] = rotation
    (tmp_path / "outputs.json").write_text(json.dumps(document))
    assert run(["rotation", "--outputs", "outputs.json", "--listener", "suppliers"]) == 0
    shown = "".join(capsys.readouterr().out.split())
    assert "mtlsedge:kubernetes.additionalListeners.suppliers.authority.selfManaged.generations" in shown


def test_a_ca_that_has_ended_is_told_where_its_listener_stands(tmp_path) -> None:
    """Of a listener of the load balancer and of one of the AlbConfig, before anything is built."""
    (tmp_path / "ca.pem").write_text(pki("Partners Root").root.certificate_pem)
    authority = {"external": {"certificateFile": "ca.pem"}}
    here, there = (
        {"authority": authority, "listener": listener}
        for listener in ({"port": 9443, "default": "web"}, {"port": 8443})
    )
    cluster = {**KUBERNETES, "additionalListeners": {"suppliers": there}}
    settings = read(local({"additionalListeners": {"partners": here}, "kubernetes": cluster}), tmp_path)
    assert flaws(settings, NOW, look_at_keys=False) == []
    found = flaws(settings, NOW.replace(year=NOW.year + 90), look_at_keys=False)
    within = "mtlsedge:{}.authority.external.certificateFile".format
    assert [flaw.path for flaw in found] == [
        within("additionalListeners.partners"), within("kubernetes.additionalListeners.suppliers"),
    ]  # fmt: skip
