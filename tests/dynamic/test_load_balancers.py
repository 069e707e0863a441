"""Calls to a load balancer that is busy: what is repeated, and what is not."""

from typing import Any

import pytest
from alibabacloud_tea_openapi.utils_models import Config

from mtlsedge_components.dynamic import load_balancers
from mtlsedge_components.dynamic.errors import CloudError
from mtlsedge_components.dynamic.load_balancers import LoadBalancers


def answers(monkeypatch: pytest.MonkeyPatch, *codes: str) -> list[str]:
    """Lets each UpdateRuleAttribute fail with the next code; afterwards all is well. The calls made, in order."""
    made: list[str] = []
    left = list(codes)

    def called(action: str, _method: Any, _request: Any) -> dict[str, Any]:
        made.append(action)
        if action == "UpdateRuleAttribute" and left:
            raise CloudError(action, left.pop(0), "busy", 400)
        return {"Rules": [{"RuleId": "rule-1", "RuleStatus": "Available"}]}

    monkeypatch.setattr(load_balancers, "called", called)
    monkeypatch.setattr(load_balancers, "POLL_SECONDS", 0)
    return made


@pytest.mark.parametrize(
    "code", ["ResourceInConfiguring.Listener", "IncorrectStatus.Rule", "SystemBusy", "IdempotenceProcessing"]
)
def test_a_busy_listener_is_asked_again(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Another change of the listener, a script perhaps, is under way: the provider waits for it, and so do we."""
    made = answers(monkeypatch, code, code)
    LoadBalancers(Config(endpoint="127.0.0.1")).set_rule_actions("rule-1", [])
    assert made.count("UpdateRuleAttribute") == 3


def test_another_refusal_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waiting does not mend is not tried again."""
    made = answers(monkeypatch, "Forbidden.RAM")
    with pytest.raises(CloudError, match=r"Forbidden\.RAM"):
        LoadBalancers(Config(endpoint="127.0.0.1")).set_rule_actions("rule-1", [])
    assert made == ["UpdateRuleAttribute"]
