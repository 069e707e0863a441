"""What the controller reads out of the cluster's objects, without a cluster: pure functions and their near misses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.kubernetes.client import ApiError
from local.kubernetes.controller import albconfig, certificates, coverage, rules
from local.kubernetes.controller.albconfig import BuildError
from local.kubernetes.controller.annotations import Annotations
from local.kubernetes.controller.marks import Marks
from local.kubernetes.controller.openapi import covers, flat
from local.kubernetes.controller.reconciling import Reconciliation
from local.kubernetes.controller.world import World
from tests.local.cluster_support import ingress

pytestmark = pytest.mark.slow  # thousands of generated objects

HTTPS = {"port": 443, "protocol": "HTTPS", "certificates": [{"CertificateId": "1-ap-southeast-1", "IsDefault": True}]}


def parsed(*listeners, **config):
    return albconfig.parse({"metadata": {"name": "alb"}, "spec": {"config": config, "listeners": list(listeners)}})


def rule_paths(*items):
    return [path for item in items for path in rules.paths(item)]


def test_defaults_of_a_listener():
    """Client verification is off, the description the controller's own, the policy the service's oldest."""
    found = parsed(HTTPS).listeners[0]
    assert (found.ca_enabled, found.ca_certificates, found.description) == (False, (), "ingress-auto-listener-443")
    assert found.settings["SecurityPolicyId"] == "tls_cipher_policy_1_0"


def test_default_certificate_comes_first():
    """The entry with IsDefault leads, whatever its place; lower-case keys are not seen."""
    listener = HTTPS | {
        "certificates": [{"CertificateId": "1"}, {"CertificateId": "2", "IsDefault": True}, {"certificateId": "3"}]
    }
    assert parsed(listener).listeners[0].certificates == ("2", "1")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"caEnabled": "true"},
            "cannot unmarshal string into Go struct field ListenerSpec.spec.listeners.caEnabled of type bool",
        ),
        ({"caEnabled": 1}, "cannot unmarshal number"),
        ({"certificates": "1"}, "listeners.certificates of type"),
        ({"certificates": [{"CertificateId": "1", "IsDefault": "yes"}]}, "IsDefault of type bool"),
        ({"idleTimeout": "15"}, "idleTimeout of type int"),
        ({"protocol": "https"}, "invalid protocol 'https'"),
        ({"port": 0}, "invalid port 0"),
        ({"port": 65536}, "invalid port 65536"),
        ({"port": True}, "invalid port True"),
    ],
)
def test_wrong_types_are_refused(change, message):
    """What Go's decoder would not take is an error in its words."""
    with pytest.raises(BuildError, match=message):
        parsed(HTTPS | change)


@pytest.mark.parametrize("port", [1, 65535, "443"])
def test_ports_that_are_let_in(port):
    """A port may be a number or its text."""
    assert parsed(HTTPS | {"port": port}).listeners[0].port == int(port)


def test_port_and_protocol_are_unique():
    """Two listeners of one port and protocol are refused; HTTPS and QUIC may share a port."""
    with pytest.raises(BuildError, match="given twice: 443/HTTPS"):
        parsed(HTTPS, HTTPS)
    assert len(parsed(HTTPS, HTTPS | {"protocol": "QUIC"}).listeners) == 2


def test_what_has_no_effect_is_named():
    """Fields that the local controller does not act on are listed with their path, never dropped in silence."""
    found = parsed(HTTPS | {"logConfig": {"a": 1}}, ipv6AddressType="Internet")
    assert found.ignored == ("spec.config.ipv6AddressType", "spec.listeners[0].logConfig")


class _Elsewhere:
    """An API server where the object changed or went meanwhile, and a cloud that notes what it is asked."""

    region = "ap-southeast-1"

    def __init__(self, status):
        self.status, self.asked = status, []

    def merge(self, *_):
        raise ApiError(self.status, "", "")

    def __call__(self, *arguments, **_):
        self.asked.append(arguments)
        return {}


@pytest.mark.parametrize("status", [404, 409])
def test_nothing_is_made_for_what_cannot_be_held(status):
    """Without our finalizer an AlbConfig goes in an instant, and an ALB made for it would stay for ever."""
    other, nothing = _Elsewhere(status), {}
    document = {"metadata": {"name": "alb", "uid": "u", "resourceVersion": "1"}, "spec": {"listeners": [HTTPS]}}
    look = Reconciliation(other, Marks(other), "c", World(*[nothing] * 6), document)
    look.apply()
    assert (other.asked, look.problems, look.routed) == ([], [], False)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["port", "protocol", "certificates", "CertificateId", "IsDefault", "caEnabled", "aclConfig", "x"]), inner),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=300)
@given(
    st.lists(json_values, max_size=3),
    st.dictionaries(st.sampled_from(["id", "edition", "zoneMappings", "tags"]), json_values),
)
def test_nonsense_never_raises_anything_else(listeners, config):
    """Whatever JSON an AlbConfig holds, it is read or refused with BuildError."""
    try:
        parsed(*listeners, **config)
    except BuildError as error:
        assert str(error)


def test_listeners_of_an_ingress():
    """`listen-ports` decides; without it 443 for hosts under tls and 80 for others."""
    assert rules.ports(rule_paths(ingress(listen_ports='[{"HTTP":80},{"HTTPS":8443}]'))[0]) == [
        (80, "HTTP"),
        (8443, "HTTPS"),
    ]
    assert rules.ports(rule_paths(ingress())[0]) == [(443, "HTTPS")]
    assert rules.ports(rule_paths(ingress(tls=False))[0]) == [(80, "HTTP")]


@pytest.mark.parametrize("text", ["[", '{"HTTPS":443}', '[{"HTTPS":"x"}]', '[{"https":443}]', "443"])
def test_bad_listen_ports(text):
    """What is not a list of protocol and port is refused."""
    with pytest.raises(BuildError, match="listen-ports"):
        rules.ports(rule_paths(ingress(listen_ports=text))[0])


@pytest.mark.parametrize(
    ("path", "kind", "values"),
    [
        ("/", "Prefix", ["/*"]),
        ("/a", "Prefix", ["/a", "/a/*"]),
        ("/a/", "Prefix", ["/a", "/a/*"]),
        ("/a", "Exact", ["/a"]),
        ("/a*", "ImplementationSpecific", ["/a*"]),
    ],
)
def test_paths_become_patterns(path, kind, values):
    """A prefix covers whole segments only; `/ab` is not under `/a`."""
    found = rules.of_listener(rule_paths(ingress(paths=[(path, kind)])), "HTTPS")[0]
    assert found.conditions[-1]["PathConfig"]["Values"] == values


def test_wildcards_need_their_type():
    """A wildcard in a Prefix or Exact path is refused."""
    for kind in ("Prefix", "Exact"):
        with pytest.raises(BuildError, match="wildcards"):
            rules.of_listener(rule_paths(ingress(paths=[("/a*", kind)])), "HTTPS")


def test_order_of_rules():
    """The order annotation first, then Exact before Prefix, then longer paths."""
    one = ingress("one", paths=[("/", "Prefix"), ("/a", "Exact"), ("/a/b", "Prefix")])
    first = ingress("first", paths=[("/z", "Prefix")], order="1")
    found = [
        rule.conditions[1]["PathConfig"]["Values"][0] for rule in rules.of_listener(rule_paths(one, first), "HTTPS")
    ]
    assert found == ["/z", "/a", "/a/b", "/*"]


def test_redirect_only_on_http():
    """`ssl-redirect` turns the rules of HTTP listeners into redirects and leaves HTTPS alone."""
    paths = rule_paths(ingress(ssl_redirect="true"))
    assert rules.of_listener(paths, "HTTP")[0].actions[0]["RedirectConfig"]["HttpCode"] == "308"
    assert rules.of_listener(paths, "HTTPS")[0].actions[0]["Type"] == "ForwardGroup"


def test_canary_by_weight_shares():
    """A canary by weight joins the rule of its host and path with its share; more than 100 percent is refused."""
    main, canary = ingress(), ingress("canary", service="tea", canary="true", canary_weight="30")
    found = rules.of_listener(rule_paths(main, canary), "HTTPS")
    assert len(found) == 1
    assert [one["Weight"] for one in found[0].actions[0]["ForwardGroupConfig"]["ServerGroupTuples"]] == [70, 30]
    with pytest.raises(BuildError, match="canary-weight"):
        rules.of_listener(rule_paths(main, ingress("canary", canary="true", canary_weight="101")), "HTTPS")


def test_canary_by_header_comes_first():
    """A canary by header is a rule of its own before the one it takes requests from."""
    canary = ingress("canary", canary="true", canary_by_header="x-test", canary_by_header_value="yes")
    found = rules.of_listener(rule_paths(ingress(), canary), "HTTPS")
    assert found[0].conditions[-1] == {"Type": "Header", "HeaderConfig": {"Key": "x-test", "Values": ["yes"]}}


def test_group_settings():
    """Health checks are off unless switched on; the scheduler is spelled as the API has it."""
    assert Annotations({}).group()["HealthCheckConfig"] == {"HealthCheckEnabled": False}
    found = Annotations({"healthcheck-enabled": "true", "backend-scheduler": "wlc", "backend-protocol": "grpc"}).group()
    assert (found["HealthCheckConfig"]["HealthCheckPath"], found["Scheduler"], found["Protocol"]) == (
        "/",
        "Wlc",
        "gRPC",
    )
    with pytest.raises(BuildError, match="backend-protocol"):
        Annotations({"backend-protocol": "ftp"}).group()


@pytest.mark.parametrize(
    ("name", "host", "covered"),
    [
        ("a.test", "A.test", True),
        ("*.a.test", "b.a.test", True),
        ("*.a.test", "a.test", False),
        ("*.a.test", "c.b.a.test", False),
        ("*.a.test", ".a.test", False),
        ("a.test", "b.a.test", False),
    ],
)
def test_names_of_certificates(name, host, covered):
    """A wildcard stands for exactly one label."""
    assert certificates.matches(name, host) is covered


def test_search_takes_the_one_that_lasts():
    """Expired and SM2 certificates are passed over; of the rest the one that expires last is taken."""
    row = {"CommonName": "a.test", "Sans": "a.test,b.test", "Algorithm": "EC", "Expired": False}
    rows = [
        row | {"InstanceId": "1", "EndDate": "2027-01-01"}, row | {"InstanceId": "2", "EndDate": "2028-01-01"},
        row | {"InstanceId": "3", "EndDate": "2029-01-01", "Algorithm": "SM2"},
        row | {"InstanceId": "4", "EndDate": "2030-01-01", "Expired": True},
    ]  # fmt: skip
    assert certificates.find(["b.test", "c.test"], rows) == (["2"], ["c.test"])


def test_hosts_to_search():
    """A Secret covers its hosts; without tls the rules' hosts are searched."""
    assert certificates.searched_hosts([ingress(), ingress("two", "two.test", secret="s")]) == ["demo.example.test"]
    assert certificates.searched_hosts([ingress(tls=False)]) == ["demo.example.test"]


def test_secret_content_stays_out_of_messages():
    """An unusable Secret is named; nothing of it is shown, and a certificate's repr hides the key."""
    with pytest.raises(BuildError) as caught:
        certificates.read_secret("abcdef", "default", "s", {"default/s": {"data": {"tls.key": "c2VjcmV0!!"}}})
    assert "default/s" in str(caught.value)
    assert "c2VjcmV0" not in str(caught.value)
    assert "hidden" not in repr(certificates.Uploaded("name", "pem", "hidden"))


def test_only_own_certificates_are_swept():
    """The mark and the hash must stand at the end of the name; anything else is somebody else's."""
    sign = certificates.mark("c1", "alb")
    assert certificates.is_marked(f"default-s-{sign}0123456789", sign)
    for name in (f"default-s-{sign}012345678", f"default-s-{sign}0123456789-x", "default-s-0000000123456789", "server"):
        assert not certificates.is_marked(name, sign)


def test_parameters_are_flattened():
    """Nested parameters become the API's dotted names; None is left out, booleans are small."""
    assert dict(flat({"A": [{"B": True}, {"B": None}], "C": {"D": 1}})) == {"A.1.B": "true", "C.D": "1"}


def test_what_the_service_adds_is_no_difference():
    """Numbers as text and further keys are equal; a shorter list and another value are not."""
    assert covers({"a": "1", "b": [{"c": "True", "d": 1}]}, {"a": 1, "b": [{"c": True}]})
    assert not covers({"b": [1, 2]}, {"b": [1]})
    assert not covers({"a": None}, {"a": False})


def test_coverage_names_a_source_for_every_row():
    """Every behaviour says where it is known from."""
    assert {row[2] for row in coverage.ROWS} <= set(coverage.SOURCES)
    assert coverage.render().count("\n| ") == len(coverage.ROWS) + 2
