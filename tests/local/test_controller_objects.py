"""What the controller reads out of the cluster's objects, without a cluster: pure functions and their near misses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.kubernetes.client import ApiError
from local.kubernetes.controller import albconfig, balancers, certificates, coverage, listeners, names, routes, rules
from local.kubernetes.controller.albconfig import BuildError
from local.kubernetes.controller.annotations import Annotations
from local.kubernetes.controller.groups import Group
from local.kubernetes.controller.marks import Marks
from local.kubernetes.controller.openapi import _said, covers, flat
from local.kubernetes.controller.reconciling import Reconciliation
from local.kubernetes.controller.world import World
from tests.local.cluster_support import BOTH, ingress

pytestmark = pytest.mark.slow  # thousands of generated objects

HTTPS = {"port": 443, "protocol": "HTTPS", "certificates": [{"CertificateId": "1-ap-southeast-1", "IsDefault": True}]}


def parsed(*listeners, **config):
    return albconfig.parse({"metadata": {"name": "alb"}, "spec": {"config": config, "listeners": list(listeners)}})


SECURE, PLAIN = (443, "HTTPS"), (80, "HTTP")


def rules_of(*items, on=SECURE):
    """What a listener gets from Ingresses: per rule the first value of each condition."""
    found = rules.of_listener(items, on)
    return [
        [next(iter(value["Values"])) for one in rule.conditions for key, value in one.items() if key != "Type"]
        for rule in found
    ]


def tried(*items, on=SECURE):
    """The first path of each rule, in the order in which they are tried."""
    return [values[-1] for values in rules_of(*items, on=on)]


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


@pytest.mark.parametrize(
    ("given", "listeners"),
    [
        (ingress(), [(443, "HTTPS")]),
        (ingress(tls=False), [(80, "HTTP")]),
        (ingress(listen_ports='[{"HTTP":80},{"HTTPS":8443}]'), [(80, "HTTP"), (8443, "HTTPS")]),
        (ingress(ssl_redirect="true"), [(80, "HTTP"), (443, "HTTPS")]),
        (ingress(ssl_redirect="true", listen_ports='[{"HTTPS":443}]'), [(80, "HTTP"), (443, "HTTPS")]),
        (ingress(ssl_redirect="TRUE?"), [(443, "HTTPS")]),
    ],
)
def test_listeners_of_an_ingress(given, listeners):
    """`listen-ports` decides; without it 443 for hosts under tls and 80 for others; `ssl-redirect` adds 80 in either case."""
    assert rules.ports(given) == listeners


def test_a_host_is_where_its_tls_is_unless_the_ingress_says_its_listeners():
    """Of two hosts one under tls: each on its own listener. A rule without a host is where the Ingress is."""
    mixed = ingress()
    mixed["spec"]["rules"] += ingress(host="plain.example.test")["spec"]["rules"]
    assert rules.ports(mixed) == [PLAIN, SECURE]
    assert rules_of(mixed) == [["demo.example.test", "/*"]]
    assert rules_of(mixed, on=PLAIN) == [["plain.example.test", "/*"]]
    mixed["metadata"]["annotations"] = ingress(listen_ports=BOTH)["metadata"]["annotations"]
    assert len(rules_of(mixed)) == len(rules_of(mixed, on=PLAIN)) == 2
    anywhere = ingress()
    anywhere["spec"]["rules"][0]["host"] = ""
    assert (rules_of(anywhere), rules_of(anywhere, on=PLAIN)) == ([["/*"]], [])


def test_a_default_backend_is_no_rule():
    """The vendor's controller passes it over."""
    given = ingress()
    given["spec"]["defaultBackend"] = {"service": {"name": "tea", "port": {"number": 80}}}
    assert rules_of(given) == [["demo.example.test", "/*"]]


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "",
        '{"HTTPS":443}',
        '[{"HTTPS":"x"}]',
        '[{"HTTPS":"443"}]',
        '[{"HTTPS":443.5}]',
        '[{"HTTPS":true}]',
        '[{"https":443}]',
        "443",
        "[]",
        '[{"HTTP":0}]',
    ],
)
def test_bad_listen_ports(text):
    """What is not a list of protocol and port is refused."""
    with pytest.raises(BuildError, match="listen-ports"):
        rules.ports(ingress(listen_ports=text))


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
    found = rules.of_listener([ingress(paths=[(path, kind)])], SECURE)[0]
    assert found.conditions[-1]["PathConfig"]["Values"] == values


@pytest.mark.parametrize(
    ("path", "kind", "notes", "first"),
    [
        ("/old", "Prefix", {"rewrite_target": "/new"}, "~*/old"),
        ("/old", "Prefix", {"rewrite_target": "/old"}, "/old"),
        ("/o.*", "Prefix", {"use_regex": "true"}, "~*/o.*"),
        ("/", "Prefix", {"use_regex": "true"}, "/*"),
        ("/old", "Exact", {"use_regex": "true"}, "/old"),
        ("/old", "ImplementationSpecific", {"rewrite_target": "/new"}, "/old"),
    ],
)
def test_a_prefix_is_a_regular_expression_where_the_path_is_rewritten(path, kind, notes, first):
    """With `rewrite-target` alone, or with `use-regex`; never `/`, and no other type."""
    assert tried(ingress(paths=[(path, kind)], **notes)) == [first]


def test_wildcards_need_their_type():
    """A wildcard in a Prefix or Exact path is refused."""
    for kind in ("Prefix", "Exact"):
        with pytest.raises(BuildError, match="wildcards"):
            rules.of_listener([ingress(paths=[("/a*", kind)])], SECURE)


def test_order_of_rules():
    """The order annotation, then namespace and name; paths as they are written, so that `/` hides what comes after it."""
    one = ingress("one", paths=[("/", "Prefix"), ("/a", "Exact"), ("/a/b", "Prefix")])
    two = ingress("two", paths=[("/y", "Prefix")])
    first = ingress("zero", paths=[("/z", "Prefix")], order="9")
    last = ingress("a", paths=[("/last", "Prefix")], order="11")
    assert tried(last, two, one, first) == ["/z", "/*", "/a", "/a/b", "/y", "/last"]


@pytest.mark.parametrize("order", ["0", "1001", "-1", "first"])
def test_an_order_has_its_limits(order):
    """1 to 1000."""
    with pytest.raises(BuildError, match="order"):
        rules.check(ingress(order=order), {})


def test_an_order_is_given_once():
    """The usual one may be shared as long as nobody says it."""
    assert rules.check(ingress(), {10: "other"}) is None
    assert rules.check(ingress(order="1000"), {10: "other"}) == 1000
    with pytest.raises(BuildError, match="conflict Ingress group order: 10, conflict ingress :other, demo"):
        rules.check(ingress(order="10"), {10: "other"})


def test_redirect_only_on_other_ports_than_443():
    """`ssl-redirect` turns the rules of every other port into redirects to 443, of HTTPS on 8443 as well; limits stay before it."""
    given = ingress(
        ssl_redirect="true", traffic_limit_qps="5", rewrite_target="/x", listen_ports='[{"HTTPS":443},{"HTTPS":8443}]'
    )
    for listener in (PLAIN, (8443, "HTTPS")):
        (rule,) = rules.of_listener([given], listener)
        assert [one["Type"] for one in rule.actions] == ["TrafficLimit", "Redirect"]
        assert (rule.actions[1]["RedirectConfig"]["HttpCode"], rule.actions[1]["RedirectConfig"]["Port"]) == (
            "308",
            "443",
        )
    (rule,) = rules.of_listener([given], SECURE)
    assert [one["Type"] for one in rule.actions] == ["TrafficLimit", "Rewrite", "ForwardGroup"]


def test_canary_by_weight_shares():
    """A canary by weight joins the rule of its host and path with its share; with all of it it is alone; more is refused."""
    main, canary = ingress(), ingress("canary", service="tea", canary="true", canary_weight="30")

    def weights(*items):
        (found,) = rules.of_listener(items, SECURE)
        return [one["Weight"] for one in found.actions[0]["ForwardGroupConfig"]["ServerGroupTuples"]]

    assert weights(main, canary) == [70, 30]
    assert weights(main, ingress("canary", canary="true", canary_weight="100")) == [100]
    assert weights(main, ingress("canary", canary="true", canary_weight="0")) == [100]
    with pytest.raises(BuildError, match="canary-weight"):
        weights(main, ingress("canary", canary="true", canary_weight="101"))


def test_a_canary_by_header_is_tried_as_any_other():
    """By name it comes after the Ingress whose requests it would take; a lower order puts it first. A weight beside it unmakes it."""
    notes = {"canary": "true", "canary_by_header": "x-test", "canary_by_header_value": "yes"}
    assert tried(ingress(), ingress("new", **notes)) == ["/*", "yes"]
    assert tried(ingress(), ingress("new", order="1", **notes)) == ["yes", "/*"]
    assert tried(ingress(), ingress("new", order="1", canary_weight="5", **notes)) == ["/*"]
    assert tried(ingress("new", **notes)) == []
    first = rules.of_listener([ingress(), ingress("new", order="1", **notes)], SECURE)[0]
    assert first.conditions[-1] == {"Type": "Header", "HeaderConfig": {"Key": "x-test", "Values": ["yes"]}}


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


class _Rules:
    """A cloud that keeps one listener's rules, and notes what it is asked."""

    def __init__(self):
        self.rows, self.asked, self._made = [], [], 0

    def pages(self, *_, **__):
        return [dict(row) for row in self.rows]

    def __call__(self, _, action, **sent):
        self.asked.append((action, len(sent.get("Rules") or sent.get("RuleIds"))))
        for rule in sent.get("Rules") or []:
            if action == "CreateRules":
                self._made += 1
                self.rows.append({"RuleId": f"rule-{self._made}", **rule})
            else:
                next(row for row in self.rows if row["RuleId"] == rule["RuleId"]).update(rule)
        self.rows = [row for row in self.rows if row["RuleId"] not in sent.get("RuleIds", [])]


def test_rules_are_brought_in_line_in_batches_of_ten():
    """A new first rule moves all others down: what is new is made first, what is surplus goes last, nothing twice."""
    cloud, groups = _Rules(), {"g": "sgp-1"}
    many = [ingress(f"i{number:02}", paths=[(f"/{number}", "Prefix")]) for number in range(12)]

    def apply(*items):
        wanted = rules.of_listener(items, SECURE)
        routes.apply(
            cloud, "lsn-1", 443, wanted, {group.name: "sgp-1" for rule in wanted for group in rule.groups} | groups
        )
        asked, cloud.asked = cloud.asked, []
        assert [row["RuleName"] for row in cloud.rows] == [f"rule-443-{number}" for number in range(1, len(wanted) + 1)]
        return asked

    assert apply(*many) == [("CreateRules", 10), ("CreateRules", 2)]
    assert apply(*many) == []
    assert apply(ingress("a", paths=[("/a", "Prefix")]), *many) == [
        ("CreateRules", 1), ("UpdateRulesAttribute", 10), ("UpdateRulesAttribute", 2),
    ]  # fmt: skip
    assert apply(*many[:1]) == [("UpdateRulesAttribute", 1), ("DeleteRules", 10), ("DeleteRules", 2)]


def test_group_settings():
    """Health checks are off unless switched on; the scheduler is spelled as the API has it."""
    assert Annotations({}).group()["HealthCheckConfig"] == {"HealthCheckEnabled": False}
    found = Annotations({"healthcheck-enabled": "true", "backend-scheduler": "wlc", "backend-protocol": "grpc"}).group()
    assert (found["HealthCheckConfig"]["HealthCheckPath"], found["Scheduler"], found["Protocol"]) == (
        "/",
        "Wlc",
        "GRPC",
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


def test_a_port_by_its_name_is_found_where_the_controller_can():
    """By its number always; a Service that is not there gives an empty group."""
    service = {"spec": {"ports": [{"name": "http", "port": 80}]}}
    endpoints = {"subsets": [{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"name": "http", "port": 8080}]}]}
    number, name = Group("default", "web", "80", ingress()), Group("default", "web", "http", ingress())
    world = {"default/web": service}, {"default/web": endpoints}
    assert number.servers(*world) == name.servers(*world, ports_by_name=True) == {("10.0.0.1", 8080)}
    with pytest.raises(BuildError, match="unable to find port 0 on service default/web"):
        name.servers(*world)
    assert name.servers({}, {}) == set()


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


def test_grpc_needs_tls():
    """The vendor's words."""
    with pytest.raises(BuildError, match="'grpc' backend protocol must be use with TLS listener"):
        _ = Group("default", "web", "80", ingress(tls=False, backend_protocol="grpc")).parameters
    assert Group("default", "web", "80", ingress(backend_protocol="grpc")).parameters["Protocol"] == "GRPC"


@pytest.mark.parametrize(
    ("ports", "redirect", "refused"),
    [
        ('[{"HTTPS":443},{"HTTPS":8443}]', "false", ""),
        (BOTH, "true", ""),
        (BOTH, "false", "must be use TLS listener only or redirect to"),
        ('[{"HTTP":8080},{"HTTPS":443}]', "true", "must be use TLS listener only or redirect to"),
        ('[{"HTTPS":443},{"QUIC":443}]', "false", "must be within"),
    ],
)
def test_grpc_needs_listeners_with_tls(ports, redirect, refused):
    """Of those that the Ingress names only port 80 may be plain, and only where it redirects."""
    group = Group("default", "web", "80", ingress(backend_protocol="grpc", listen_ports=ports, ssl_redirect=redirect))
    if refused:
        with pytest.raises(BuildError, match=refused):
            _ = group.parameters
    else:
        assert group.parameters["Protocol"] == "GRPC"


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
