"""An AlbConfig is judged by the same rules as the load balancer: the stack's own, somebody else's, and any stack's."""

from typing import Any

import pytest

from exposure import alb_config
from mtlsedge.preview import affected, let_in, weakenings
from mtlsedge.preview.events import Change, Preview
from mtlsedge.preview.findings import judge
from mtlsedge.preview.markdown import comment
from tests.unit.preview_samples import change

HTTPS = {
    "port": 443,
    "protocol": "HTTPS",
    "caEnabled": True,
    "caCertificates": [{"CertificateId": "a"}],
    "securityPolicyId": "tls_cipher_policy_1_2_strict",
    "aclConfig": {"aclType": "White", "aclEntries": ["10.0.0.0/8"]},
    "xForwardedForConfig": {
        "XForwardedForClientCertSubjectDNEnabled": True,
        "XForwardedForClientCertSubjectDNAlias": "x-client-subject",
    },
}
HTTP = {"port": 80.0, "protocol": "HTTP"}
LISTEN, REDIRECT = f"{alb_config.ANNOTATION}listen-ports", f"{alb_config.ANNOTATION}ssl-redirect"


def own(before: Any, after: Any, config: Any = None, config_after: Any = None) -> Change:
    """An AlbConfig of the stack's own."""
    old = None if before is None else {"spec": {"config": config or {}, "listeners": before}}
    new = None if after is None else {"spec": {"config": config_after or {}, "listeners": after}}
    return change(alb_config.OWN, old, new, name="kubernetes-config")


def adopted(before: Any, after: Any) -> Change:
    """Our listeners in somebody else's."""
    return change(alb_config.ADOPTED, {"listeners": before}, {"listeners": after}, name="kubernetes-listeners")


def ingress(**annotations: str) -> Change:
    """An Ingress that is there before and after."""
    document = {
        "metadata": {"annotations": {f"{alb_config.ANNOTATION}{key}": text for key, text in annotations.items()}}
    }
    return change(alb_config.INGRESS, document, document, "same", name="demo")


def kinds(*changes: Change) -> list[str]:
    return [one.kind for one in weakenings.find(Preview(changes))]


@pytest.mark.parametrize("made", [own, adopted], ids=["created", "adopted"])
@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"caEnabled": False}, "client-verification-off"),
        ({"caEnabled": False}, {}, ""),
        ({}, {"caCertificates": [{"CertificateId": "b"}]}, "authority-replaced"),
        ({}, {"securityPolicyId": "tls_cipher_policy_1_0"}, "tls-floor-lowered"),
        ({"securityPolicyId": "tls_cipher_policy_1_0"}, {}, ""),
        ({}, {"securityPolicyId": "tls_cipher_policy_1_2"}, "tls-weaker"),
        ({}, {"quicConfig": {"quicUpgradeEnabled": True}}, "path-past-mutual-tls"),
        ({}, {"quicConfig": {"quicUpgradeEnabled": False}}, ""),
        ({}, {"aclConfig": {}}, "networks-widened"),
        ({}, {"aclConfig": {"aclType": "White", "aclEntries": ["0.0.0.0/0"]}}, "networks-widened"),
        ({}, {"aclConfig": {"aclType": "White", "aclEntries": ["10.1.0.0/16"]}}, ""),
        ({}, {"xForwardedForConfig": {}}, "header-forwarding-off"),
        ({}, {"idleTimeout": 30}, ""),
        ({}, {"port": 8443}, ""),
        ({}, {"port": 8443, "caCertificates": [{"CertificateId": "b"}]}, "authority-replaced"),
    ],
)
def test_each_edit_of_a_listener_that_weakens_is_found_and_its_near_miss_is_not(made, before, after, expected):
    """What a listener of an AlbConfig loses is named as it is for the load balancer's own listener."""
    assert kinds(made([HTTPS | before], [HTTPS | after])) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        ({"listen-ports": '[{"HTTP":80},{"HTTPS":443}]'}, True),
        ({"listen-ports": '[{"HTTP":80},{"HTTPS":443}]', "ssl-redirect": "true"}, False),
        ({"listen-ports": '[{"HTTPS":443}]'}, False),
        ({"listen-ports": "not readable"}, True),
        ({}, True),
    ],
)
def test_a_plain_listener_is_a_path_past_mutual_tls_where_an_ingress_answers_on_it(annotations, expected):
    """A new HTTP listener weakens if an Ingress serves it; not if every Ingress on it only redirects, or none is on it."""
    found = kinds(own([HTTPS], [HTTPS, HTTP]), ingress(**annotations))
    assert found == (["path-past-mutual-tls"] if expected else [])


def test_a_redirect_that_goes_opens_the_path():
    """The listener stays as it is; the annotation that made it redirect is taken from the Ingress."""
    redirecting = ingress(**{"listen-ports": '[{"HTTP":80}]', "ssl-redirect": "true"}).new
    serving = ingress(**{"listen-ports": '[{"HTTP":80}]'}).new
    edited = change(alb_config.INGRESS, redirecting, serving, name="demo")
    assert kinds(own([HTTPS, HTTP], [HTTPS, HTTP]), edited) == ["path-past-mutual-tls"]
    assert not kinds(own([HTTPS, HTTP], [HTTPS, HTTP]), change(alb_config.INGRESS, serving, redirecting, name="demo"))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"deletionProtectionEnabled": True}, {}, "deletion-protection-off"),
        ({}, {"deletionProtectionEnabled": True}, ""),
        ({"addressType": "Intranet"}, {"addressType": "Internet"}, "public-address"),
        ({"addressType": "Internet"}, {"addressType": "Intranet"}, ""),
        ({"accessLogConfig": {"logProject": "p"}}, {}, "access-log-off"),
    ],
)
def test_the_instance_of_an_alb_config_is_judged_too(before, after, expected):
    """Protection, address and access log stand in `spec.config`."""
    assert kinds(own([HTTPS], [HTTPS], before, after)) == ([expected] if expected else [])


def test_the_remedy_is_the_clusters_own_setting():
    """What would accept it is named where the cluster's listener has it, and only that accepts it."""
    edited = own([HTTPS], [HTTPS | {"caEnabled": False}])
    assert "`mtlsedge:kubernetes.listener.clientVerification: off-for-migration`" in _comment(edited, ())
    assert "Accepted by" in _comment(edited, ("mtlsedge:kubernetes.listener.clientVerification: clients need none",))
    assert "Accepted by" not in _comment(edited, ("mtlsedge:listener.clientVerification: clients need none",))


@pytest.mark.parametrize("made", [own, adopted], ids=["created", "adopted"])
def test_the_remedy_of_a_listener_beside_the_first_is_its_own_setting(made):
    """The first one's word, in the same change, accepts nothing here; nor does this one's word there."""
    first = HTTPS | {"description": "ingress-auto-listener-443-acme-prod"}
    beside = HTTPS | {"port": 8443, "description": "ingress-auto-listener-8443-acme-prod/partners"}
    place = "mtlsedge:kubernetes.additionalListeners.partners.listener.clientVerification"
    of_first = "mtlsedge:kubernetes.listener.clientVerification"
    off = made([first, beside], [first, beside | {"caEnabled": False}])
    assert f"`{place}: off-for-migration`" in _comment(off, ())
    assert "Accepted by" in _comment(off, (f"{place}: clients need none",))
    assert "Accepted by" not in _comment(off, (f"{of_first}: clients need none",))
    other = made([first, beside], [first | {"caEnabled": False}, beside])
    assert "Accepted by" not in _comment(other, (f"{place}: clients need none",))


def test_a_new_listener_of_another_ca_is_told():
    """Without a certificate it is a weakening; with one it lets in clients of a CA that no listener trusted."""
    beside = {"port": 8443, "protocol": "HTTPS", "description": "ingress-auto-listener-8443-acme-prod/partners"}
    assert kinds(own([HTTPS], [HTTPS, HTTPS | beside | {"caEnabled": False}])) == ["client-verification-off"]
    added = own([HTTPS], [HTTPS, HTTPS | beside | {"caCertificates": [{"CertificateId": "b"}]}])
    (told,) = (one for one in let_in.find(Preview((added,))) if one.kind == "authority-added")
    assert (told.what.split(",")[1].strip(), told.who) == ("on port 8443", ("kubernetes-config/partners",))


def _comment(edited: Change, accepted: tuple[str, ...]) -> str:
    return comment(judge("p", "s", Preview((edited,), weakenings_after=accepted)))


def test_who_is_affected_is_said_of_a_cluster_too():
    """A moved port, a removed listener and a moved host are named."""
    moved = affected.find(Preview((own([HTTPS], [HTTPS | {"port": 8443}]),)))
    assert [(one.kind, one.who) for one in moved] == [("connections-dropped", ("HTTPS port 443",))]
    closed = affected.find(Preview((own([HTTPS, HTTP], [HTTPS]),)))
    assert [(one.kind, one.who) for one in closed] == [("connections-dropped", ("HTTP port 80",))]
    before, after = ({"spec": {"rules": [{"host": f"{name}.example.test"}]}} for name in ("a", "b"))
    host = affected.find(Preview((change(alb_config.INGRESS, before, after, name="demo"),)))
    assert [one.what for one in host] == ["no longer answered by Ingress demo; b.example.test is instead"]


def documents(*paths: str) -> dict[str, Any]:
    """An Ingress of one host with these paths, as an input."""
    rules = [{"host": "a.example.test", "http": {"paths": [{"path": path, "pathType": "Prefix"} for path in paths]}}]
    return {"metadata": {"name": "demo", "namespace": "default"}, "spec": {"rules": rules}}


def test_a_rule_that_another_one_begins_to_hide_is_told() -> None:
    """The comment names both; what was hidden before, and what hides nothing, is no news."""

    def told(before: dict[str, Any] | None, after: dict[str, Any]) -> list[tuple[str, str]]:
        found = affected.find(Preview((change(alb_config.INGRESS, before, after, name="demo"),)))
        return [(one.who[0], one.what) for one in found if one.kind == "rule-hidden"]

    ((rule, what),) = told(documents("/tea"), documents("/", "/tea"))
    assert rule == "a.example.test/tea of Ingress default/demo"
    assert what.startswith("is never reached: a.example.test/ of Ingress default/demo is tried before it")
    assert len(told(None, documents("/", "/tea"))) == 1
    assert told(documents("/", "/tea"), documents("/", "/tea")) == []
    assert told(documents("/", "/tea"), documents("/tea", "/")) == []
