"""What the controller reads out of Ingresses, without a cluster: listeners, rules and server groups, and their near misses."""

import pytest

from local.kubernetes.controller import routes, rules
from local.kubernetes.controller.albconfig import BuildError
from local.kubernetes.controller.annotations import Annotations
from local.kubernetes.controller.groups import Group
from tests.local.cluster_support import BOTH, ingress

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
