"""`mtlsedge:listener.rules`: hosts and paths that go to another server group than the default one."""

from settings import forms
from settings.model import ForwardingRule
from settings.reader import Node, Section

MOST_RULES = 100
"""Forwarding rules of an ALB instance, the redirect of HTTP among them; a quota [alibaba-cloud.md §1.8]."""
MOST_CONDITIONS = 10
"""Conditions of a rule, and wildcards in them; a quota [alibaba-cloud.md §1.8]."""


def read_rules(listener: Section) -> dict[str, ForwardingRule]:
    """The rules by name; priorities are unique, as two rules with one would race."""
    rules: dict[str, ForwardingRule] = {}
    for name, node in listener.entries("rules", forms.NAME):
        rule = _read_rule(name, node)
        others = [other.name for other in rules.values() if other.priority == rule.priority]
        if others:
            node.child("priority", rule.priority).refuse(f"a priority of its own; rule {others[0]} has this one")
        rules[name] = rule
    _check_count(listener, len(rules))
    return rules


def _read_rule(name: str, node: Node) -> ForwardingRule:
    section = node.section(("serverGroup", "priority", "hosts", "paths"))
    rule = ForwardingRule(
        name=name,
        server_group=section.text("serverGroup", forms.NAME),
        priority=section.integer("priority", 1, 10000, "a number"),
        hosts=section.texts("hosts", forms.RULE_HOST),
        paths=section.texts("paths", forms.RULE_PATH),
    )
    _check_conditions(section, [*rule.hosts, *rule.paths])
    return rule


def _check_conditions(section: Section, values: list[str]) -> None:
    if not (section["hosts"].value or section["paths"].value):
        section.node.refuse("at least one host or path", found="neither hosts nor paths")
    if len(values) > MOST_CONDITIONS:
        section.node.refuse(f"at most {MOST_CONDITIONS} hosts and paths", found=f"{len(values)} of them")
    wildcards = sum(value.count("*") + value.count("?") for value in values)
    if wildcards > MOST_CONDITIONS:
        section.node.refuse(f"at most {MOST_CONDITIONS} wildcards", found=f"{wildcards} of them")


def _check_count(listener: Section, count: int) -> None:
    redirects = 0 if listener["redirectHttp"].value is False else 1
    if count + redirects > MOST_RULES:
        beside = ", beside the one that redirects HTTP" if redirects else ""
        listener["rules"].refuse(f"at most {MOST_RULES - redirects} rules{beside}", found=f"{count} rules")
