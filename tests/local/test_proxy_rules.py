"""What rules do at a real Envoy: each condition with its near misses, order, rewriting, shares of groups, copies, answers."""

import http.client

import pytest

from tests.local import edge_support as edge
from tests.local.controlled_edge import ControlledEdge
from tests.local.controlled_server import shares
from tests.waiting import PATIENCE_SECONDS, eventually


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Three servers, a group of each; each test makes its listener with its rules."""
    with _World(tmp_path_factory.mktemp("rules")) as made:
        yield made


class _World(ControlledEdge):
    def __init__(self, folder):
        super().__init__(folder, "alb-u", 104, servers=3)
        self.rules = 0
        for number, one in enumerate(self.servers):
            edge.put_group(self.store, f"g{number}", [one.as_member()])
        self.listener(
            "every-group", [(1, [path("/0")], [edge.forward(*((f"g{n}", 1) for n in range(3)))])], start=False
        )
        self.plane.start()
        self.settle()

    def listener(self, name, rules, *, start=True):
        """A listener that forwards to g0, and its rules: (priority, conditions, actions[, direction])."""
        self.put_listener(name, "g0", ListenerProtocol="HTTP")
        for priority, conditions, actions, *direction in rules:
            self.rules += 1
            ordered = [{"Order": number} | action for number, action in enumerate(actions, 1)]
            edge.put_rule(self.store, f"rule-{self.rules}", name, priority, conditions, ordered)
            if direction:
                self.store.change("alb.rule", f"rule-{self.rules}", Direction=direction[0])
        if start:
            self.settle()
        return edge.place(self.store, name)

    def settle(self):
        self.apply()
        for number in range(3):
            edge.await_servers(self.plane, f"g{number}", 1)


def condition(kind, *values, **more):
    return {"Type": kind, f"{kind}Config": {"Values": list(values)} | more}


def path(*values):
    return condition("Path", *values)


def pair(kind, key, value):
    return condition(kind, {"Key": key, "Value": value})


def to(*groups):
    return {key: value for key, value in edge.forward(*((name, 100) for name in groups)).items() if key != "Order"}


CONDITIONS = [
    # condition, requests that it holds for, requests that it does not hold for; a request: path, host, headers, method
    (path("~^/sys/(a|b)$"), ["/sys/a", "/sys/b?x=1"], ["/sys/c", "/sys/ab", "/x/sys/a", "/SYS/a", "/?/sys/a", "/z?y=/sys/a"]),
    (path("~*/Sys/"), ["/sys/", "/x/SYS/y"], ["/sys", "/x?/sys/"]),
    (path("/a/*", "/b?"), ["/a/", "/a/x/y", "/bc", "/bc?z"], ["/a", "/b", "/bcd", "/A/x", "/x/a/"]),
    (path("/dot.html"), ["/dot.html", "/dot.html?a"], ["/dotxhtml", "/dot.htmlx", "/"]),
    (condition("Host", "w?.a.test", "*.b.test"), ["/|w1.a.test", "/|x.y.b.test", "/|X.B.TEST:80"], ["/|w.a.test", "/|w1.a.test.evil", "/|b.test"]),
    (condition("Host", "~^a[0-9]+[.]test$"), ["/|a12.test"], ["/|a.test", "/|xa1.test", "/|a1.test.x"]),
    (pair("QueryString", "k*", "v?"), ["/?k=v1", "/?a=b&key=vx&c=d"], ["/?k=v", "/?k=v12", "/?ak=v1", "/k=v1", "/?a=k=v1", "/"]),
    (condition("QueryString", {"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}), ["/?a=1", "/?b=2&a=3"], ["/?a=2", "/?b=1"]),
    (pair("Cookie", "s?d", "a*"), ["/||cookie:sid=abc", "/||cookie:x=y; sod=a; z=1"], ["/||cookie:sid=ba", "/||cookie:sd=a", "/||cookie:xsid=a", "/"]),
    (condition("Header", "blue*", "gr?y", Key="X-Colour"), ["/||x-colour:blue", "/||x-colour:grey"], ["/||x-colour:light blue", "/||x-color:blue", "/"]),
    (condition("Method", "PUT", "DELETE"), ["/|||PUT", "/|||DELETE"], ["/|||GET", "/|||POST"]),
    (condition("SourceIp", "127.0.0.0/31", "10.0.0.0/8"), ["/"], []),
    (condition("SourceIp", "127.0.0.2/32", "127.0.0.0/32"), [], ["/", "/||x-forwarded-for:127.0.0.2"]),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(CONDITIONS)))
def test_a_condition_holds_for_these_and_not_for_those(world, number):
    """Wildcards, expressions, letters' case, boundaries; an expression about a path never looks at the query."""
    wanted, good, bad = CONDITIONS[number]
    place = world.listener(f"condition-{number}", [(1, [wanted], [to("g1")])])
    assert {text: _asked(place, text).server for text in good + bad} == dict.fromkeys(good, "S1") | dict.fromkeys(
        bad, "S0"
    )


def _asked(place, text):
    target, host, header, method = (*text.split("|"), "", "", "")[:4]
    headers = dict([header.split(":", 1)]) if header else {}
    return edge.plain(place, target, name=host or "www.example.test", method=method or "GET", headers=headers)


def test_all_conditions_of_a_rule_must_hold(world):
    """Two of different types, and two paths."""
    both = [path("/a*"), path("*b"), condition("Method", "GET")]
    place = world.listener("all-of", [(1, both, [to("g1")])])
    found = {text: _asked(place, text).server for text in ("/ab", "/a/b?c", "/a", "/b", "/ab|||PUT")}
    assert found == {"/ab": "S1", "/a/b?c": "S1", "/a": "S0", "/b": "S0", "/ab|||PUT": "S0"}


def test_the_lowest_number_is_tried_first_whenever_it_was_made(world):
    """A general rule made first does not hide a special one with a lower number; the reverse does."""
    place = world.listener(
        "ordered", [(20, [path("/*")], [to("g1")]), (10, [path("/x*")], [to("g2")]), (30, [path("/y")], [to("g0")])]
    )
    assert [_asked(place, text).server for text in ("/xy", "/z", "/y")] == ["S2", "S1", "S1"]


GROUPED = path("~^/sys/(.*)/(.*)/aaa$")


@pytest.mark.parametrize(
    ("config", "asked", "arrives"),
    [
        ({"Path": "/${2}/${1}"}, "/sys/ccc/bbb/aaa?q=1", "/bbb/ccc?q=1"),
        ({"Path": "/x${1}"}, "/sys/a/b/aaa", "/xa"),
        ({"Path": "/${protocol}/${port}${path}"}, "/sys/a/b/aaa", "/http/PORT/sys/a/b/aaa"),
        ({"Path": "/plain\\1"}, "/sys/a/b/aaa", "/plain\\1"),
    ],
)
def test_a_path_is_made_of_what_the_expression_found(world, config, asked, arrives):
    """For the servers by Rewrite, for the client by Redirect; a path that does not match is left alone."""
    name = f"found-{config['Path']}".translate(str.maketrans("/${}\\", "-----"))
    rewrite = {"Type": "Rewrite", "RewriteConfig": config}
    redirect = {"Type": "Redirect", "RedirectConfig": {"HttpCode": "302", "Host": "there.test"} | config}
    place = world.listener(
        name, [(2, [GROUPED], [rewrite, to("g1")]), (1, [GROUPED, condition("Method", "PUT")], [redirect])]
    )
    wanted = arrives.replace("PORT", str(place[1]))
    assert _asked(place, asked).status == 200
    assert world.servers[1].seen[-1].path == wanted
    answer = _asked(place, f"{asked}|||PUT")
    assert (answer.status, answer.headers["location"]) == (302, f"http://there.test:{place[1]}{wanted}")
    assert _asked(place, "/sys/ccc/aaa").server == "S0"


def test_a_group_that_the_expression_lacks_answers_501_and_takes_no_other_rule_along(world):
    """Envoy would refuse all rules of the listener."""
    lacking = {"Type": "Rewrite", "RewriteConfig": {"Path": "/${3}"}}
    place = world.listener("lacking", [(1, [GROUPED], [lacking, to("g1")]), (2, [path("/ok")], [to("g2")])])
    assert (_asked(place, "/sys/a/b/aaa").status, _asked(place, "/ok").server) == (501, "S2")
    assert [text for text in world.plane.problems() if "listener lacking" in text]


@pytest.mark.parametrize(("weights", "requests"), [((25, 75), 400), ((100, 0), 50), ((1, 100), 400)])
def test_groups_share_by_weight(world, weights, requests):
    """Drawn by lot: within seven standard deviations; a weight of 0 gets none."""
    both = edge.forward(("g1", weights[0]), ("g2", weights[1]))
    place = world.listener(f"shared-{weights[0]}-{weights[1]}", [(1, [path("/*")], [both])])
    found, part = edge.in_a_row(place, requests), weights[0] / sum(weights)
    assert set(found) <= {"S1", "S2"}
    assert abs(found["S1"] - requests * part) <= 7 * (requests * part * (1 - part)) ** 0.5


def test_groups_without_any_weight_answer_503(world):
    """Nobody takes the request."""
    place = world.listener("weightless", [(1, [path("/*")], [edge.forward(("g1", 0), ("g2", 0))])])
    assert _asked(place, "/").status == 503


def test_a_client_stays_with_its_group_where_the_rule_says_so(world):
    """By a cookie that lasts as long as the rule says; without the cookie clients come to both groups."""
    both = edge.forward(("g1", 50), ("g2", 50))
    both["ForwardGroupConfig"]["ServerGroupStickySession"] = {"Enabled": True, "Timeout": 321}
    place = world.listener("session", [(1, [path("/*")], [both])])
    clients = [_asked(place, "/") for _ in range(40)]
    assert {one.server for one in clients} == {"S1", "S2"}
    for one in clients[:5]:
        (cookie,) = one.set_cookie
        assert "Max-Age=321" in cookie
        assert edge.in_a_row(place, 10, headers={"Cookie": cookie.partition(";")[0]}) == {one.server: 10}
    both["ForwardGroupConfig"]["ServerGroupStickySession"]["Enabled"] = False
    place = world.listener("sessionless", [(1, [path("/*")], [both])])
    assert _asked(place, "/").set_cookie == []


def test_a_mirror_gets_a_copy_and_nobody_waits_for_it(world):
    """Path, host and headers are the same; the answer is the server's; requests of other rules are not copied."""
    mirror = {"Type": "TrafficMirror", "TrafficMirrorConfig": {
        "TargetType": "ForwardGroupMirror", "MirrorGroupConfig": {"ServerGroupTuples": [{"ServerGroupId": "g2"}]},
    }}  # fmt: skip
    place = world.listener("mirrored", [(1, [path("/copied*", "/held-mirror")], [mirror, to("g1")])])
    assert _asked(place, "/copied?x=1|a.test|x-a:b").server == "S1"
    copied = eventually(lambda: [seen for seen in world.servers[2].seen if seen.path == "/copied?x=1"])[0]
    assert (copied.headers["host"], copied.headers["x-a"]) == ("a.test", "b")
    assert [one.name for one in world.servers if any(seen.path == "/copied?x=1" for seen in one.seen)] == ["S1", "S2"]
    world.servers[1].release.set()
    assert _asked(place, "/held-mirror").server == "S1"  # while the mirror still holds its copy
    world.servers[2].await_waiting()
    world.servers[2].release.set()
    assert _asked(place, "/not-copied").server == "S0"
    assert not any(seen.path == "/not-copied" for seen in world.servers[2].seen)
    for one in world.servers:
        one.release.clear()


def insert(key, value, kind="UserDefined"):
    return {"Type": "InsertHeader", "InsertHeaderConfig": {"Key": key, "Value": value, "ValueType": kind}}


def remove(key):
    return {"Type": "RemoveHeader", "RemoveHeaderConfig": {"Key": key}}


def test_headers_of_requests_are_set_by_each_kind_of_value(world):
    """A text, a header of the request, and what the load balancer knows; one that the client sent is replaced."""
    kinds = {"ClientSrcIp": "127.0.0.1", "Protocol": "HTTP", "SLBId": "alb-u"}
    added = [insert(f"x-{name}", name, "SystemDefined") for name in (*kinds, "SLBPort", "ClientSrcPort")]
    place = world.listener("inserting-1", [(1, [path("/*")], [*added[:3], to("g1")])])
    assert _asked(place, "/kinds-1||X-SLBId:forged").status == 200
    seen = world.servers[1].seen[-1].headers
    assert {name: seen[f"x-{name}".lower()] for name in kinds} == kinds
    more = [*added[3:], insert("x-copy", "user-agent", "ReferenceHeader"), insert("x-text", "50% off")]
    place = world.listener("inserting-2", [(1, [path("/*")], [*more, remove("x-secret"), to("g1")])])
    assert edge.plain(place, "/kinds-2", headers={"User-Agent": "me", "X-Secret": "1"}).status == 200
    seen = world.servers[1].seen[-1].headers
    declared = world.store.get("alb.listener", "inserting-2")["ListenerPort"]
    assert (seen["x-slbport"], seen["x-copy"], seen["x-text"]) == (str(declared), "me", "50% off")
    assert seen["x-clientsrcport"].isdecimal() and "x-secret" not in seen


ANSWERED = "Response"
ANSWERS = [
    # conditions, what is asked for that they hold for, and what they do not hold for: a query of /made, then host, header, method
    ([condition("ResponseStatusCode", "404", "5*")], ["status=404", "status=503"], ["status=200", "status=405", "status=440"]),
    ([condition("ResponseHeader", "se-cret*", Key="X-Kind")], ["header=X-Kind:se-crets"], ["header=X-Kind:no-se-cret", "header=X-Kinds:se-cret", "header=X-Kind:secret", ""]),
    ([condition("ResponseStatusCode", "200"), path("/m?de")], ["a", "status=200"], ["status=201"]),
    ([condition("ResponseStatusCode", "200"), pair("QueryString", "q", "1*")], ["q=1", "a=b&q=12"], ["q=2", "q=1&status=404", "aq=1", "q=2&r=1"]),
    ([pair("Cookie", "s?d", "a.c")], ["a||cookie:x=y; sid=a.c; z=1"], ["a||cookie:sid=abc", "a||cookie:xsid=a.c", "a"]),
    ([condition("Host", "*.A.test")], ["a|x.a.TEST:80"], ["a|a.test", "a|x.a.test.evil"]),
    ([condition("Header", "b%l", Key="X-Colour"), condition("Method", "PUT")], ["a||x-colour:b%l|PUT"], ["a||x-colour:bal|PUT", "a||x-colour:b%l"]),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(ANSWERS)))
def test_a_rule_about_answers_changes_these_and_not_those(world, number):
    """By status, by a header of the answer, and together with what was asked; nothing of a value is read as Lua."""
    conditions, good, bad = ANSWERS[number]
    actions = [insert("X-Rule", '100%" ]] -- \\'), remove("x-served-by")]
    place = world.listener(f"answers-{number}", [(1, conditions, actions, ANSWERED)])
    for text in good:
        answer = _asked(place, f"/made?{text}")
        assert (answer.headers.get("x-rule"), answer.server) == ('100%" ]] -- \\', ""), text
    for text in bad:
        answer = _asked(place, f"/made?{text}")
        assert (answer.headers.get("x-rule"), answer.server) == (None, "S0"), text


def test_of_rules_about_answers_the_first_that_holds_counts(world):
    """Their numbers are their own: a rule about requests of the same number goes on beside them."""
    rules = [
        (2, [condition("ResponseStatusCode", "*")], [insert("x-second", "2")], ANSWERED),
        (1, [condition("ResponseStatusCode", "404")], [insert("x-first", "1")], ANSWERED),
        (1, [path("/made")], [to("g1")]),
    ]
    place = world.listener("answers-ordered", rules)
    missing, found = (_asked(place, f"/made?status={status}").headers for status in (404, 200))
    assert (missing.get("x-first"), missing.get("x-second"), missing["x-served-by"]) == ("1", None, "S1")
    assert (found.get("x-first"), found.get("x-second")) == (None, "2")


def test_headers_of_answers_are_set_by_each_kind_of_value(world):
    """A header of the request, and what the load balancer knows; what it answers by itself is no server's answer."""
    kinds = {"ClientSrcIp": "127.0.0.1", "Protocol": "HTTP", "SLBId": "alb-u"}
    added = [insert(f"x-{name}", name, "SystemDefined") for name in (*kinds, "SLBPort", "ClientSrcPort")]
    fixed = {"Type": "FixedResponse", "FixedResponseConfig": {"HttpCode": "200", "Content": "mine"}}
    every = [condition("ResponseStatusCode", "*")]
    copied = insert("x-copy", "X-Asked", "ReferenceHeader")
    rules = [(1, every, [*added, copied], ANSWERED), (1, [path("/fixed")], [fixed])]
    place = world.listener("answers-values", rules)
    told = _asked(place, "/||X-Asked:so").headers
    assert {name: told[f"x-{name}".lower()] for name in kinds} == kinds
    assert (told["x-slbport"], told["x-copy"]) == (str(place[1]), "so") and told["x-clientsrcport"].isdecimal()
    assert "x-slbid" not in _asked(place, "/fixed").headers


@pytest.mark.parametrize("unserved", [condition("SourceIp", "127.0.0.0/8"), path("~^/")])
def test_a_rule_about_answers_that_cannot_be_served_is_named(world, unserved):
    """By the client's address, or by an expression; the others go on."""
    rules = [
        (1, [unserved], [insert("x-never", "1")], ANSWERED),
        (2, [condition("ResponseStatusCode", "200")], [insert("x-still", "1")], ANSWERED),
    ]
    name = f"unserved-{unserved['Type']}"
    answer = _asked(world.listener(name, rules), "/")
    assert (answer.headers.get("x-never"), answer.headers.get("x-still")) == (None, "1")
    assert [text for text in world.plane.problems() if "about answers" in text and name in text]


def test_a_limit_counts_each_address_for_itself(world):
    """Two addresses may ask once a second each; a third request of one of them is refused, the other's is not."""
    limit = {"Type": "TrafficLimit", "TrafficLimitConfig": {"PerIpQps": 1}}
    place = world.listener("per-address", [(1, [path("/*")], [limit, to("g1")])])
    assert eventually(lambda: _from("127.9.0.1", place), lambda status: status == 503) == 503
    assert _from("127.9.0.2", place) == 200
    assert shares(world.servers[1])["S1"] > 0


def _from(client, place):
    connection = http.client.HTTPConnection(*place, timeout=PATIENCE_SECONDS, source_address=(client, 0))
    try:
        connection.request("GET", "/")
        return edge.Answer(connection.getresponse()).status
    finally:
        connection.close()
