"""Redirect actions: the Location header is made of the request and the templates of the rule.

Ports are the declared ones translated to where this machine serves them (443 -> 8443), so that a browser
that follows a redirect arrives.
"""

import re

from local.proxy.protobuf import Json
from local.proxy.scope import Scope

_GROUP = re.compile(r"\$\{([1-3])\}")
RESPONSE_CODES = {
    "301": "MOVED_PERMANENTLY", "302": "FOUND", "303": "SEE_OTHER", "307": "TEMPORARY_REDIRECT",
    "308": "PERMANENT_REDIRECT",
}  # fmt: skip


def redirect(scope: Scope, config: Json, expression: str) -> Json | None:
    """Envoy's RedirectAction, or None for a template that Envoy has no counterpart for."""
    host, path, query = (str(config.get(key) or "") for key in ("Host", "Path", "Query"))
    target = path_and_query(scope, path, query, expression)
    if target is None or ("${" in host and host != "${host}"):
        return None
    action: Json = {
        "scheme_redirect": _scheme(scope, config),
        "port_redirect": _port(scope, config),
        "response_code": RESPONSE_CODES[str(config.get("HttpCode") or "301")],
    }
    if host not in ("", "${host}"):
        action["host_redirect"] = host
    return action | target


def _scheme(scope: Scope, config: Json) -> str:
    protocol = str(config.get("Protocol") or "")
    return scope.scheme if protocol in ("", "${protocol}") else protocol.lower()


def _port(scope: Scope, config: Json) -> int:
    port = str(config.get("Port") or "")
    return scope.port(int(scope.listener["ListenerPort"] if port in ("", "${port}") else port))


def path_and_query(scope: Scope, path: str, query: str, expression: str) -> Json | None:
    """Path templates with `${path}`, `${protocol}`, `${port}` and the groups of the rule's expression; a query that is kept
    (`${query}`), dropped or literal.

    Returns the fields shared by Envoy's redirects, or None when a template is not expressible.
    """
    keep_query = query in ("", "${query}")
    if not keep_query and "${" in query:
        return None
    if path in ("", "${path}") and keep_query:
        return {}
    # A backslash begins a group reference in a substitution.
    text = (path or "${path}").replace("\\", "\\\\").replace("${protocol}", scope.scheme)
    text = text.replace("${port}", str(scope.listener["ListenerPort"]))
    regex = expression if _GROUP.search(text) else "(.*)"
    substitution = _GROUP.sub(r"\\\1", text) if regex == expression else text.replace("${path}", r"\1")
    if "${" in substitution or not _has_groups(regex, substitution):
        return None
    rewrite = {"pattern": {"regex": f"^{regex}$"}, "substitution": substitution + ("" if keep_query else f"?{query}")}
    return {"regex_rewrite": rewrite} | ({} if keep_query else {"strip_query": True})


def _has_groups(regex: str, substitution: str) -> bool:
    """Envoy refuses all rules of a listener for a group that an expression does not have."""
    try:
        groups = re.compile(regex).groups
    except re.error:
        return False
    return all(int(number) <= groups for number in re.findall(r"\\(\d)", substitution.replace("\\\\", "")))
