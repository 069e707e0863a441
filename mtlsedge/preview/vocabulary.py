"""What a preview says about listeners, groups, names and certificates: the words the rules are written in.

Works on the alicloud provider's resource types, so stacks that are not ours are read as well; what only ours has
(dynamic certificates) is recognised by its own types. An AlbConfig counts as the load balancer and listeners it makes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from exposure import alb_config, nlb, reach
from exposure.facts import block, switch
from exposure.reach import OWN_ACTIONS, Resource, Routes
from mtlsedge.preview import cluster_parts
from mtlsedge.preview.events import UNKNOWN_TEXT, Change, Preview

LISTENER, LOAD_BALANCER, RULE = reach.LISTENER, reach.LOAD_BALANCER, reach.RULE
SERVER_GROUP, SERVERS = reach.SERVER_GROUP, reach.OWN_SERVERS
ZONES = "mtlsedge:index:LoadBalancerZones"
ACL = "alicloud:alb/acl:Acl"
ACL_ATTACHMENT = "alicloud:alb/listenerAclAttachment:ListenerAclAttachment"
TLS_POLICY = "alicloud:alb/securityPolicy:SecurityPolicy"
ACL_ENTRY = "alicloud:alb/aclEntryAttachment:AclEntryAttachment"
RECORD = "alicloud:dns/alidnsRecord:AlidnsRecord"
SECURITY_GROUP = "alicloud:ecs/securityGroup:SecurityGroup"
BALANCER_GROUP = "alicloud:alb/loadBalancerSecurityGroupAttachment:LoadBalancerSecurityGroupAttachment"
SECURITY_RULE = "alicloud:ecs/securityGroupRule:SecurityGroupRule"
CLIENT_CERTIFICATE = "clientcert"
"""In the name of each header about the client's certificate that has no name of its own."""
UPLOADED_CERTIFICATE = "alicloud:cas/serviceCertificate:ServiceCertificate"
CERTIFICATE = "mtlsedge:index:Certificate"
PCA_CLIENT = "mtlsedge:index:PcaClient"
UPLOADED_CA = "mtlsedge:index:UploadedCa"

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
    for one in preview.once(_parts):
        if one.type in types:
            yield one


def _parts(preview: Preview) -> tuple[Change, ...]:
    """Each resource, followed by what it makes or is in the words of ALB."""
    ingresses = [one for one in preview.changes if one.type == alb_config.INGRESS]
    found: list[Change] = []
    for change in preview.changes:
        of_cluster = (
            cluster_parts.serving(one, ingresses) if one.type == LISTENER else one
            for one in cluster_parts.parts(change)
        )
        found += [change, *of_cluster, *_of_nlb(change)]
    return tuple(found)


def _of_nlb(change: Change) -> Iterator[Change]:
    """An NLB resource as its kind of ALB; of any other resource nothing."""
    if change.type in nlb.WORDS:
        old, new = (nlb.in_words_of_alb(change.type, one) for one in (change.old, change.new))
        yield replace(change, type=nlb.WORDS[change.type], old=old, new=new)


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
    """Whether a listener certainly demands client certificates."""
    return switch((inputs or {}).get("caEnabled")) is True


def trusted(inputs: Inputs | None) -> list[str]:
    """Identifiers of the CAs a listener trusts."""
    listed = (inputs or {}).get("caCertificates") or ()
    if isinstance(listed, str):
        return [listed]
    return [str(block(entry).get("certificateId", "")) for entry in listed]


def headers(inputs: Inputs | None) -> dict[str, str]:
    """Fact of the client certificate -> request header that carries it."""
    given = block((inputs or {}).get("xForwardedForConfig"))
    return {
        fact: str(given.get(f"{stem}Alias") or "(default)")
        for fact, stem in CLIENT_CERTIFICATE_HEADERS.items()
        if switch(given.get(f"{stem}Enabled"))
    }


def replaced_headers(preview: Preview, *, after: bool) -> set[str]:
    """Headers about the client's certificate that a rule writes or takes away itself, each with what it does, in small letters."""
    names = {alias.lower() for one in listeners(preview, "HTTPS") for alias in headers(one.new).values()}
    found = set()
    for one in of_type(preview, RULE, OWN_ACTIONS):
        actions = actions_of(one.new if after else one.old)
        for action in actions if isinstance(actions, list) else ():
            for kind in ("insertHeaderConfig", "removeHeaderConfig"):
                given = block(block(action).get(kind))
                key = str(given.get("key", "")).lower()
                if key in names or CLIENT_CERTIFICATE in key or (key and not is_known(key)):
                    found.add(" ".join([kind.removesuffix("HeaderConfig"), key, str(given.get("value", ""))]).strip())
    return found


def actions_of(inputs: Inputs | None) -> Any:
    """What a rule does, by its own properties or by those of the resource for it."""
    return (inputs or {}).get("ruleActions", (inputs or {}).get("actions"))


def is_protected(inputs: Inputs | None) -> bool | None:
    """Whether a load balancer is protected against deletion, by either of its properties; None if that cannot be read."""
    nested = (inputs or {}).get("deletionProtectionConfig")
    said = (inputs or {}).get("deletionProtectionEnabled"), block(nested).get("enabled", nested)
    read = [switch(one) for one in said]
    return True if True in read else None if None in read else False


def before(preview: Preview) -> Routes:
    """The stack before the change."""
    return _moment(preview, after=False)


def after(preview: Preview) -> Routes:
    """The stack after the change. What `up` makes has no id yet."""
    return _moment(preview, after=True)


def as_told(preview: Preview) -> tuple[Routes, Routes]:
    """The stack before and after, where a server group that it does not declare has no servers."""
    return _moment(preview, after=False, are_others_empty=True), _moment(preview, after=True, are_others_empty=True)


def guarded(preview: Preview) -> frozenset[str]:
    """Servers that some listener reached only for clients with a certificate."""
    return preview.once(before).guarded()


def _moment(preview: Preview, *, after: bool, are_others_empty: bool = False) -> Routes:
    found = (each for one in preview.once(_parts) if (each := resource(one, after=after)) is not None)
    return Routes(found, are_others_empty=are_others_empty)


def resource(change: Change, *, after: bool) -> Resource | None:
    """A resource before or after the change; None where it does not exist. What is imported was not managed before."""
    inputs = change.new if after else None if change.operation == "import" else change.old
    if inputs is None:
        return None
    if change.type == LISTENER and cluster_parts.is_part(change):
        place = f"{change.name} {inputs.get('listenerProtocol')} {inputs.get('listenerPort')}"
        return Resource(change.type, place, change.parent, inputs)
    return Resource(change.type, "" if after and change.is_made else change.id, change.parent, inputs)


def members(inputs: Inputs | None) -> dict[str, Inputs]:
    """Server -> how it stands in its group, by its name; in a group's own list, by its description or its id and port.

    Of servers that are hidden or known after `up` only there is none.
    """
    servers = (inputs or {}).get("servers") or ()
    if isinstance(servers, Mapping):
        return {name: block(entry) for name, entry in servers.items()}
    if isinstance(servers, str):
        return {}
    return {
        str(entry.get("description") or f"{entry.get('serverId')}:{entry.get('port')}").rsplit("/", 1)[-1]: entry
        for entry in map(block, servers)
    }


def zones(inputs: Inputs | None) -> set[str]:
    """The zones of a load balancer, from its own list or from the resource that manages them."""
    declared = (inputs or {}).get("zones")
    if isinstance(declared, Mapping):
        return set(declared)
    mappings = (inputs or {}).get("zoneMappings") or ()
    return set() if isinstance(mappings, str) else {str(block(entry).get("zoneId", "")) for entry in mappings}


def group_name(change: Change) -> str:
    """A server group's name in the stack file, as far as the resource's own tells it."""
    name = change.name.removeprefix("server-groups-")
    return name.removesuffix("-servers") if change.type == SERVERS else name


def owner(change: Change) -> str:
    """The client a certificate is for: the name of the component around it."""
    parent = change.parent.rsplit("::", 1)[-1]
    return parent.removeprefix("client-") if parent.startswith("client-") else change.name


def client_certificates(preview: Preview) -> Iterator[Change]:
    """Certificates of clients, whether the stack's own CA signs them or the private CA service does."""
    for change in of_type(preview, CERTIFICATE, PCA_CLIENT):
        profiles = (change.old or {}).get("profile"), (change.new or {}).get("profile")
        if change.type == PCA_CLIENT or "client" in profiles:
            yield change


def host(inputs: Inputs | None) -> str:
    """The full name of a DNS record."""
    zone, rr = str((inputs or {}).get("domainName", "")), str((inputs or {}).get("rr", ""))
    return zone if rr == "@" else f"{rr}.{zone}"
