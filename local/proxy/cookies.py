"""Stickiness by a cookie of the server's own: the load balancer puts the server's address before the value, and takes it off again.

Envoy keeps a client with a server by a header; this program in Lua carries that header in the cookie. No client sets the header.
"""

from local.proxy.protobuf import Json, typed

FILTER, LUA = "mtlsedge.cookies", "extensions.filters.http.lua.v3"
HEADER = "x-mtlsedge-server"
PROGRAM = """
local function kept(handle)
  return handle:streamInfo():dynamicMetadata()
end

function envoy_on_request(handle)
  local headers, name = handle:headers(), handle:metadata():get("name")
  headers:remove("x-mtlsedge-server")
  local cookies = headers:get("cookie")
  if not (name and cookies) then return end
  local sent = {}
  for pair in string.gmatch(cookies, "[^;]+") do
    local key, server, value = string.match(pair, "^%s*([^=%s]+)=([%w+/=]+)~(.*)$")
    if key == name then
      headers:replace("x-mtlsedge-server", server)
      kept(handle):set("mtlsedge.cookies", "server", server)
      pair = " " .. key .. "=" .. value
    end
    table.insert(sent, pair)
  end
  headers:replace("cookie", (string.gsub(table.concat(sent, ";"), "^%s+", "")))
end

function envoy_on_response(handle)
  local headers, name = handle:headers(), handle:metadata():get("name")
  local server = headers:get("x-mtlsedge-server") or (kept(handle):get("mtlsedge.cookies") or {}).server
  headers:remove("x-mtlsedge-server")
  if not (name and server) then return end
  local set = {}
  for index = 0, headers:getNumValues("set-cookie") - 1 do
    local cookie = headers:getAtIndex("set-cookie", index)
    local key, value = string.match(cookie, "^%s*([^=%s]+)=(.*)$")
    table.insert(set, key == name and key .. "=" .. server .. "~" .. value or cookie)
  end
  headers:remove("set-cookie")
  for _, cookie in ipairs(set) do headers:add("set-cookie", cookie) end
end
"""


def http_filter() -> Json:
    """The program, which does nothing on routes that name no cookie. It stands before the filter that keeps clients with servers."""
    return {"name": FILTER, "typed_config": typed(f"{LUA}.Lua", default_source_code={"inline_string": PROGRAM})}


def of_route(name: str) -> Json:
    """`metadata` of a route whose servers set this cookie."""
    return {"metadata": {"filter_metadata": {FILTER: {"name": name}}}}


def session_state() -> Json:
    """What keeps a client with a server."""
    message = "extensions.http.stateful_session.header.v3.HeaderBasedSessionState"
    return {"name": "envoy.http.stateful_session.header", "typed_config": typed(message, name=HEADER)}
