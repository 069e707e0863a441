"""The servers of a group. Each comes back with its address, sent or not, unless the behaviour `server-address` says otherwise."""

import ipaddress

from local.behaviours import SERVER_ADDRESS
from local.cloud.actions import Call, Response, action
from local.cloud.alb import server_groups
from local.cloud.documents import token_page
from local.cloud.errors import gone, invalid, refused
from local.cloud.parameters import Parameters
from local.cloud.products import ALB
from local.cloud.store import Document

MOST_PER_CALL = 200
_FAMILIES = {"Instance": ("Ecs", "Eni", "Eci"), "Ip": ("Ip",), "Fc": ("Fc",)}
"""Group type -> types of servers it takes; families cannot be mixed [SDK-ALB]."""


@action(ALB, "AddServersToServerGroup", source="docs", writes=True)
def add_servers_to_server_group(call: Call) -> Response:
    """Add servers that exist and are not in the group yet."""
    group = server_groups.find(call, call.parameters.required("ServerGroupId"))
    _add(call, group, _sent(call))
    return server_groups.settle(call, group)


@action(ALB, "ReplaceServersInServerGroup", source="sdk model", writes=True)
def replace_servers_in_server_group(call: Call) -> Response:
    """Take servers out and add others, in one step."""
    group = server_groups.find(call, call.parameters.required("ServerGroupId"))
    for item in _sent(call, "RemovedServers"):
        group["Servers"].remove(_member(group, item))
    _add(call, group, _sent(call, "AddedServers"))
    return server_groups.settle(call, group)


@action(ALB, "RemoveServersFromServerGroup", source="provider source", writes=True)
def remove_servers_from_server_group(call: Call) -> Response:
    """Take servers out; ServerIp counts only if it is sent."""
    group = server_groups.find(call, call.parameters.required("ServerGroupId"))
    for item in _sent(call):
        group["Servers"].remove(_member(group, item))
    return server_groups.settle(call, group)


@action(ALB, "UpdateServerGroupServersAttribute", source="sdk model", writes=True)
def update_server_group_servers_attribute(call: Call) -> Response:
    """Change weight and description in place; the provider never does, it removes and adds."""
    group = server_groups.find(call, call.parameters.required("ServerGroupId"))
    for item in _sent(call):
        server = _member(group, item)
        if item.text("Weight"):
            server["Weight"] = item.integer("Weight", 0, 100)
        if "Description" in item:
            server["Description"] = item.text("Description")
    return server_groups.settle(call, group)


@action(ALB, "ListServerGroupServers", source="provider source")
def list_server_group_servers(call: Call) -> Response:
    """The servers of a group, or of all groups."""
    id, wanted = call.parameters.text("ServerGroupId"), call.parameters.texts("ServerIds")
    groups = [server_groups.find(call, id)] if id else call.store.list(server_groups.KIND)
    rows = [
        {"RemoteIpEnabled": False, **_shown(call, server), "ServerGroupId": group["ServerGroupId"]}
        for group in groups
        for server in group["Servers"]
        if not wanted or server["ServerId"] in wanted
    ]
    return token_page(call.parameters, rows, "Servers", default=100)


def _sent(call: Call, name: str = "Servers") -> list[Parameters]:
    items = list(call.parameters.objects(name))
    if not 1 <= len(items) <= MOST_PER_CALL:
        raise invalid(name, f"1 to {MOST_PER_CALL} servers a call")
    return items


def _add(call: Call, group: Document, items: list[Parameters]) -> None:
    for item in items:
        server = _server(call, item, group)
        if any(_key(server) == _key(other) for other in group["Servers"]):
            raise refused("ResourceAlreadyExist.BackendServer", "The server is in the server group already.")
        group["Servers"].append(server)


def _server(call: Call, item: Parameters, group: Document) -> Document:
    """A checked server; weight 100 when it is left out, but the provider never leaves it out: it sends 0."""
    type_ = item.any_case("ServerType", _FAMILIES[group["ServerGroupType"]])
    server: Document = {"ServerId": item.required("ServerId"), "ServerType": type_, "Status": "Available"}
    if type_ != "Fc":
        server |= {"Port": item.integer("Port", 1, 65535), "Weight": item.integer("Weight", 0, 100, 100)}
    for name in ("ServerIp", "Description"):
        if item.text(name):
            server[name] = item.text(name)
    if "RemoteIpEnabled" in item:
        server["RemoteIpEnabled"] = item.boolean("RemoteIpEnabled")
    _check_exists(call, server, group)
    sent = bool(server.get("ServerIp"))
    return server | ({"ServerIp": address, "Sent": sent} if (address := _address(call, server)) else {})


def _shown(call: Call, server: Document) -> Document:
    is_hidden = not server.get("Sent", True) and call.context.behaviours.is_(SERVER_ADDRESS, "echoed")
    return {key: value for key, value in server.items() if key != "Sent" and not (is_hidden and key == "ServerIp")}


def _address(call: Call, server: Document) -> str:
    if server["ServerType"] == "Ecs":
        instance = call.store.get("ecs.instance", server["ServerId"]) or {}
        return str(server.get("ServerIp") or instance.get("PrivateIpAddress", ""))
    return str(server.get("ServerIp") or (server["ServerId"] if server["ServerType"] == "Ip" else ""))


def _check_exists(call: Call, server: Document, group: Document) -> None:
    if server["ServerType"] == "Ecs":
        instance = call.store.get("ecs.instance", server["ServerId"])
        if instance is None:
            raise gone("ResourceNotFound.BackendServer", "backend server")
        if instance["VpcId"] != group["VpcId"]:
            raise refused("VpcNotMatch.BackendServer", "The server is not in the VPC of the server group.")
    if server["ServerType"] == "Ip":
        _check_address(call, server, group)


def _check_address(call: Call, server: Document, group: Document) -> None:
    """An address of the VPC, or any with RemoteIpEnabled."""
    try:
        address = ipaddress.ip_address(server.get("ServerIp") or server["ServerId"])
    except ValueError:
        raise invalid("Servers.ServerIp", "an IP address is expected") from None
    network = call.store.get("vpc.vpc", group["VpcId"]) or {}
    inside = address in ipaddress.ip_network(network.get("CidrBlock", "0.0.0.0/0"))
    if not inside and not server.get("RemoteIpEnabled"):
        raise invalid("Servers.ServerIp", "an address of the VPC, or RemoteIpEnabled")


def _member(group: Document, item: Parameters) -> Document:
    id, address, port = item.required("ServerId"), item.text("ServerIp"), item.integer("Port", 0, 65535, 0)
    type_ = item.any_case("ServerType", (*_FAMILIES[group["ServerGroupType"]], ""), "")
    for server in group["Servers"]:
        same = server["ServerId"] == id and type_ in ("", server["ServerType"])
        if same and port in (0, server.get("Port")) and address in ("", server.get("ServerIp")):
            found: Document = server
            return found
    raise gone("ResourceNotFound.BackendServer", "backend server")


def _key(server: Document) -> tuple[str, str, int]:
    return server["ServerId"], server.get("ServerIp", ""), server.get("Port", 0)
