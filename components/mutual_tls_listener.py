"""A listener that demands client certificates, with all that it needs, in one component."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict, cast

import pulumi

from mtlsedge_components.ca_repository import CaRepository
from mtlsedge_components.certificate_authority import CertificateAuthority, GenerationArgs
from mtlsedge_components.certificates import AlternativeNamesArgs, SubjectArgs
from mtlsedge_components.client_certificate import ClientCertificate, ClientCertificateArgs
from mtlsedge_components.forwarding_rules import (
    CorsArgs,
    FixedResponseArgs,
    ForwardingRuleArgs,
    InsertedHeaderArgs,
    RedirectArgs,
    RewriteArgs,
    TrafficLimitArgs,
)
from mtlsedge_components.https_listener import ClientCertificateHeadersArgs, ListenerArgs
from mtlsedge_components.identity import IdentityArgs
from mtlsedge_components.load_balancer import LoadBalancer, LoadBalancerArgs
from mtlsedge_components.naming import default_host
from mtlsedge_components.server_groups import ServerGroupArgs, ServerGroups
from mtlsedge_components.x509.rotation import leaf_generations

ENDS = ("server_group", "server_groups", "redirect", "fixed_response")
"""What a rule does, one of them."""


class GeneratedClientArgs(TypedDict):
    """A client that gets a certificate. All of it has a default: `{}` is a client."""

    subject: NotRequired[SubjectArgs]
    """Subject of the certificate. Default: the client's name as common name."""
    names: NotRequired[AlternativeNamesArgs]
    """Names that the certificate speaks for. Default: one host name below `.internal`."""
    validity_days: NotRequired[int]
    """Days that the certificate is valid, 1 to 3650. Default: 30."""
    renew_before_days: NotRequired[int]
    """Days before its end when it is renewed, fewer than `validity_days`. Default: 10."""
    csr_pem: NotRequired[str]
    """Certificate signing request, PEM. Then the client keeps its key. Default: the key is made here."""


# The arguments below its groups are those of ForwardingRuleArgs, said again: what a base class says of its arguments is not in
# the schema that the SDK infers.
class GroupRuleArgs(TypedDict):
    """What becomes of requests that meet all of its conditions. At least one condition is said, and one action."""

    server_group: NotRequired[str]
    """Name of the server group in `server_groups` that they go to."""
    server_groups: NotRequired[dict[str, int]]
    """Names of server groups in `server_groups` that share them -> weight, 0 to 100. 2 to 5 groups."""
    traffic_limit: NotRequired[TrafficLimitArgs]
    """How many requests a second are let through. Default: all."""
    cors: NotRequired[CorsArgs]
    """What browsers let pages of other sites do with the answers. Default: what the servers say."""
    rewrite: NotRequired[RewriteArgs]
    """What servers are asked for instead. Default: what the client asked."""
    insert_headers: NotRequired[dict[str, InsertedHeaderArgs]]
    """Header name -> what servers get as that request header."""
    remove_headers: NotRequired[list[str]]
    """Request headers that servers do not get."""
    redirect: NotRequired[RedirectArgs]
    """Where clients are sent instead."""
    fixed_response: NotRequired[FixedResponseArgs]
    """What the load balancer answers instead."""
    priority: int
    """1 to 10000; the rule with the lower number is asked first."""
    hosts: NotRequired[list[str]]
    """Host names of the request, any of them."""
    paths: NotRequired[list[str]]
    """Paths of the request, any of them; `*` stands for any text."""
    methods: NotRequired[list[str]]
    """Methods of the request, any of them, such as `POST`."""
    headers: NotRequired[dict[str, list[str]]]
    """Header name -> values: the request has each of the headers, with any of its values; `*` stands for any text."""
    cookies: NotRequired[dict[str, list[str]]]
    """Cookie name -> values: the request has one of the cookies, with any of its values."""
    query: NotRequired[dict[str, list[str]]]
    """Query parameter -> values: the request has one of the parameters, with any of its values."""
    source_ips: NotRequired[list[str]]
    """The client's address, in any of these CIDR blocks."""


class ClientBundle(TypedDict):
    """What a client needs to be let in."""

    certificate_pem: pulumi.Input[str]
    """Its certificate, PEM."""
    chain_pem: pulumi.Input[str]
    """What it sends after its certificate, PEM."""
    private_key_pem: pulumi.Input[str]
    """Its key, PEM. A secret; the empty string of a client that came with a CSR."""


class MutualTlsListenerArgs(TypedDict):
    """Who is let in, by whom they are certified, to which servers, and where the listener stands."""

    generations: list[GenerationArgs]
    """Generations of the certificate authority, oldest first; one is enough."""
    certificate_id: pulumi.Input[str]
    """Server certificate, `<CertId>-<suffix of the CAS site>`."""
    server_groups: dict[str, ServerGroupArgs]
    """Server groups by name: made here, or by `id` one that exists."""
    clients: NotRequired[dict[str, GeneratedClientArgs]]
    """Clients by name. Default: none, and the listener lets nobody in."""
    default_group: NotRequired[str]
    """Name of the server group that gets what no rule takes. Default: the only one."""
    rules: NotRequired[dict[str, GroupRuleArgs]]
    """Forwarding rules by name."""
    load_balancer_id: NotRequired[pulumi.Input[str]]
    """Id of a load balancer that exists (`alb-…`). Default: one is made in `vswitch_ids`."""
    vpc_id: NotRequired[pulumi.Input[str]]
    """VPC of a load balancer, and of server groups, that are made here."""
    vswitch_ids: NotRequired[dict[str, pulumi.Input[str]]]
    """Zone id -> vSwitch id of a load balancer that is made here, two zones or more."""
    address_type: NotRequired[str]
    """Of a load balancer that is made here: Internet (the default) or Intranet."""
    allow_from: NotRequired[dict[str, str]]
    """IPv4 block -> description, of the networks that may connect. Default: every network."""
    port: NotRequired[int]
    """1 to 65535. Default: 443."""
    http_port: NotRequired[int]
    """Port of an HTTP listener that redirects to the HTTPS one. Default: no such listener."""
    tls_policy: NotRequired[str]
    """Name of the TLS security policy. Default: `tls_cipher_policy_1_2_strict_with_1_3`."""
    client_certificate_headers: NotRequired[ClientCertificateHeadersArgs]
    """Headers that tell servers about the client's certificate. Default: none."""
    issuing: NotRequired[str]
    """Name of the generation that signs new certificates. Default: the only one."""
    trusted: NotRequired[str]
    """Name of the generation whose root the listener trusts. Default: the only one."""
    delivered: NotRequired[dict[str, str]]
    """Client -> generation of the certificate it carries in the field. Default: nobody has written it down."""
    site: NotRequired[str]
    """Site of Certificate Management Service: international (the default) or china."""
    identity: NotRequired[IdentityArgs]
    """Names, tags, import ids and protection."""


class MutualTlsListener(pulumi.ComponentResource):
    """An HTTPS listener that lets in clients with a certificate of its own authority, and nobody else.

    It makes the authority, uploads its root, makes the clients' certificates, the server groups, the listener and, where
    none is named, the load balancer. Client verification cannot be switched off here, and plain HTTP reaches no server.
    For more than its arguments say, put the single components together: `HttpsListener` and its neighbours.
    """

    id: pulumi.Output[str]
    """Id of the HTTPS listener (`lsn-…`)."""
    load_balancer_id: pulumi.Output[str]
    """Id of the load balancer (`alb-…`)."""
    dns_name: pulumi.Output[str]
    """Target for CNAME records; the empty string for a load balancer that was there before."""
    ca_identifier: pulumi.Output[str]
    """Identifier of the uploaded root."""
    clients: dict[str, ClientBundle]
    """Certificate, chain and key of each client by name."""

    def __init__(self, name: str, args: MutualTlsListenerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:MutualTlsListener", name, None, opts)
        generations = [generation["name"] for generation in args["generations"]]
        issuing = _chosen(f"{name}.issuing", args.get("issuing"), generations)
        trusted = _chosen(f"{name}.trusted", args.get("trusted"), generations)
        authority = self._authority(name, args, issuing, trusted)
        self.clients = self._clients(name, args, authority, issuing)
        self.ca_identifier = self._uploaded(name, args, authority)
        balancer = self._load_balancer(name, args, self._server_groups(name, args))
        self.id = balancer.https_listener_id or pulumi.Output.from_input("")
        self.load_balancer_id, self.dns_name = balancer.id, balancer.dns_name or pulumi.Output.from_input("")
        self.register_outputs(
            {"id": self.id, "loadBalancerId": self.load_balancer_id, "caIdentifier": self.ca_identifier}
        )

    def _authority(self, name: str, args: MutualTlsListenerArgs, issuing: str, trusted: str) -> CertificateAuthority:
        delivered = dict.fromkeys(args.get("clients", {}), "") | args.get("delivered", {})
        return CertificateAuthority(
            f"{name}-authority",
            {
                "generations": args["generations"],
                "issuing": issuing,
                "trusted": trusted,
                "delivered": delivered,
                "identity": args.get("identity", {}),
            },
            pulumi.ResourceOptions(parent=self),
        )

    def _clients(
        self, name: str, args: MutualTlsListenerArgs, authority: CertificateAuthority, issuing: str
    ) -> dict[str, ClientBundle]:
        made = {}
        for client, wanted in sorted(args.get("clients", {}).items()):
            carried = args.get("delivered", {}).get(client, "")
            generations = leaf_generations(tuple(authority.issuers), issuing, carried)
            certificate = ClientCertificate(
                f"{name}-client-{client}",
                _client(client, wanted, authority, generations, issuing),
                pulumi.ResourceOptions(parent=self),
            )
            made[client] = ClientBundle(
                certificate_pem=certificate.certificate["certificate_pem"],
                chain_pem=certificate.chain_pem,
                private_key_pem=certificate.private_key_pem,
            )
        return made

    def _uploaded(self, name: str, args: MutualTlsListenerArgs, authority: CertificateAuthority) -> pulumi.Output[str]:
        return CaRepository(
            f"{name}-ca",
            {
                "trusted": authority.trusted,
                "site": args.get("site", "international"),
                "identity": args.get("identity", {}),
            },
            pulumi.ResourceOptions(parent=self),
        ).identifier

    def _server_groups(self, name: str, args: MutualTlsListenerArgs) -> dict[str, pulumi.Output[str]]:
        return ServerGroups(
            f"{name}-servers",
            {"groups": args["server_groups"], "vpc_id": args.get("vpc_id"), "identity": args.get("identity", {})},
            pulumi.ResourceOptions(parent=self),
        ).ids

    def _load_balancer(
        self, name: str, args: MutualTlsListenerArgs, groups: Mapping[str, pulumi.Output[str]]
    ) -> LoadBalancer:
        default = _chosen(f"{name}.default_group", args.get("default_group"), list(groups))
        listener: ListenerArgs = {
            "server_group_id": groups[default],
            "certificate_id": args["certificate_id"],
            "ca_certificate_id": self.ca_identifier,
            "rules": {key: _rule(f"{name}.rules.{key}", rule, groups) for key, rule in args.get("rules", {}).items()},
        }
        if "port" in args:
            listener["port"] = args["port"]
        if "tls_policy" in args:
            listener["tls_policy"] = args["tls_policy"]
        if "client_certificate_headers" in args:
            listener["client_certificate_headers"] = args["client_certificate_headers"]
        wanted: LoadBalancerArgs = {
            "listener": listener,
            "vpc_id": args.get("vpc_id"),
            "address_type": args.get("address_type", "Internet"),
            "allow_from": args.get("allow_from", {}),
            "identity": args.get("identity", {}),
            "vswitch_ids": args.get("vswitch_ids", {}),
        }
        if "load_balancer_id" in args:
            wanted["load_balancer_id"] = args["load_balancer_id"]
        elif not args.get("vswitch_ids"):
            raise pulumi.RunError(f"{name}: found neither load_balancer_id nor vswitch_ids; allowed: one of them")
        if "http_port" in args:
            wanted["http_port"] = args["http_port"]
        return LoadBalancer(f"{name}-load-balancer", wanted, pulumi.ResourceOptions(parent=self))


def _client(
    name: str, wanted: GeneratedClientArgs, authority: CertificateAuthority, generations: tuple[str, ...], issuing: str
) -> ClientCertificateArgs:
    args: ClientCertificateArgs = {
        "subject": wanted.get("subject") or {"common_name": name},
        "names": wanted.get("names") or {"dns": [default_host(name, pulumi.get_stack(), pulumi.get_project())]},
        "issuers": {key: authority.issuers[key] for key in generations},
        "issuing": issuing,
    }
    if "validity_days" in wanted:
        args["validity_days"] = wanted["validity_days"]
    if "renew_before_days" in wanted:
        args["renew_before_days"] = wanted["renew_before_days"]
    if "csr_pem" in wanted:
        args["csr_pem"] = wanted["csr_pem"]
    return args


def _rule(path: str, rule: GroupRuleArgs, groups: Mapping[str, pulumi.Output[str]]) -> ForwardingRuleArgs:
    said = [key for key in ENDS if key in rule]
    if len(said) != 1:
        raise pulumi.RunError(
            f"{path}: found {' and '.join(said) or 'none'}; allowed: exactly one of {', '.join(ENDS)}"
        )
    made: ForwardingRuleArgs = {"priority": rule["priority"]}
    if "server_group" in rule:
        made["server_group_id"] = groups[_chosen(f"{path}.server_group", rule["server_group"], list(groups))]
    for name, weight in sorted(rule.get("server_groups", {}).items()):
        group = groups[_chosen(f"{path}.server_groups", name, list(groups))]
        made["server_groups"] = [*made.get("server_groups", []), {"server_group_id": group, "weight": weight}]
    asked = {key: value for key, value in rule.items() if key not in ("server_group", "server_groups", "priority")}
    return {**made, **cast("ForwardingRuleArgs", asked)}


def _chosen(path: str, said: str | None, names: list[str]) -> str:
    """The name that was said, or the only one. Raises `pulumi.RunError` for another."""
    if said is None and len(names) == 1:
        return names[0]
    if said not in names:
        raise pulumi.RunError(
            f"{path}: found {said or 'nothing'}; allowed: {', '.join(names) or 'none, there is none'}"
        )
    return said
