"""Who reaches which servers: the model against single requests, its parts, and what it must not let pass."""

import random

import pytest

from exposure import networks
from exposure.facts import HIDDEN, UNKNOWN, switch
from exposure.reach import LISTENER, OWN_ACTIONS, RULE, SERVER_GROUP, Resource, Routes, past
from exposure.requests import Requests, asked_by
from tests.unit import exposure_oracle as oracle


def declared(listed: list[dict], *, replaced: bool = False) -> tuple[Routes, Resource]:
    """The rules as resources; a replaced listener has no id yet, and its rules point at what is not known."""
    front = Resource(LISTENER, "" if replaced else "lsn-80", "front", {
        "listenerProtocol": "HTTP", "listenerPort": 80, "defaultActions": _actions(listed[-1]["action"]),
    })  # fmt: skip
    guard = Resource(LISTENER, "lsn-443", "front-2", {
        "listenerProtocol": "HTTPS", "listenerPort": 443, "caEnabled": True, "defaultActions": _actions("sgp-guarded"),
    })  # fmt: skip
    groups = [Resource(SERVER_GROUP, name, "", {"servers": [
        {"serverId": server.split(":")[0], "port": 80} for server in servers]}) for name, servers in oracle.GROUPS.items()]  # fmt: skip
    rules = [
        Resource(RULE, "", "front", {
            "listenerId": UNKNOWN if replaced else "lsn-80", "priority": one["priority"],
            "ruleConditions": _conditions(one), "ruleActions": _actions(one["action"]),
        })
        for one in listed[:-1]
    ]  # fmt: skip
    return Routes([front, guard, *groups, *rules]), front


def _actions(action: str) -> list[dict]:
    if action.startswith("sgp-"):
        return [{"type": "ForwardGroup", "forwardGroupConfig": {"serverGroupTuples": [{"serverGroupId": action}]}}]
    return [{"type": "Redirect" if action == "redirect" else "FixedResponse"}]


def _conditions(one: dict) -> list[dict]:
    found = [{"type": "Host", "hostConfig": {"values": list(one["hosts"])}}] if one["hosts"] else []
    found += [{"type": "Path", "pathConfig": {"values": list(one["paths"])}}] if one["paths"] else []
    return found + ([oracle.HEADER] if one["header"] else [])


def judge(before: list[dict], after: list[dict], *, replaced: bool = False) -> frozenset[str]:
    """The model's verdict on two lists of rules."""
    (old, was), (new, now) = declared(before), declared(after, replaced=replaced)
    return past(old, new, was, now, old.guarded())


def compare(seed: int, pairs: int) -> tuple[list, list]:
    """Pairs that the model passes although a request says otherwise, and those that it flags although none does."""
    random_ = random.Random(seed)
    missed, false_alarms = [], []
    for _ in range(pairs):
        before = oracle.rules(random_)
        after = oracle.edited(random_, before) if random_.random() < 0.8 else oracle.rules(random_)
        truth = oracle.let_in(before, after)
        found = judge(before, after, replaced=random_.random() < 0.3)
        if not truth <= found:
            missed.append((before, after, truth, found))
        if found and not truth:
            false_alarms.append((before, after, found))
    return missed, false_alarms


def shrunk(before: list[dict], after: list[dict]) -> tuple[list[dict], list[dict]]:
    """The smallest pair, by leaving out rules, that the model still passes wrongly."""
    for listed, other, is_before in ((before, after, True), (after, before, False)):
        for index in range(len(listed) - 1):
            less = listed[:index] + listed[index + 1 :]
            pair = (less, other) if is_before else (other, less)
            if not oracle.let_in(*pair) <= judge(*pair):
                return shrunk(*pair)
    return before, after


def test_an_example_of_a_path_is_answered_by_the_servers_of_that_path():
    """Whatever the rules, the simulator of requests says that each example reaches the servers it is an example of."""
    random_ = random.Random(11)
    asked = unasked = 0
    for _ in range(500):
        listed = oracle.rules(random_)
        topology, front = declared(listed)
        for reach in topology.reached(front):
            if found := reach.asked.example(reach.without, oracle.HOSTS):
                asked += 1
                assert oracle.answer(listed, *found, header=False) == tuple(reach.servers), (listed, reach, found)
            else:
                unasked += 1
    assert asked > 2 * unasked > 0


@pytest.mark.parametrize(
    ("asked", "without", "found"),
    [
        (Requests(), (), ("a.example", "/")),
        (Requests(), (Requests(paths=("/",)),), ("a.example", "/x")),
        (Requests(), (Requests(hosts=("a.example",)),), ("b.example", "/")),
        (Requests(("*.c.example",), ("/v?/*",)), (), ("x.c.example", "/vx/x")),
        (Requests(paths=("~^/a",)), (), None),
        (Requests(paths=(UNKNOWN,)), (), None),
        (Requests(others=frozenset({"methods POST"})), (), None),
        (Requests(), (Requests(others=frozenset({"methods GET"})),), None),
        (Requests(), (Requests(paths=("/*",)),), None),
    ],
)
def test_an_example_is_certain_or_there_is_none(asked, without, found):
    """A request that another rule may take, or whose path cannot be told, is no example."""
    assert asked.example(without, ("a.example", "b.example")) == found


def test_actions_declared_apart_count_instead_of_the_rules_own():
    """They are what the cloud is told after the rule was made; of a rule not made yet both count, either may stay."""
    guarded, open_ = "sgp-guarded", "sgp-public"

    def reached(rule_id: str, own: str, apart: str) -> frozenset[str]:
        (_, front), group = (
            declared([{"action": "redirect"}]),
            lambda name: Resource(SERVER_GROUP, name, "", {"servers": [name]}),
        )
        rule = Resource(RULE, rule_id, "front", {"listenerId": "lsn-80", "priority": 1, "ruleActions": _actions(own)})
        actions = Resource(OWN_ACTIONS, "", "", {"rule_id": rule_id or UNKNOWN, "actions": _actions(apart)})
        of_another = Resource(OWN_ACTIONS, "", "", {"rule_id": "rule-9", "actions": _actions("sgp-else")})
        topology = Routes([front, rule, actions, of_another, group(guarded), group(open_), group("sgp-else")])
        return frozenset().union(*(one.servers for one in topology.reached(front)))

    assert reached("rule-1", guarded, open_) == {open_}
    assert reached("rule-1", open_, guarded) == {guarded}
    assert reached("", open_, guarded) == {guarded, open_}


def test_no_request_gets_further_than_the_model_says():
    """Of generated changes to a listener's rules, none that lets a request in passes, and few that let none in are flagged."""
    missed, false_alarms = compare(seed=11, pairs=250)
    assert not missed, shrunk(*missed[0][:2])
    assert len(false_alarms) < 250 * 0.02, false_alarms[:3]


@pytest.mark.slow
def test_no_request_gets_further_in_twenty_thousand_changes():
    """The same on 20,000 pairs. What is flagged falsely are unions of patterns that together take what one took before."""
    missed, false_alarms = compare(seed=20_000, pairs=20_000)
    assert not missed, shrunk(*missed[0][:2])
    assert len(false_alarms) < 20_000 * 0.02, (len(false_alarms), false_alarms[:3])


def test_a_miss_is_shrunk_to_the_rule_that_matters(monkeypatch):
    """If the model passed everything, the pair that is shown would hold nothing but the rule that lets requests in."""
    monkeypatch.setattr("tests.unit.test_exposure.judge", lambda *_: frozenset())
    default = {"priority": float("inf"), "hosts": (), "paths": (), "header": False, "action": "sgp-empty"}
    rule = {"priority": 1, "hosts": (), "paths": ("/a",), "header": False, "action": "redirect"}
    harm = {"priority": 2, "hosts": (), "paths": ("/b",), "header": False, "action": "sgp-guarded"}
    assert shrunk([rule, default], [rule, harm, default]) == ([default], [harm, default])


def test_the_work_on_a_thousand_groups_grows_with_their_number(monkeypatch):
    """Ten listeners with a hundred rules each: twice as many listeners are twice the comparisons, not four times."""
    contained, calls = Requests.contains, []
    monkeypatch.setattr(Requests, "contains", lambda *both: calls.append(1) or contained(*both))

    def compared(listeners: int) -> int:
        calls.clear()
        before, after = _large(listeners), _large(listeners)
        guarded = before.guarded()
        for was, now in zip(before.listeners, after.listeners, strict=True):
            assert past(before, after, was, now, guarded) == frozenset()
        assert len(guarded) == 100
        return len(calls)

    assert compared(10) <= 2 * compared(5) + 10_000


def _large(listeners: int) -> Routes:
    made = []
    for port in range(listeners):
        inputs = {"listenerProtocol": "HTTP" if port else "HTTPS", "caEnabled": not port, "listenerPort": port}
        made.append(Resource(LISTENER, f"lsn-{port}", "", inputs))
        for number in range(100):
            name = f"{port}-{number}"
            asked = [{"type": "Host", "hostConfig": {"values": [f"{name}.example"]}}]
            made.append(Resource(SERVER_GROUP, f"sgp-{name}", "", {"servers": [{"serverId": name, "port": 80}]}))
            made.append(Resource(RULE, "", "", {
                "listenerId": f"lsn-{port}", "priority": number, "ruleConditions": asked, "ruleActions": _actions(f"sgp-{name}"),
            }))  # fmt: skip
    return Routes(made)


@pytest.mark.parametrize(
    ("value", "meaning"),
    [(True, True), ("true", True), (False, False), ("false", False), (None, False), (UNKNOWN, None), (HIDDEN, None)],
)
def test_a_switch_that_cannot_be_read_is_neither_on_nor_off(value, meaning):
    """A text is read as the provider reads it; a secret and what is known after `up` only are not taken for on."""
    assert switch(value) is meaning


@pytest.mark.parametrize(
    ("wide", "narrow", "contained"),
    [("/*", "/a", True), ("/a*", "/ab", True), ("/a*", "/b", False), ("/?", "/*", False), ("/a", UNKNOWN, False),
     (UNKNOWN, UNKNOWN, False), ("~/a", "~/a", True), ("~/.*", "/a", False), ("/a/*", "/a*", False)],
)  # fmt: skip
def test_a_pattern_contains_another_only_if_it_is_certain(wide, narrow, contained):
    """An expression is equal only to itself, and a pattern that is not known contains nothing and is contained in none."""
    outer, inner = (asked_by([{"type": "Path", "pathConfig": {"values": [one]}}]) for one in (wide, narrow))
    assert outer.contains(inner) is contained


@pytest.mark.parametrize(
    ("after", "before", "more"),
    [({"10.0.0.0/8"}, {"10.0.0.0/9", "10.128.0.0/9"}, []), ({"10.0.0.0/7"}, {"10.0.0.0/8"}, ["10.0.0.0/7"]),
     ({"::/0"}, {"0.0.0.0/0"}, ["::/0"]), ({"x"}, {"x"}, ["x"]), (set(), {"10.0.0.0/8"}, [])],
)  # fmt: skip
def test_networks_are_compared_by_their_addresses(after, before, more):
    """Two halves are the whole; another family and what is no network are always more."""
    assert networks.added(after, before) == more


@pytest.mark.parametrize(
    ("network", "everybody"),
    [("0.0.0.0/0", True), ("0.0.0.0/1", True), ("128.0.0.0/1", True), ("::/0", True), ("2000::/3", True),
     ("10.0.0.0/8", False), ("2400:3200::/32", False), ("", False)],
)  # fmt: skip
def test_half_of_the_internet_is_everybody(network, everybody):
    """A range wider than anybody's own lets in strangers, however it is written."""
    assert networks.is_everybody(network) is everybody
