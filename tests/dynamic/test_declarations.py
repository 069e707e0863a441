"""An answer of ALB beside a declaration."""

from typing import Any

import pytest

from mtlsedge_components.dynamic import declarations


def action(*groups: tuple[str, int], **more: Any) -> dict[str, Any]:
    """A forwarding action as ListRules answers it."""
    tuples = [{"ServerGroupId": id_, "Weight": weight} for id_, weight in groups]
    return {"Order": 1, "Type": "ForwardGroup", "ForwardGroupConfig": {"ServerGroupTuples": tuples, **more}}


DECLARED = declarations.from_answer([action(("a", 80), ("b", 20))])
STICKY = {"ServerGroupStickySession": {"Enabled": False, "Timeout": 1000}}


@pytest.mark.parametrize(
    "answer",
    [
        [action(("a", 80), ("b", 20))],
        [action(("a", 80), ("b", 20), **STICKY)],
        [action(("b", 20), ("a", 80), ServerGroupStickySession=None)],
        [{**action(("a", 80.0), ("b", 20.0)), "FixedResponseConfig": {}}],
    ],
)
def test_what_nobody_declared_and_another_order_are_no_change(answer: list[dict[str, Any]]) -> None:
    """Stickiness answered or not, the order of groups, numbers as floats: the same as declared."""
    assert declarations.seen_as(declarations.from_answer(answer), DECLARED) == DECLARED


@pytest.mark.parametrize(
    "answer",
    [
        [],
        [action(("a", 80))],
        [action(("a", 80), ("b", 20), ("c", 0))],
        [action(("a", 80), ("b", 21))],
        [action(("a", 80), ("a", 80))],
        [{**action(("a", 80), ("b", 20)), "Order": 2}],
        [action(("a", 80), ("b", 20)), {"Order": 2, "Type": "InsertHeader", "InsertHeaderConfig": {"Key": "x"}}],
        [{"Order": 1, "Type": "Redirect", "RedirectConfig": {"Port": "443"}}],
    ],
)
def test_what_differs_shows_as_it_is(answer: list[dict[str, Any]]) -> None:
    """Another group, weight, number of groups, order of actions, or an action beside it."""
    seen = declarations.from_answer(answer)
    assert declarations.seen_as(seen, DECLARED) == seen


def test_keys_go_there_and_back() -> None:
    """What the API answers is what it is sent."""
    assert declarations.to_request(DECLARED) == [action(("a", 80), ("b", 20))]


def test_names_that_are_not_spelled_like_the_others_go_there_and_back() -> None:
    """`qps` is `QPS`, `allowOrigins` is `AllowOrigin`; their neighbours begin with a capital letter and go on as they are."""
    answer = [
        {"TrafficLimitConfig": {"QPS": 10, "PerIpQps": 1}},
        {"CorsConfig": {"AllowOrigin": ["https://a.example"], "AllowMethods": ["GET"]}},
    ]
    declared = [
        {"trafficLimitConfig": {"qps": 10, "perIpQps": 1}},
        {"corsConfig": {"allowOrigins": ["https://a.example"], "allowMethods": ["GET"]}},
    ]
    assert declarations.from_answer(answer) == declared
    assert declarations.to_request(declared) == answer
