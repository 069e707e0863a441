"""What may make a stack less safe and cannot be told from a preview. It is a finding of its own kind, never passed over."""

from collections.abc import Iterator, Mapping
from typing import Any

from exposure import alb_config, networks, nlb, reach, security_groups, tls
from exposure.access_lists import EVERY
from exposure.facts import HIDDEN, UNKNOWN, is_known, is_wholly_known, switch
from exposure.properties import ANY, TYPES, UNJUDGED, Line
from exposure.reach import is_told, past, speaks_quic
from mtlsedge.preview import access_lists, balancer_groups, connection, passages, proofs, tls_policies
from mtlsedge.preview import vocabulary as t
from mtlsedge.preview.events import Change, Preview
from mtlsedge.preview.tls_policies import WITHOUT_TLS

KIND = "not-judged"
ENTRY_SERVICES = ("alicloud:alb/", "alicloud:nlb/", "alicloud:slb/", "alicloud:ga/")
"""Services that let requests in."""

UNREAD = {
    t.LISTENER: {
        "listenerProtocol": "whether it speaks HTTPS",
        "quicConfig": "whether it offers QUIC",
        "caCertificates": "which CA it trusts",
        "xForwardedForConfig": "which headers servers get",
    },
    t.LOAD_BALANCER: {
        "addressType": "whether its address is public",
        "ipv6AddressType": "whether its IPv6 address is public",
        "deletionProtectionEnabled": "whether it is protected against deletion",
        "deletionProtectionConfig": "whether it is protected against deletion",
    },
    t.RULE: {"listenerId": "which listener it is of", "direction": "whether it is about requests"},
}
"""Type -> property, and what is not told where it cannot be read. Ids that are known after `up` only are read as any new one."""

OF_A_RULE = ("listenerId", "rule_id", "priority", "ruleConditions", "ruleActions", "actions")
"""Properties that say which requests a rule takes, and where they go."""


def find(preview: Preview) -> Iterator[tuple[str, str, str, str]]:
    """Each as a finding: kind, label, logical name, and what cannot be told."""
    for name, detail in (
        *_undecided(preview),
        *_past_the_balancer(preview),
        *((one.name, detail) for one, detail in balancer_groups.undecided(preview)),
        *_tls(preview),
        *_hidden(preview),
        *_servers(preview),
        *_where_nobody_answered(preview),
        *_outside(preview),
        *proofs.undecided(preview),
        *_unjudged(preview),
        *_lists(preview),
        *connection.undecided(preview),
    ):
        yield KIND, "not judged", name, detail


def _undecided(preview: Preview) -> Iterator[tuple[str, str]]:
    for one in preview.changes:
        if one.is_change and one.new is not None and one.type.startswith(ENTRY_SERVICES) and one.type not in TYPES:
            yield one.name, f"no rule reads a {one.type}, which may lead past mutual TLS"
    for one in preview.changes:
        if one.type == alb_config.INGRESS and one.is_change and not alb_config.are_ports_told(one.new or {}):
            yield one.name, "on which listeners it answers is a secret or known after `up` only"
    for one in t.listeners(preview, "HTTPS"):
        if one.is_change and switch((one.new or {}).get("caEnabled")) is None:
            yield one.name, "whether it demands client certificates is a secret or known after `up` only"
        before = t.trusted(one.old)
        if before and not t.is_known(t.trusted(one.new)) and not _changes_authority(preview):
            yield one.name, "which CA it will trust is known after `up` only"


def _past_the_balancer(preview: Preview) -> Iterator[tuple[str, str]]:
    for one in t.of_type(preview, t.SECURITY_RULE):
        if one.is_change and one.new is not None and not security_groups.can_be_read(one.new):
            yield one.name, "whom it lets in is a secret, known after `up` only, or in a list of prefixes"
    if not passages.are_guarded_ports_told(preview):
        for one, found in preview.once(passages.opened):
            if not security_groups.leads_around(found, preview.once(passages.guarded_ports)):
                yield one.name, "whether it lets in to servers behind mutual TLS: their ports are not told"


def _tls(preview: Preview) -> Iterator[tuple[str, str]]:
    for one in preview.once(tls_policies.swaps):
        if one.after is None:
            shown = "of the listener" if one.shown == tls_policies.NEW else one.shown
            yield (
                one.subject,
                f"TLS policy {shown} is not declared in the stack or hidden, a preview does not show what it takes",
            )
        elif one.before is None and not one.is_new:
            yield one.subject, f"TLS policy {one.shown} takes the place of one that a preview does not show"
        elif one.before and tls.has_weaker_ciphers(one.after, one.before) is None:
            yield (
                one.subject,
                f"policy {one.before.name} becomes {one.shown}: which cipher suites that adds is not published",
            )


def _servers(preview: Preview) -> Iterator[tuple[str, str]]:
    """Listeners without certificates whose servers may be, hidden or under other names, those behind mutual TLS."""
    before, after, guarded = preview.once(t.before), preview.once(t.after), preview.once(t.guarded)
    for one in t.of_type(preview, t.LISTENER):
        was, now = t.resource(one, after=False), t.resource(one, after=True)
        if now is None or not guarded or not _asks_nobody(now.inputs):
            continue
        new = past(before, after, was, now, frozenset().union(*(each.servers for each in after.reached(now)))) - guarded
        if not all(map(is_told, new)):
            yield one.name, "whether it reaches servers behind mutual TLS: some are a secret or known after `up` only"
        elif new and not nlb.can_be_compared(new | guarded):
            yield (
                one.name,
                "whether it reaches servers behind mutual TLS: some are named by address, or outside the stack",
            )


def _where_nobody_answered(preview: Preview) -> Iterator[tuple[str, str]]:
    """Listeners in clear that may have served nobody before: the servers of another owner's group are not told."""
    before, after, guarded = preview.once(t.before), preview.once(t.after), preview.once(t.guarded)
    told_before, told_after = preview.once(t.as_told)
    for one in t.listeners(preview, "HTTP"):
        was, now = t.resource(one, after=False), t.resource(one, after=True)
        if was is None or now is None or now.inputs.get("listenerProtocol") != "HTTP":
            continue
        if past(told_before, told_after, was, now, guarded) and not past(before, after, was, now, guarded):
            yield one.name, "whether it served anybody before: its server group is not declared in the stack"


def _outside(preview: Preview) -> Iterator[tuple[str, str]]:
    """What a change does to things that the stack does not declare: a listener of another owner may ask for nothing."""
    listeners, rules, groups = (
        {one.id for one in t.of_type(preview, type_)} | {UNKNOWN} for type_ in (t.LISTENER, t.RULE, t.SERVER_GROUP)
    )
    for one in t.of_type(preview, t.RULE, reach.OWN_ACTIONS):
        key, known = ("listenerId", listeners) if one.type == t.RULE else ("rule_id", rules)
        moved = any((one.old or {}).get(part) != (one.new or {}).get(part) for part in OF_A_RULE)
        if one.is_change and moved and _of_outside(one, key, known) and not _only_redirects(one):
            what = "listener" if one.type == t.RULE else "rule"
            yield one.name, f"whether requests need a certificate: its {what} is a secret, or not declared in the stack"
    for one in t.of_type(preview, t.SERVERS, reach.SCALING_ATTACHMENT):
        key = "server_group_id" if one.type == t.SERVERS else "albServerGroupId"
        added = reach.members(one.type, one.new or {}) - reach.members(one.type, one.old or {})
        if added & preview.once(t.guarded) and _of_outside(one, key, groups):
            yield (
                one.name,
                "who reaches servers behind mutual TLS by a group that is a secret, or not declared in the stack",
            )


def _of_outside(one: Change, key: str, known: set[str]) -> bool:
    return any(inputs is not None and str(inputs.get(key, "")) not in known for inputs in (one.old, one.new))


def _only_redirects(one: Change) -> bool:
    """Whether a rule is new and forwards nothing: it takes requests away from others."""
    actions = (one.new or {}).get("ruleActions", (one.new or {}).get("actions"))
    return one.old is None and isinstance(actions, list | tuple) and not list(reach.groups_of(actions))


def _asks_nobody(inputs: t.Inputs) -> bool:
    protocol = inputs.get("listenerProtocol")
    is_unasked = protocol in WITHOUT_TLS or (protocol == "HTTPS" and switch(inputs.get("caEnabled")) is False)
    return is_unasked or speaks_quic(inputs) is not False


def _hidden(preview: Preview) -> Iterator[tuple[str, str]]:
    has_new_listener = any(one.is_made for one in t.of_type(preview, t.LISTENER))
    may_be_new = ("caCertificates", "listenerId") if has_new_listener else ("caCertificates",)
    for one in t.of_type(preview, *UNREAD):
        for key, what in UNREAD[one.type].items():
            value = (one.new or {}).get(key)
            may_differ = value != (one.old or {}).get(key) or any(path.startswith(key) for path in one.paths)
            hidden = not is_wholly_known(value) and (HIDDEN in str(value) or key not in may_be_new)
            if one.is_change and may_differ and hidden:
                yield one.name, f"{what} is a secret or known after `up` only"
    for one in t.of_type(preview, t.LISTENER):
        actions = (one.new or {}).get("defaultActions")
        if (
            one.is_change
            and isinstance(actions, str)
            and (not t.verifies(one.new) or speaks_quic(one.new) is not False)
        ):
            yield one.name, "which servers it reaches without a certificate is a secret or known after `up` only"
    for one in preview.changes:
        is_config = one.type in (alb_config.OWN, alb_config.ADOPTED)
        if is_config and one.is_change and not alb_config.can_be_read(one.new):
            yield one.name, "its listeners are a secret or known after `up` only"


def _unjudged(preview: Preview) -> Iterator[tuple[str, str]]:
    """Properties that may matter and that no fact reads, by the table of all properties."""
    for one in t.of_type(preview, *TYPES):
        if not one.is_change or one.new is None or (one.type == alb_config.OWN and not alb_config.can_be_read(one.new)):
            continue
        reasons = {line.text for path, line in TYPES[one.type].items() if _matters(preview, one, path, line)}
        for reason in sorted(reasons):
            yield one.name, reason


def _matters(preview: Preview, one: Change, path: str, line: Line) -> bool:
    if line.kind != UNJUDGED:
        return False
    before, after = ([] if inputs is None else _values(inputs, path) for inputs in (one.old, one.new))
    if before == after or (one.old is None and line.only_from):
        return False
    if line.only_from not in ("", ANY):
        return line.only_from in before and line.only_from not in after
    return any(after) and not (line.only_past_mutual_tls and _is_behind_mutual_tls(preview, one))


def _values(inputs: t.Inputs, path: str) -> list[Any]:
    """What stands at a path, in each member of the lists on the way; a part that cannot be read stands for all in it."""
    found: list[Any] = [inputs]
    for key in path.split("."):
        inner = [one if isinstance(one, str) else one.get(key) for one in found if isinstance(one, str | Mapping)]
        found = [each for one in inner for each in (one if isinstance(one, list) else [one])]
    return [one for one in found if one not in (None, "", "false", False)]


def _is_behind_mutual_tls(preview: Preview, change: Change) -> bool:
    """Whether each listener that a rule may be of, or the rule of these actions, demands a certificate."""
    inputs = change.new or {}
    if "rule_id" in inputs:
        known = [one.new or {} for one in t.of_type(preview, t.RULE) if one.id and one.id == inputs["rule_id"]]
        inputs = known[0] if known else {"listenerId": UNKNOWN}
    key = inputs.get("listenerId")
    of = [one for one in t.of_type(preview, t.LISTENER) if one.id == key or not is_known(key)]
    return bool(of) and all(t.verifies(one.new) for one in of if one.new is not None)


def _lists(preview: Preview) -> Iterator[tuple[str, str]]:
    is_a_list_made = any(one.is_made for one in t.of_type(preview, t.ACL))
    for one in t.of_type(preview, t.ACL_ENTRY):
        key = (one.new or {}).get("aclId")
        if one.is_change and (key == HIDDEN or (key == UNKNOWN and not is_a_list_made)):
            yield one.name, "which list it is an entry of is a secret or known after `up` only"
    said: set[str] = set()
    for use in preview.once(access_lists.uses):
        hidden = [one for one in use.after.opened(use.before) if one != EVERY and networks.parsed(one) is None]
        subjects = {use.after.entries.get(one) or use.before.entries.get(one) or use.subject for one in hidden}
        for subject in sorted(subjects - said):
            said.add(subject)
            yield (
                subject,
                "which networks it lets in is a secret, known after `up` only, or in a list outside the stack",
            )
        if not use.is_seen and use.before.opened(use.after):
            yield (
                use.subject,
                "no listener of the stack uses the list: what leaves it is let in if it is one of refused networks",
            )


def _changes_authority(preview: Preview) -> bool:
    return any(one.is_change for one in t.of_type(preview, t.UPLOADED_CA))
