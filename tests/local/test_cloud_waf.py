"""The web application firewall: what is set is read back, alone and together; what is gone is told in its own codes."""

import json

import pytest

from tests.local.conftest import Account

TEMPLATE = {
    "TemplateName": "offices",
    "TemplateType": "user_custom",
    "DefenseScene": "custom_acl",
    "TemplateStatus": "1",
}
CONFIG = {"action": "block", "conditions": [{"key": "URL", "opValue": "contain", "values": "/admin"}]}


class Firewall:
    """Calls of one instance."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.own = {"InstanceId": self("CreatePostpaidInstance")["InstanceId"]}
        self.template = {"TemplateId": str(self("CreateDefenseTemplate", **self.own, **TEMPLATE)["TemplateId"])}
        self.own |= self.template

    def __call__(self, action: str, **sent: str) -> dict:
        status, answer = self.account.raw("waf", action, **sent)
        assert status == 200, answer
        return dict(answer)

    def code(self, action: str, **sent: str) -> tuple[int, str]:
        status, answer = self.account.raw("waf", action, **sent)
        return status, answer["Code"]

    def rule(self, **more: object) -> dict[str, str]:
        """A rule of the template, by what its calls name it."""
        rules = json.dumps([{"name": "admin", "status": 1, **CONFIG, **more}])
        made = self("CreateDefenseRule", **self.own, DefenseScene="custom_acl", DefenseType="template", Rules=rules)
        return {"InstanceId": self.own["InstanceId"], "DefenseType": "template", "RuleId": made["RuleIds"]}


@pytest.fixture
def firewall(cloud_account: Account) -> Firewall:
    """An instance with a template."""
    return Firewall(cloud_account)


def test_an_account_has_one_instance(firewall: Firewall) -> None:
    """A second is refused; after its release there is none, with no template left."""
    assert firewall.code("CreatePostpaidInstance") == (400, "Waf.Pullin.InstanceExist")
    assert firewall("DescribeInstance")["Status"] == 1
    firewall("ReleaseInstance", InstanceId=firewall.own["InstanceId"])
    assert "InstanceId" not in firewall("DescribeInstance")
    assert firewall.code("DescribeTemplateResources", **firewall.own)[0] == 404


def test_a_template_is_read_back_as_it_was_set(firewall: Firewall) -> None:
    """Name, description and status change alone; resources and groups are bound and unbound."""
    firewall("ModifyDefenseTemplate", **firewall.own, TemplateName="office", Description="one")
    firewall("ModifyDefenseTemplateStatus", **firewall.own, TemplateStatus="0")
    shown = firewall("DescribeDefenseTemplate", **firewall.own)["Template"]
    expected = {
        **TEMPLATE,
        "TemplateName": "office",
        "Description": "one",
        "TemplateStatus": 0,
        "TemplateOrigin": "custom",
    }
    assert {name: shown[name] for name in expected} == expected
    bound = {"BindResources.1": "a", "BindResources.2": "b", "BindResourceGroups.1": "g"}
    firewall("ModifyTemplateResources", **firewall.own, **bound)
    firewall("ModifyTemplateResources", **firewall.own, **{"UnbindResources.1": "a"})
    single, group = (
        firewall("DescribeTemplateResources", **firewall.own, ResourceType=kind) for kind in ("single", "group")
    )
    assert (single["Resources"], single["TotalCount"], group["Resources"]) == (["b"], 1, ["g"])


def test_a_rule_is_read_back_as_it_was_set(firewall: Firewall) -> None:
    """Its configuration with the keys that were sent, and nothing of its name and status in it."""
    rule = firewall.rule()
    shown = firewall("DescribeDefenseRule", **rule)["Rule"]
    assert (shown["RuleName"], shown["Status"], json.loads(shown["Config"])) == ("admin", 1, CONFIG)
    changed = {"id": int(rule["RuleId"]), "action": "monitor"}
    firewall("ModifyDefenseRule", InstanceId=rule["InstanceId"], Rules=json.dumps([changed]))
    firewall("ModifyDefenseRuleStatus", **rule, RuleStatus="0")
    shown = firewall("DescribeDefenseRule", **rule)["Rule"]
    assert (shown["RuleName"], shown["Status"], json.loads(shown["Config"])) == ("admin", 0, {"action": "monitor"})


def test_what_is_gone_is_told_as_the_provider_expects(firewall: Firewall) -> None:
    """A rule and a template have codes of their own; a rule goes with its template."""
    rule = firewall.rule()
    firewall("DeleteDefenseTemplate", **firewall.own)
    assert firewall.code("DescribeDefenseRule", **rule) == (400, "Defense.Control.DefenseRuleNotExist")
    assert firewall.code("DeleteDefenseTemplate", **firewall.own) == (400, "Defense.Control.DefenseTemplateNotExist")
    assert "TemplateName" not in firewall("DescribeDefenseTemplate", **firewall.own)["Template"]


@pytest.mark.parametrize("rules", ["", "no JSON", "{}", "[]", "[1]"])
def test_rules_are_a_list_of_objects(firewall: Firewall, rules: str) -> None:
    """Anything else is refused, and no rule is made."""
    sent = {**firewall.own, "DefenseScene": "custom_acl", "Rules": rules}
    assert firewall.code("CreateDefenseRule", **sent)[0] == 400
    assert firewall.account.cloud.store.list("waf.rule") == []
