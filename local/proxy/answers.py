"""Rules about answers: headers that are set or removed before the client sees them, by a program in Lua that Envoy runs.

Envoy's own matching cannot change an answer by its status. The first rule whose conditions hold is the one that is obeyed
(assumed: as it is with requests). What Envoy answers by itself, a redirect or a fixed response, is no server's answer.
"""

from collections.abc import Iterable

from local.proxy.headers import of_listener
from local.proxy.protobuf import Json, extension, typed
from local.proxy.scope import Scope

FILTER, MESSAGES = "filters.http.lua", "extensions.filters.http.lua.v3"
PROGRAM = """
function envoy_on_request(handle)
  local headers, kept = handle:headers(), handle:streamInfo():dynamicMetadata()
  for _, name in ipairs(NAMES) do
    kept:set("mtlsedge.answers", name, headers:get(name) or "")
  end
end

local function asked(handle, name)
  return (handle:streamInfo():dynamicMetadata():get("mtlsedge.answers") or {})[name] or ""
end

local SUBJECTS = {
  ResponseStatusCode = function(handle) return handle:headers():get(":status") or "" end,
  ResponseHeader = function(handle, key) return handle:headers():get(key) or "" end,
  Host = function(handle) return string.lower(string.gsub(asked(handle, ":authority"), ":%d+$", "")) end,
  Path = function(handle) return string.match(asked(handle, ":path"), "^[^?]*") end,
  Method = function(handle) return asked(handle, ":method") end,
  Header = function(handle, key) return asked(handle, key) end,
  Cookie = function(handle) return ";" .. string.gsub(asked(handle, "cookie"), ";%s*", ";") .. ";" end,
  QueryString = function(handle) return "&" .. (string.match(asked(handle, ":path"), "%?(.*)$") or "") .. "&" end,
}

local VALUES = {
  text = function(_, value) return value end,
  header = function(handle, value) return asked(handle, string.lower(value)) end,
  ClientSrcIp = function(handle) return string.match(handle:streamInfo():downstreamDirectRemoteAddress(), "^(.*):%d+$") end,
  ClientSrcPort = function(handle) return string.match(handle:streamInfo():downstreamDirectRemoteAddress(), "%d+$") end,
}

local function holds(handle, rule)
  for _, condition in ipairs(rule.conditions) do
    local subject, found = SUBJECTS[condition.kind](handle, condition.key), false
    for _, pattern in ipairs(condition.patterns) do
      found = found or string.find(subject, pattern) ~= nil
    end
    if not found then return false end
  end
  return true
end

function envoy_on_response(handle)
  for _, rule in ipairs(RULES) do
    if holds(handle, rule) then
      for _, action in ipairs(rule.actions) do
        if action.kind then
          handle:headers():replace(action.key, VALUES[action.kind](handle, action.value))
        else
          handle:headers():remove(action.key)
        end
      end
      return
    end
  end
end
"""
WHOLE = ("ResponseStatusCode", "ResponseHeader", "Host", "Path", "Method", "Header")
WITHIN = {"Cookie": (";", "[^;=]", "[^;]"), "QueryString": ("&", "[^&=]", "[^&]")}
"""Condition -> what stands between its pairs, and what a wildcard stands for in a key and in a value."""


class _Unserved(Exception):
    """What of a rule is not served."""


def http_filter() -> Json:
    """The filter with nothing to do of its own; the listener's routes say what it does."""
    return extension(FILTER, f"{MESSAGES}.Lua")


def obeyed(scope: Scope, routes: Json, rules: list[Json]) -> Json:
    """The routes of a listener with its rules about answers."""
    served = [rendered for rule in rules if (rendered := _rule(scope, rule))]
    if not served:
        return routes
    program = f"local NAMES = {_names(rules)}\nlocal RULES = {_table(served)}\n{PROGRAM}"
    for route in (one for host in routes["virtual_hosts"] for one in host["routes"] if "route" not in one):
        route["typed_per_filter_config"] = route.get("typed_per_filter_config", {}) | _config(disabled=True)
    return routes | {"typed_per_filter_config": _config(source_code={"inline_string": program})}


def _config(**fields: object) -> Json:
    return {f"envoy.{FILTER}": typed(f"{MESSAGES}.LuaPerRoute", **fields)}


def _rule(scope: Scope, rule: Json) -> str:
    try:
        conditions = [_condition(condition) for condition in rule.get("RuleConditions") or []]
        ordered = sorted(rule.get("RuleActions") or [], key=lambda action: int(action.get("Order") or 0))
        actions = [_action(scope, action) for action in ordered]
    except _Unserved as problem:
        scope.limitation(f"rule {rule['RuleId']} about answers has {problem}, which is not served; it does nothing")
        return ""
    return f"{{conditions = {_table(conditions)}, actions = {_table(actions)}}}"


def _condition(condition: Json) -> str:
    kind = str(condition.get("Type"))
    config = condition.get(f"{kind}Config") or {}
    if kind not in (*WHOLE, *WITHIN):
        raise _Unserved(f"a condition {kind}")
    patterns = [
        _within(value, *WITHIN[kind]) if kind in WITHIN else _whole(kind, value) for value in config.get("Values") or []
    ]
    key = str(config.get("Key") or "").lower()
    return f"{{kind = {_text(kind)}, key = {_text(key)}, patterns = {_table(map(_text, patterns))}}}"


def _whole(kind: str, value: str) -> str:
    if value.startswith("~"):
        raise _Unserved("a regular expression")
    return f"^{_wild(value.lower() if kind == 'Host' else value, '.')}$"


def _within(pair: Json, between: str, in_key: str, in_value: str) -> str:
    return f"{between}{_wild(pair['Key'], in_key)}={_wild(pair['Value'], in_value)}{between}"


def _wild(value: str, character: str) -> str:
    """A wildcard value as a pattern of Lua."""
    wild = {"*": f"{character}*", "?": character}
    return "".join(wild.get(one) or (one if one.isalnum() or not one.isascii() else f"%{one}") for one in value)


def _action(scope: Scope, action: Json) -> str:
    if action["Type"] == "RemoveHeader":
        return f"{{key = {_text(action['RemoveHeaderConfig']['Key'])}}}"
    if action["Type"] != "InsertHeader":
        raise _Unserved(f"an action {action['Type']}")
    config = action["InsertHeaderConfig"]
    kind, value = str(config.get("ValueType") or "UserDefined"), str(config.get("Value") or "")
    known = of_listener(scope)
    if kind == "SystemDefined":
        kind, value = ("text", known[value]) if value in known else (value, "")
    kind = {"UserDefined": "text", "ReferenceHeader": "header"}.get(kind, kind)
    return f"{{kind = {_text(kind)}, key = {_text(config['Key'])}, value = {_text(value)}}}"


def _names(rules: list[Json]) -> str:
    """Headers of the request that are still to be known when the answer comes."""
    conditions = [one for rule in rules for one in rule.get("RuleConditions") or [] if one.get("Type") == "Header"]
    inserted = [one.get("InsertHeaderConfig") or {} for rule in rules for one in rule.get("RuleActions") or []]
    found = {str(one["HeaderConfig"]["Key"]).lower() for one in conditions}
    found |= {str(one["Value"]).lower() for one in inserted if one.get("ValueType") == "ReferenceHeader"}
    return _table(_text(name) for name in (":authority", ":path", ":method", "cookie", *sorted(found)))


def _table(items: Iterable[str]) -> str:
    return "{" + ", ".join(items) + "}"


def _text(value: str) -> str:
    """A text in Lua in which nothing can end it."""
    plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_ .:/"
    return '"' + "".join(chr(byte) if byte in plain else f"\\{byte:03d}" for byte in value.encode()) + '"'
