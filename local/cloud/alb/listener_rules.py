"""What a listener may hold: checked on the whole listener, after a create or an update has been applied to it."""

import re

from local.behaviours import OTHER_SITE
from local.cloud.actions import Call
from local.cloud.alb import security_policies, server_groups
from local.cloud.errors import gone, invalid, refused
from local.cloud.store import Document, Store

GROUP_PROTOCOLS = {
    "HTTP": ("HTTP",),
    "HTTPS": ("HTTP", "HTTPS", "gRPC", "GRPC"),
    "QUIC": ("HTTP", "gRPC", "GRPC"),
}
"""Listener protocol -> protocols of the groups it forwards to [SDK-ALB create_server_group]."""
SITES = ("cn-hangzhou", "ap-southeast-1")
_REGION = re.compile(r"[a-z]{2}-[a-z]+(?:-\d+)?")
_ALIAS = re.compile(r"[0-9a-z_-]{1,40}")


def check(call: Call, listener: Document, balancer: Document) -> None:
    """Raise CloudError unless the listener can work on that load balancer."""
    _check_default_action(call, listener, balancer)
    _check_server_certificate(call, listener)
    _check_client_verification(call, listener, balancer)
    _check_policy(call, listener, balancer)
    _check_forwarded(listener)


def check_port_free(store: Store, listener: Document) -> None:
    """Port and transport are unique on a load balancer; QUIC is UDP and may share a number with HTTPS."""
    udp = listener["ListenerProtocol"] == "QUIC"
    for other in store.list("alb.listener"):
        same = (other["LoadBalancerId"], other["ListenerPort"]) == (
            listener["LoadBalancerId"],
            listener["ListenerPort"],
        )
        if same and (other["ListenerProtocol"] == "QUIC") == udp:
            raise refused("ResourceAlreadyExist.Listener", "A listener of this port exists on the load balancer.")


def check_certificate_exists(call: Call, identifier: str) -> None:
    """`<CertId>-<site>` of an uploaded server certificate, with the site it was uploaded to."""
    number, _, suffix = identifier.partition("-")
    document = call.store.get("cas.server_certificate", number)
    if document is None or not _is_seen(call, suffix, document["Site"]):
        raise gone("ResourceNotFound.Certificate", "server certificate")


def _is_seen(call: Call, suffix: str, site: str) -> bool:
    behaviours = call.context.behaviours
    if behaviours.is_(OTHER_SITE, "region"):
        return _REGION.fullmatch(suffix) is not None and suffix.startswith("cn-") is site.startswith("cn-")
    return suffix == site or (behaviours.is_(OTHER_SITE, "seen") and suffix in SITES)


def check_group(call: Call, group_id: str, listener_protocol: str, network_id: str) -> None:
    """A server group that exists, in the VPC of the balancer, of a protocol the listener can forward to."""
    group = server_groups.find(call, group_id)
    if group.get("VpcId", network_id) != network_id:
        raise refused("VpcNotMatch.ServerGroup", "The server group is not in the VPC of the load balancer.")
    if group.get("Protocol", "HTTP") not in GROUP_PROTOCOLS[listener_protocol]:
        raise refused("ProtocolNotMatch.ServerGroup", "The protocol of the server group does not fit the listener's.")


def _check_default_action(call: Call, listener: Document, balancer: Document) -> None:
    actions = listener.get("DefaultActions", [])
    if len(actions) != 1 or len(actions[0]["ForwardGroupConfig"]["ServerGroupTuples"]) != 1:
        raise invalid("DefaultActions", "exactly one action that forwards to one server group")
    group = actions[0]["ForwardGroupConfig"]["ServerGroupTuples"][0]["ServerGroupId"]
    check_group(call, group, listener["ListenerProtocol"], balancer["VpcId"])


def _check_server_certificate(call: Call, listener: Document) -> None:
    certificates = listener.get("Certificates", [])
    if listener["ListenerProtocol"] == "HTTP":
        if certificates:
            raise invalid("Certificates", "an HTTP listener takes none")
        return
    if len(certificates) != 1:
        raise invalid("Certificates", f"exactly one default certificate on a {listener['ListenerProtocol']} listener")
    check_certificate_exists(call, certificates[0]["CertificateId"])


def _check_client_verification(call: Call, listener: Document, balancer: Document) -> None:
    """Mutual TLS: HTTPS only, Standard or StandardWithWaf, one uploaded CA (alibaba-cloud.md §1.1)."""
    authorities = listener.get("CaCertificates", [])
    if len(authorities) > 1:
        raise invalid("CaCertificates", "one CA certificate at most")
    for authority in authorities:
        if call.store.get("cas.ca_certificate", authority["CertificateId"]) is None:
            raise gone("ResourceNotFound.CaCertificate", "CA certificate")
    if not listener.get("CaEnabled"):
        return
    if listener["ListenerProtocol"] != "HTTPS":
        raise invalid("CaEnabled", "only an HTTPS listener verifies clients")
    if balancer["LoadBalancerEdition"] == "Basic":
        raise refused("OperationDenied.CaNotSupported", "The Basic edition does not support mutual authentication.")
    if not authorities:
        raise refused("MissingParameter", "CaEnabled is true and no CaCertificates are given.")


def _check_policy(call: Call, listener: Document, balancer: Document) -> None:
    policy = listener.get("SecurityPolicyId")
    if policy is None:
        return
    if listener["ListenerProtocol"] != "HTTPS":
        raise invalid("SecurityPolicyId", "only an HTTPS listener has one")
    security_policies.check_usable(call, policy, balancer["LoadBalancerEdition"])


def _check_forwarded(listener: Document) -> None:
    """Client certificate headers only on HTTPS; an alias has 1 to 40 characters of a small alphabet."""
    for name, value in listener["XForwardedForConfig"].items():
        of_certificate = name.startswith("XForwardedForClientCert")
        if of_certificate and value is True and listener["ListenerProtocol"] != "HTTPS":
            raise invalid(f"XForwardedForConfig.{name}", "only an HTTPS listener sees client certificates")
        if name.endswith("Alias") and value and not _ALIAS.fullmatch(value):
            raise invalid(f"XForwardedForConfig.{name}", "1 to 40 of a to z, 0 to 9, hyphen and underscore")
