"""What a preview says about listeners, groups, names and certificates: the words the rules are written in.

Works on the alicloud provider's resource types, so stacks that are not ours are read as well; what only ours has
(dynamic certificates) is recognised by its own types. An AlbConfig counts as the load balancer and listeners it makes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mtlsedge.preview import alb_config
from mtlsedge.preview.events import UNKNOWN_TEXT, Change, Preview

LISTENER, LOAD_BALANCER = alb_config.LISTENER, alb_config.LOAD_BALANCER
RULE = "alicloud:alb/rule:Rule"
SERVER_GROUP = "alicloud:alb/serverGroup:ServerGroup"
ACL = "alicloud:alb/acl:Acl"
ACL_ATTACHMENT = "alicloud:alb/listenerAclAttachment:ListenerAclAttachment"
RECORD = "alicloud:dns/alidnsRecord:AlidnsRecord"
SECURITY_RULE = "alicloud:ecs/securityGroupRule:SecurityGroupRule"
UPLOADED_CERTIFICATE = "alicloud:cas/serviceCertificate:ServiceCertificate"
CERTIFICATE = "pulumi-python:dynamic/mtlsedge:Certificate"
UPLOADED_CA = "pulumi-python:dynamic/mtlsedge:UploadedCa"

Inputs = Mapping[str, Any]
CLIENT_CERTIFICATE_HEADERS = {
    "subject": "xForwardedForClientCertSubjectDn",
    "issuer": "xForwardedForClientCertIssuerDn",
    "fingerprint": "xForwardedForClientCertFingerPrint",
    "verification": "xForwardedForClientCertClientVerify",
}
"""Fact of the client certificate -> beginning of the listener's two properties about it."""


def of_type(preview: Preview, *types: str) -> Iterator[Change]:
    """The resources of some types, unchanged ones included."""
    for change in preview.changes:
        yield from (one for one in (change, *alb_config.parts(change)) if one.type in types)


def listeners(preview: Preview, protocol: str) -> Iterator[Change]:
    """Listeners that speak a protocol, before or after."""
    for change in of_type(preview, LISTENER):
        if protocol in ((change.old or {}).get("listenerProtocol"), (change.new or {}).get("listenerProtocol")):
            yield change


def is_known(value: Any) -> bool:
    """Whether a value, all of it, is known before `up`."""
    if isinstance(value, Mapping):
        return all(is_known(entry) for entry in value.values())
    if isinstance(value, list):
        return all(is_known(entry) for entry in value)
    return bool(value != UNKNOWN_TEXT)


def verifies(inputs: Inputs | None) -> bool:
    """Whether a listener demands client certificates."""
    return bool((inputs or {}).get("caEnabled"))


def trusted(inputs: Inputs | None) -> list[str]:
    """Identifiers of the CAs a listener trusts."""
    return [str(entry.get("certificateId", "")) for entry in (inputs or {}).get("caCertificates") or ()]


def headers(inputs: Inputs | None) -> dict[str, str]:
    """Fact of the client certificate -> request header that carries it."""
    block = (inputs or {}).get("xForwardedForConfig") or {}
    return {
        fact: str(block.get(f"{stem}Alias") or "(default)")
        for fact, stem in CLIENT_CERTIFICATE_HEADERS.items()
        if block.get(f"{stem}Enabled")
    }


def forwards_to(inputs: Inputs | None) -> list[str]:
    """Ids of the server groups that a listener's default action forwards to."""
    return [
        str(entry.get("serverGroupId", ""))
        for action in (inputs or {}).get("defaultActions") or ()
        for entry in (action.get("forwardGroupConfig") or {}).get("serverGroupTuples") or ()
    ]


def serves_content(preview: Preview, listener: Change, *, after: bool) -> bool:
    """Whether requests to a plain-HTTP listener reach a server: no rule redirects them all, and its group has servers.

    A group that this preview creates has no id yet; then any group it creates with servers counts.
    """
    inputs = listener.new if after else listener.old
    if inputs is not None and alb_config.is_part(listener):
        return alb_config.serves_content(preview, inputs, after=after)
    if inputs is None or any(_redirects_all(rule, listener, after=after) for rule in of_type(preview, RULE)):
        return False
    return any(_has_servers(preview, group, after=after) for group in forwards_to(inputs))


def _redirects_all(rule: Change, listener: Change, *, after: bool) -> bool:
    inputs = rule.new if after else rule.old
    if inputs is None or rule.parent != listener.parent:
        return False
    if is_known(inputs.get("listenerId")) and listener.id and inputs.get("listenerId") != listener.id:
        return False
    redirects = any(action.get("type") == "Redirect" for action in inputs.get("ruleActions") or ())
    paths = [
        str(path)
        for condition in inputs.get("ruleConditions") or ()
        for path in (condition.get("pathConfig") or {}).get("values") or ()
    ]
    return redirects and "/*" in paths and len(inputs.get("ruleConditions") or ()) == 1


def _has_servers(preview: Preview, group: str, *, after: bool) -> bool:
    for change in of_type(preview, SERVER_GROUP):
        inputs = change.new if after else change.old
        is_this = change.operation == "create" if group == UNKNOWN_TEXT else change.id == group
        if inputs is not None and is_this:
            if inputs.get("servers"):
                return True
            if group != UNKNOWN_TEXT:
                return False
    return group != UNKNOWN_TEXT


def members(inputs: Inputs | None) -> dict[str, Inputs]:
    """Server -> how it stands in its group; named by its description (ours: group/name), else by its id and port."""
    return {
        str(entry.get("description") or f"{entry.get('serverId')}:{entry.get('port')}").rsplit("/", 1)[-1]: entry
        for entry in (inputs or {}).get("servers") or ()
    }


def group_name(change: Change) -> str:
    """A server group's name in the stack file, as far as the resource's own tells it."""
    return change.name.removeprefix("server-groups-")


def owner(change: Change) -> str:
    """The client a certificate is for: the name of the component around it."""
    parent = change.parent.rsplit("::", 1)[-1]
    return parent.removeprefix("client-") if parent.startswith("client-") else change.name


def client_certificates(preview: Preview) -> Iterator[Change]:
    """Certificates of clients."""
    for change in of_type(preview, CERTIFICATE):
        if "client" in ((change.old or {}).get("profile"), (change.new or {}).get("profile")):
            yield change


def host(inputs: Inputs | None) -> str:
    """The full name of a DNS record."""
    zone, rr = str((inputs or {}).get("domainName", "")), str((inputs or {}).get("rr", ""))
    return zone if rr == "@" else f"{rr}.{zone}"


def networks(inputs: Inputs | None) -> set[str]:
    """The networks of an access control list."""
    return {str(entry.get("entry", "")) for entry in (inputs or {}).get("aclEntries") or ()}
