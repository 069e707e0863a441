"""What the controller reads out of AlbConfigs and Secrets, and makes of them, without a cluster: pure functions and their near misses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.kubernetes.client import ApiError
from local.kubernetes.controller import albconfig, balancers, certificates, coverage, listeners, names
from local.kubernetes.controller.albconfig import BuildError
from local.kubernetes.controller.marks import Marks
from local.kubernetes.controller.openapi import _said, covers, flat
from local.kubernetes.controller.reconciling import Reconciliation
from local.kubernetes.controller.world import World
from tests.local.cluster_support import ingress

HTTPS = {"port": 443, "protocol": "HTTPS", "certificates": [{"CertificateId": "1-ap-southeast-1", "IsDefault": True}]}


def parsed(*listeners, **config):
    return albconfig.parse({"metadata": {"name": "alb"}, "spec": {"config": config, "listeners": list(listeners)}})


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


@pytest.mark.slow  # hundreds of generated objects
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


class _Listener:
    """A cloud that takes a listener, and notes how it is made."""

    def pages(self, *_, **__):
        return []

    def until(self, read, *_):
        return read()

    def __call__(self, _, action, **sent):
        if action == "CreateListener":
            self.made = sent
        return {"ListenerId": "lsn-1", "ListenerStatus": "Running"}


@pytest.mark.parametrize("sends", [True, False])
def test_client_verification_reaches_the_cloud_where_the_controller_sends_it(sends):
    """`controller-ca=dropped`: the CA is sent all the same, so nothing but the handshake shows it."""
    cloud = _Listener()
    wanted = parsed(HTTPS | {"caEnabled": True, "caCertificates": [{"CertificateId": "ca"}]}).listeners[0]
    listeners.Listeners(cloud, "alb-1", sends_ca_enabled=sends).ensure(wanted, ["1"], "sgp-1", None)
    assert cloud.made["CaCertificates"] == [{"CertificateId": "ca"}]
    assert cloud.made.get("CaEnabled") is (True if sends else None)


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


def test_search_takes_every_one_that_covers_a_host():
    """Sorted by id, as the vendor's controller has them; expired and SM2 certificates are passed over."""
    row = {"CommonName": "a.test", "Sans": "a.test,b.test", "Algorithm": "EC", "Expired": False}
    rows = [
        row | {"InstanceId": "2"}, row | {"InstanceId": "1"}, row | {"InstanceId": "5", "Sans": "d.test", "CommonName": ""},
        row | {"InstanceId": "3", "Algorithm": "SM2"}, row | {"InstanceId": "4", "Expired": True},
    ]  # fmt: skip
    assert certificates.find(["b.test", "c.test"], rows) == (["1", "2"], ["c.test"])


def test_the_same_refusal_is_the_same_text():
    """Status and request id differ from call to call and are left out."""
    said = "code: 404, The specified server certificate does not exist. request id: ABC"
    assert _said(said) == "The specified server certificate does not exist."
    assert _said("code: 404, a code: 1, b") == "a code: 1, b"


def test_what_no_longer_changes_an_alb_is_named():
    """Address type, zones; of a reused ALB whatever else it is given without forceOverride."""
    balancer = {"AddressType": "Internet", "ZoneMappings": [{"VSwitchId": "vsw-1"}, {"VSwitchId": "vsw-2"}]}
    zones = [{"vSwitchId": "vsw-2"}, {"vSwitchId": "vsw-1"}]

    def named(**config):
        return balancers.unchanged(parsed(**config), balancer)

    assert named(addressType="Internet", zoneMappings=zones, name="x", tags=[{"key": "a"}]) == []
    assert named(addressType="Intranet", zoneMappings=zones[:1]) == [
        "spec.config.addressType",
        "spec.config.zoneMappings",
    ]
    assert named(id="alb-1", name="x", addressType="Intranet") == ["spec.config.name"]
    assert named(id="alb-1", name="x", forceOverride=True) == []


def test_either_override_takes_foreign_listeners():
    """As the vendor's controller does with `forceOverride` alone."""
    foreign = {"80/HTTP": {"ListenerDescription": "theirs"}}
    for config, taken in (({}, False), ({"forceOverride": True}, True), ({"listenerForceOverride": True}, True)):
        wanted = parsed(id="alb-1", **config)
        assert listeners.is_managed(wanted, foreign["80/HTTP"]) is taken
        assert bool(listeners.surplus(wanted, foreign)) is taken


class _Balancer:
    """A cloud with one load balancer, which notes what it is asked to change."""

    region = "ap-southeast-1"

    def __init__(self, **changes):
        tags = [{"Key": key, "Value": value} for key, value in names.tags("c", "alb").items()]
        self.row = {"LoadBalancerId": "alb-1", "LoadBalancerName": "edge", "LoadBalancerStatus": "Active", "Tags": tags}
        self.row |= {"LoadBalancerEdition": "Standard", "DeletionProtectionConfig": {"Enabled": True}} | changes
        self.written = []

    def until(self, *_):
        return None

    def __call__(self, _, action, **parameters):
        if action != "GetLoadBalancerAttribute":
            self.written.append((action, {key: value for key, value in parameters.items() if key != "LoadBalancerId"}))
        return self.row


@pytest.mark.parametrize(
    ("forced", "said", "is_written"),
    [
        (True, {}, True),
        (True, {"Status": "NonProtection"}, True),
        (True, {"Status": "ConsoleProtection", "Reason": "of another owner"}, True),
        (True, {"Status": "ConsoleProtection"}, False),
        (True, {"Status": "ConsoleProtection", "Reason": ""}, False),
        (False, {"Status": "NonProtection"}, False),
    ],
)
def test_the_console_is_kept_out_of_an_alb_that_is_taken_by_force(forced, said, is_written):
    """As of one that the controller made: without a reason; one that is only reused keeps what it has."""
    cloud = _Balancer(ModificationProtectionConfig=said)
    balancers.Balancers(cloud, "c").ensure(parsed(id="alb-1", forceOverride=forced), "")
    protected = ("UpdateLoadBalancerAttribute", {"ModificationProtectionConfig": {"Status": "ConsoleProtection"}})
    assert cloud.written == [protected] * is_written


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
    """The mark and the hash must stand at the end of the name; anything else is not the controller's."""
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
