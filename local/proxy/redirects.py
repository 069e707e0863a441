"""Redirect actions: the Location header is made of the request and the templates of the rule.

Ports are the declared ones translated to where this machine serves them (443 -> 8443), so that a browser
that follows a redirect arrives.
"""

from local.proxy.protobuf import Json
from local.proxy.scope import Scope

RESPONSE_CODES = {
    "301": "MOVED_PERMANENTLY", "302": "FOUND", "303": "SEE_OTHER", "307": "TEMPORARY_REDIRECT",
    "308": "PERMANENT_REDIRECT",
}  # fmt: skip


def redirect(scope: Scope, config: Json) -> Json | None:
    """Envoy's RedirectAction, or None for a template that Envoy has no counterpart for."""
    host, path, query = (str(config.get(key) or "") for key in ("Host", "Path", "Query"))
    target = path_and_query(path, query)
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


def path_and_query(path: str, query: str) -> Json | None:
    """Path templates `${path}` in any place, a query that is kept (`${query}`), dropped or literal.

    Returns the fields shared by Envoy's redirects, or None when a template is not expressible.
    """
    keep_query = query in ("", "${query}")
    if not keep_query and "${" in query:
        return None
    if path in ("", "${path}") and keep_query:
        return {}
    # A backslash begins a group reference in a substitution.
    substitution = (path or "${path}").replace("\\", "\\\\").replace("${path}", r"\1")
    if "${" in substitution:
        return None
    rewrite = {"pattern": {"regex": "^(.*)$"}, "substitution": substitution + ("" if keep_query else f"?{query}")}
    return {"regex_rewrite": rewrite} | ({} if keep_query else {"strip_query": True})
