"""What the cloud may fill in of the provider's resources is decided, attribute by attribute."""

from collections import Counter

from tests.provider_attributes import TABLE, USED, is_there, made, optional, stated, token

DECISIONS = ("-", "stated", "asked", "kept", "own", "single", "whole", "hash")
OWN = {("alb.LoadBalancer", "zone_mappings"), ("alb.ServerGroup", "servers"), ("alb.Rule", "rule_actions")}
"""Sets whose members a resource of this program compares."""


def table() -> dict[tuple[str, str], str]:
    """(resource, attribute) -> decision, of what the installed package has."""
    lines = [[*line.split(" | "), ""][:4] for line in TABLE.read_text().splitlines() if not line.startswith("#")]
    assert len({(resource, attribute) for resource, attribute, *_ in lines}) == len(lines)
    return {(resource, attribute): decision for resource, attribute, decision, since in lines if is_there(since)}


def test_every_resource_that_the_components_make_is_looked_at() -> None:
    """One that is new to the program brings its attributes into the table."""
    assert made() == {token(resource) for resource in USED}


def test_every_optional_attribute_is_decided() -> None:
    """One that the provider grows, and one that it loses, shows here."""
    decided = table()
    assert sorted(set(optional()) - set(decided)) == []
    assert sorted(set(decided) - set(optional())) == []
    assert set(decided.values()) <= set(DECISIONS)


def test_what_the_table_calls_stated_is_stated() -> None:
    """A top-level attribute is an argument of the resource's call; of a nested one, its object's class takes it somewhere."""
    said = stated()
    nested = {name for _, name in said}
    for (resource, attribute), decision in table().items():
        if decision in ("stated", "asked"):
            assert (resource, attribute) in said or ("." in attribute and attribute.rpartition(".")[2] in nested)
        if decision == "kept":
            assert (resource, attribute) not in said, f"{resource} {attribute} is stated"


def test_members_of_the_three_sets_are_compared_by_this_program() -> None:
    """None of them is left to the provider, whose set would differ for each answer (decision 0009)."""
    decided = table()
    wrong = [
        row
        for row, decision in decided.items()
        if (row[0], row[1].partition(".")[0]) in OWN and decision not in ("own", "-")
    ]
    assert wrong == []
    assert Counter(decided.values())["own"] > 20


def test_a_new_attribute_would_be_seen() -> None:
    """The list reaches into nested objects and knows what may be left out."""
    rows = optional()
    assert ("alb.LoadBalancer", "zone_mappings.allocation_id") in rows
    assert ("alb.Rule", "rule_actions.forward_group_config.server_group_sticky_session.timeout") in rows
    assert ("alb.Listener", "listener_port") not in rows
