"""The plain HTTP listener: one that redirects, or one that serves content past mutual TLS."""

from mtlsedge.adopt.account import Found, Listener
from mtlsedge.adopt.draft import Document, Draft
from settings.listener import ALLOW_FORWARDING

CONDITIONS = [("Path", ["/*"])]


def add_http(draft: Draft, found: Found, https: Listener) -> Listener | None:
    """Put the HTTP listener that belongs to the HTTPS one into the draft; None if there is none that fits."""
    said = draft.settings["listener"]
    candidates = [one for one in found.listeners if one.protocol == "HTTP" and _same_times(one, https)]
    for listener in candidates:
        redirect = next((rule for rule in listener.rules if is_our_redirect(rule, https.port)), None)
        if redirect is not None:
            _add_redirecting(draft, found, listener, redirect)
            said |= {"redirectHttp": True, "httpPort": listener.port}
            return listener
    said["redirectHttp"] = False
    for listener in candidates:
        if listener.default_group == https.default_group and not listener.rules:
            said |= {"httpForwarding": ALLOW_FORWARDING, "httpPort": listener.port}
            draft.take("http-listener", listener.id, str(listener.document.get("ListenerDescription") or ""))
            return listener
    return None


def is_our_redirect(rule: Document, port: int) -> bool:
    """Whether a rule is the redirect to HTTPS on `port` that the program makes: to be taken over as it is."""
    actions, conditions = rule.get("RuleActions") or [], rule.get("RuleConditions") or []
    values = [(one["Type"], (one.get("PathConfig") or {}).get("Values")) for one in conditions]
    if len(actions) != 1 or values != CONDITIONS or int(rule["Priority"]) != 1:
        return False
    action = {key: value for key, value in (actions[0].get("RedirectConfig") or {}).items() if value}
    wanted = {
        "Protocol": "HTTPS",
        "Host": "${host}",
        "Port": str(port),
        "Path": "${path}",
        "Query": "${query}",
        "HttpCode": "301",
    }
    return int(actions[0].get("Order", 1)) == 1 and action == wanted


def is_our_empty_group(group: Document) -> bool:
    """Whether a server group is as the one the program makes for what is not redirected."""
    return (
        group.get("ServerGroupType") == "Ip"
        and group.get("Protocol") == "HTTP"
        and not group["Servers"]
        and not (group.get("HealthCheckConfig") or {}).get("HealthCheckEnabled")
        and not (group.get("StickySessionConfig") or {}).get("StickySessionEnabled")
    )


def _add_redirecting(draft: Draft, found: Found, listener: Listener, redirect: Document) -> None:
    draft.take("http-listener", listener.id, str(listener.document.get("ListenerDescription") or ""))
    draft.take("redirect-rule", str(redirect["RuleId"]), str(redirect.get("RuleName") or ""))
    group = found.groups.get(listener.default_group, {})
    if group and is_our_empty_group(group):
        draft.take("deny-group", listener.default_group, str(group.get("ServerGroupName") or ""))
    else:
        draft.kept.append(
            f"{listener.label}: its default action forwards to {listener.default_group}; nothing reaches it while "
            "the redirect stands. Taken out of `adopt`, the listener gets an empty server group instead"
        )
    draft.outside += [
        f"rule {rule.get('RuleName') or ''} ({rule['RuleId']}) of {listener.label}: beside the redirect, which wins"
        for rule in listener.rules
        if rule["RuleId"] != redirect["RuleId"]
    ]


def _same_times(listener: Listener, https: Listener) -> bool:
    """A stack file says the timeouts of both listeners once."""
    keys = ("IdleTimeout", "RequestTimeout")
    return all(listener.document.get(key) == https.document.get(key) for key in keys)
