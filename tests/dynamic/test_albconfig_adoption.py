"""Our listeners in somebody else's AlbConfig: in, changed, out; what is theirs stays equal as JSON."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mtlsedge_components.dynamic.adopted_alb_config import AdoptedAlbConfigProvider
from mtlsedge_components.dynamic.alb_config_status import AlbConfigStatusProvider
from mtlsedge_components.dynamic.properties import UNKNOWN
from mtlsedge_components.kubernetes import ownership
from tests.dynamic.fake_cluster import FakeCluster
from tests.dynamic.process import ProviderProcess

pytestmark = pytest.mark.slow  # waits for a controller that does not come

PATH = "/apis/alibabacloud.com/v1/albconfigs/alb"
THEIRS = [
    {"port": 8080, "protocol": "HTTP", "x": {"odd": [1, None, "ü"]}},
    {"port": 9443, "protocol": "HTTPS", "caEnabled": "no"},
]
OURS = {
    "port": 443, "protocol": "HTTPS", "description": "ingress-auto-listener-443-mtlsedge-test", "caEnabled": True,
    "caCertificates": [{"CertificateId": "0e40dda9"}], "securityPolicyId": "tls_cipher_policy_1_2",
    "certificates": [{"CertificateId": "1-ap-southeast-1", "IsDefault": True}],
}  # fmt: skip
REDIRECT = {"port": 80, "protocol": "HTTP", "description": "ingress-auto-listener-80-mtlsedge-test"}


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    """A cluster with one AlbConfig that has two listeners of somebody else."""
    running = FakeCluster()
    running.alb_config("alb", config={"id": "alb-1"}, listeners=THEIRS)
    yield running
    running.stop()


@pytest.fixture
def wanted(cluster: FakeCluster, tmp_path: Path) -> dict[str, Any]:
    """Inputs that adopt it."""
    return {
        "kubeconfig": str(cluster.kubeconfig(tmp_path)), "context": "fake", "cluster_identifier": "c", "alb_config": "alb",
        "listeners": [OURS, REDIRECT], "take_over": [], "controller": [2, 11, 0], "load_balancer_id": "",
        "load_balancer_ports": [],
    }  # fmt: skip


def test_adopted_changed_and_released(provider: ProviderProcess, cluster: FakeCluster, wanted: dict) -> None:
    """Theirs stay first and equal, their field owner stays, and release takes out ours alone."""
    id_, state = provider.create(AdoptedAlbConfigProvider, wanted)
    assert cluster.listeners("alb") == [*THEIRS, OURS, REDIRECT]
    assert (state["held"], state["foreign"]) == (["443/HTTPS", "80/HTTP"], ["8080/HTTP", "9443/HTTPS"])
    changed = wanted | {"listeners": [OURS | {"idleTimeout": 30}]}
    state = provider.update(AdoptedAlbConfigProvider, id_, state, changed)
    assert cluster.listeners("alb") == [*THEIRS, OURS | {"idleTimeout": 30}]
    assert [one["manager"] for one in cluster.objects[PATH]["metadata"]["managedFields"]] == ["kubectl"]
    provider.delete(AdoptedAlbConfigProvider, id_, state)
    assert cluster.listeners("alb") == THEIRS


def test_a_change_in_between_is_read_again(provider: ProviderProcess, cluster: FakeCluster, wanted: dict) -> None:
    """A write that somebody else's overtakes is refused by the server and repeated on what they wrote."""
    later = [*THEIRS, {"port": 7000, "protocol": "HTTP"}]
    cluster.before_write = lambda: cluster.alb_config("alb", config={}, listeners=later)
    provider.create(AdoptedAlbConfigProvider, wanted)
    assert cluster.listeners("alb") == [*later, OURS, REDIRECT]


def test_a_lost_reply_leaves_one_listener(provider: ProviderProcess, cluster: FakeCluster, wanted: dict) -> None:
    """A second create finds ours by their description and writes nothing."""
    provider.create(AdoptedAlbConfigProvider, wanted)
    version = cluster.version
    _, state = provider.create(AdoptedAlbConfigProvider, wanted)
    assert cluster.version == version
    assert state["held"] == ["443/HTTPS", "80/HTTP"]


def test_two_stacks_have_a_listener_with_a_ca_each(
    provider: ProviderProcess, cluster: FakeCluster, wanted: dict
) -> None:
    """Changes and the end of one leave the other's as it is: another CA in one AlbConfig is another stack's listener."""
    beside = OURS | {
        "port": 8443, "description": "ingress-auto-listener-8443-mtlsedge-partners",
        "caCertificates": [{"CertificateId": "7c11aa02"}],
    }  # fmt: skip
    first, state = provider.create(AdoptedAlbConfigProvider, wanted)
    second, other = provider.create(AdoptedAlbConfigProvider, wanted | {"listeners": [beside]})
    assert cluster.listeners("alb") == [*THEIRS, OURS, REDIRECT, beside]
    for id_, kept in ((first, state), (second, other)):
        _, read = provider.read(AdoptedAlbConfigProvider, id_, kept)
        assert read["listeners"] == kept["listeners"]
    changed = OURS | {"idleTimeout": 30}
    state = provider.update(AdoptedAlbConfigProvider, first, state, wanted | {"listeners": [changed, REDIRECT]})
    assert sorted(one["port"] for one in cluster.listeners("alb")) == [80, 443, 8080, 8443, 9443]
    assert beside in cluster.listeners("alb")
    provider.delete(AdoptedAlbConfigProvider, first, state)
    assert cluster.listeners("alb") == [*THEIRS, beside]
    provider.delete(AdoptedAlbConfigProvider, second, other)
    assert cluster.listeners("alb") == THEIRS


def test_their_listener_on_our_port_is_refused_or_taken_over(
    provider: ProviderProcess, cluster: FakeCluster, wanted: dict, refused: Callable[..., str]
) -> None:
    """Without takeOver the preview already refuses; with it ours stands in its place until release puts it back."""
    before = {"port": 443, "protocol": "HTTPS", "caEnabled": False}
    cluster.alb_config("alb", config={}, listeners=[before, *THEIRS])
    assert "takeOver: [443/HTTPS]" in provider.check(AdoptedAlbConfigProvider, wanted)["AlbConfig alb"]
    assert "takeOver: [443/HTTPS]" in refused(provider.create, AdoptedAlbConfigProvider, wanted)
    id_, state = provider.create(AdoptedAlbConfigProvider, wanted | {"take_over": ["443/HTTPS"]})
    assert cluster.listeners("alb")[0] == OURS
    provider.delete(AdoptedAlbConfigProvider, id_, state)
    assert cluster.listeners("alb") == [before, *THEIRS]


def test_their_plain_http_listener_is_shared(provider: ProviderProcess, cluster: FakeCluster, wanted: dict) -> None:
    """A port 80 that is there serves our redirect as well, and stays theirs on release."""
    cluster.alb_config("alb", config={}, listeners=[{"port": 80, "protocol": "HTTP"}])
    id_, state = provider.create(AdoptedAlbConfigProvider, wanted)
    assert state["shared"] == ["80/HTTP"]
    provider.delete(AdoptedAlbConfigProvider, id_, state)
    assert cluster.listeners("alb") == [{"port": 80, "protocol": "HTTP"}]


def test_quic_beside_ours_is_refused(
    provider: ProviderProcess, cluster: FakeCluster, wanted: dict, refused: Callable[..., str]
) -> None:
    """A QUIC listener on the same port would lead past client verification."""
    cluster.alb_config("alb", config={}, listeners=[{"port": 443, "protocol": "QUIC"}])
    assert "QUIC has no client certificates" in refused(provider.create, AdoptedAlbConfigProvider, wanted)


def test_one_owner_an_alb_port(provider: ProviderProcess, wanted: dict, refused: Callable[..., str]) -> None:
    """An AlbConfig whose ALB is the stack's own load balancer may not have the ports of its listeners."""
    clash = wanted | {"load_balancer_id": "alb-1", "load_balancer_ports": [443, 80]}
    assert "other ports than 443, 80" in refused(provider.create, AdoptedAlbConfigProvider, clash)
    provider.create(AdoptedAlbConfigProvider, clash | {"load_balancer_ports": [444]})


def test_drift_shows_and_order_of_theirs_does_not(
    provider: ProviderProcess, cluster: FakeCluster, wanted: dict
) -> None:
    """A refresh sees caEnabled switched off in ours; a change among theirs is no difference."""
    id_, state = provider.create(AdoptedAlbConfigProvider, wanted)
    cluster.alb_config("alb", config={}, listeners=[*reversed(THEIRS), OURS, REDIRECT])
    _, same = provider.read(AdoptedAlbConfigProvider, id_, state)
    assert provider.diff(AdoptedAlbConfigProvider, same, wanted) == ("DIFF_NONE", [])
    cluster.alb_config("alb", config={}, listeners=[*THEIRS, OURS | {"caEnabled": False}, REDIRECT])
    _, drifted = provider.read(AdoptedAlbConfigProvider, id_, state)
    assert provider.diff(AdoptedAlbConfigProvider, drifted, wanted) == ("DIFF_SOME", [])


def test_a_preview_without_a_cluster_is_let_in(provider: ProviderProcess, cluster: FakeCluster, wanted: dict) -> None:
    """A cluster that does not answer stops no preview, and an identifier not known yet is no mistake."""
    cluster.stop()
    unknown = wanted | {"listeners": [OURS | {"caCertificates": [{"CertificateId": UNKNOWN}]}]}
    assert provider.check(AdoptedAlbConfigProvider, unknown) == {}


def test_a_broken_listener_is_refused_in_preview(provider: ProviderProcess, wanted: dict) -> None:
    """The strict schema stands before the cluster, which would take it."""
    broken = wanted | {"listeners": [OURS | {"caEnabled": "true"}]}
    assert provider.check(AdoptedAlbConfigProvider, broken)["listeners[0].caEnabled"].startswith("found 'true'")


def test_a_missing_alb_config_is_refused(provider: ProviderProcess, wanted: dict, refused: Callable[..., str]) -> None:
    """Nothing of that name: nothing is created in its place."""
    assert "found none of that name" in refused(
        provider.create, AdoptedAlbConfigProvider, wanted | {"alb_config": "none"}
    )


def test_an_applied_list_stays_the_appliers() -> None:
    """What a GitOps tool applied is applied anew in its name, with exactly the fields it owns, and the version read."""
    fields = {"f:metadata": {"f:labels": {"f:team": {}}}, "f:spec": {"f:listeners": {}}}
    live = {
        "apiVersion": "alibabacloud.com/v1", "kind": "AlbConfig", "spec": {"config": {"id": "x"}, "listeners": THEIRS},
        "metadata": {
            "name": "alb", "resourceVersion": "7", "labels": {"team": "edge", "other": "y"}, "uid": "u",
            "managedFields": [{"manager": "argocd", "operation": "Apply", "fieldsV1": fields}],
        },
    }  # fmt: skip
    write = ownership.write(live, [*THEIRS, OURS])
    assert (write.manager, write.applies) == ("argocd", True)
    assert write.document["spec"] == {"listeners": [*THEIRS, OURS]}
    assert write.document["metadata"] == {"name": "alb", "resourceVersion": "7", "labels": {"team": "edge"}}


def _status(wanted: dict, **changes: Any) -> dict[str, Any]:
    keys = ("kubeconfig", "context", "cluster_identifier", "alb_config")
    return {key: wanted[key] for key in keys} | {"timeout_seconds": 1} | changes


def test_the_albs_name_is_awaited(provider: ProviderProcess, cluster: FakeCluster, wanted: dict) -> None:
    """The status gives the name and the id of the ALB."""
    cluster.objects[PATH]["status"] = {"loadBalancer": {"dnsname": "alb-1.test", "id": "alb-1"}}
    _, state = provider.create(AlbConfigStatusProvider, _status(wanted))
    assert (state["dns_name"], state["load_balancer_id"]) == ("alb-1.test", "alb-1")


def test_a_status_that_does_not_come_says_why(
    provider: ProviderProcess, cluster: FakeCluster, wanted: dict, refused: Callable[..., str]
) -> None:
    """After the time limit the error holds the controller's last event; without one, what to look at."""
    assert "does the ALB Ingress controller run" in refused(provider.create, AlbConfigStatusProvider, _status(wanted))
    cluster.events = [
        {"reason": "FailedBuildModel", "message": "none certificate found for host", "lastTimestamp": "2"}
    ]
    assert "FailedBuildModel: none certificate found" in refused(
        provider.create, AlbConfigStatusProvider, _status(wanted)
    )


def test_a_listener_taken_over_that_says_the_same_is_not_written(
    provider: ProviderProcess, cluster: FakeCluster, wanted: dict
) -> None:
    """Another description and what is the default anyway are no difference: no write, and no drift at a refresh."""
    live = [
        {**OURS, "description": "theirs", "idleTimeout": 15, "certificates": [{"CertificateId": "1-ap-southeast-1"}]}
    ]
    cluster.alb_config("alb", config={"id": "alb-1"}, listeners=live)
    taking = wanted | {"listeners": [OURS], "take_over": ["443/HTTPS"]}
    id_, state = provider.create(AdoptedAlbConfigProvider, taking)
    assert cluster.listeners("alb") == live
    _, found = provider.read(AdoptedAlbConfigProvider, id_, state)
    assert found["listeners"] == [OURS]


def test_a_listener_taken_over_that_says_something_else_is_written(
    provider: ProviderProcess, cluster: FakeCluster, wanted: dict
) -> None:
    """One field more, or another CA, is a difference: then ours stands in its place."""
    for change in ({"http2Enabled": False}, {"caEnabled": False}, {"caCertificates": [{"CertificateId": "other"}]}):
        cluster.alb_config("alb", config={"id": "alb-1"}, listeners=[{**OURS, "description": "theirs", **change}])
        provider.create(AdoptedAlbConfigProvider, wanted | {"listeners": [OURS], "take_over": ["443/HTTPS"]})
        assert cluster.listeners("alb") == [OURS]
