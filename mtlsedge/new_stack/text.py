"""The text of a new stack file: the facts it was given, and a comment where somebody will have to decide something."""

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping

from mtlsedge.new_stack.questions import ISSUE, Answers, listed, paired
from mtlsedge_components import sites

SCHEMA = "# yaml-language-server: $schema=docs/reference/settings.schema.json"
"""By this line an editor completes and checks what is written below."""
PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[A-Za-z][A-Za-z0-9._/-]*", re.IGNORECASE)
"""What YAML reads as the text it is, without quotes."""


def stack_file(name: str, answers: Answers, year: int) -> str:
    """The whole file. Whether its values are allowed, the settings decide; here nothing is checked."""
    parts = [_head(name), _account(answers), _authority(answers, year), _certificate(answers), _network(answers)]
    if "servers" in answers:
        parts += [_servers(answers), _entry_point(name, answers)]
    if "ingresses" in answers:
        parts.append(_kubernetes(answers))
    return "".join(line + "\n" for part in parts for line in part)


def _head(name: str) -> Iterator[str]:
    yield SCHEMA
    yield f"# The stack {name}, made by `python -m mtlsedge stack new`. Nothing in this file is a secret, and credentials"
    yield "# never stand here. Every setting, with its default, is in Pulumi.dev.yaml; the guide: docs/guides/environments.md."
    yield "config:"


def _account(answers: Answers) -> Iterator[str]:
    yield f"  alicloud:region: {_text(answers['region'])}"
    yield f"  alicloud:accountType: {answers['account-type']}"
    site: sites.Site = "china" if answers["site"] == "china" else "international"
    if sites.of_provider(answers["account-type"], answers["region"]) != site:
        yield "  # Without it the provider would upload certificates to the site where this region's load balancers do not look."
        yield f"  alicloud:endpoints: [{{cas: {sites.HOSTS[site]}}}]"
    yield "  # `up` with credentials of another account is refused before its first write."
    yield f"  mtlsedge:accountId: {json.dumps(answers['account-id'])}"
    yield f"  mtlsedge:certificateSite: {answers['site']}"
    yield "  # true protects CA keys and load balancer from deletion, and refuses the CA of a stack that is not production."
    yield f"  mtlsedge:production: {'true' if answers['production'] == 'yes' else 'false'}"


def _authority(answers: Answers, year: int) -> Iterator[str]:
    kind = answers["authority"]
    yield "  mtlsedge:authority:"
    if kind == "self-managed":
        yield "    # The keys are made by this stack and live, encrypted, in its state: docs/guides/custody.md compares the ways."
        yield "    # A generation never changes once it exists; a second one begins a rotation: docs/guides/rotation.md."
        yield f'    selfManaged: {{generations: {{"{year}": {{subject: {_subject(answers)}}}}}}}'
    elif kind == "external":
        yield "    # Only the certificate: the key lies offline or in a stack of its own, and clients are signed there."
        yield f"    external: {{certificateFile: {_text(answers['ca-file'])}}}"
    elif kind == "private-ca":
        yield "    # Made by Alibaba Cloud's private CA service, which keeps the keys; paid."
        yield f"    privateCa: {{subject: {_subject(answers)}}}"
    else:
        yield "    # It was uploaded elsewhere: nothing is uploaded, issued or deleted here."
        yield f"    identifier: {_text(answers['ca-identifier'])}"
    if "clients" in answers:
        yield "  # Export a client's files: python -m mtlsedge clients export NAME --to FOLDER"
        yield f"  mtlsedge:clients: {_mapping(dict.fromkeys(listed(answers['clients']), '{}'))}"


def _subject(answers: Answers) -> str:
    keys = {"common-name": "commonName", "organization": "organization", "country": "country", "state": "state",
            "locality": "locality", "unit": "unit"}  # fmt: skip
    return _mapping({keys[flag]: _text(answers[flag]) for flag in keys if flag in answers})


def _certificate(answers: Answers) -> Iterator[str]:
    if answers["server-certificate"] == ISSUE:
        yield "  # Signed by the stack's own authority: for test stacks, browsers do not trust it."
        names = "" if "servers" in answers else f", names: {_list(list(paired('ingresses', answers['ingresses'])))}"
        yield f"  mtlsedge:serverCertificate: {{issueFromAuthority: true{names}}}"
    else:
        yield "  # It is only read: that it exists, is in date and covers the names below."
        yield f"  mtlsedge:serverCertificate: {{id: {_text(answers['server-certificate'])}}}"


def _network(answers: Answers) -> Iterator[str]:
    zones = _mapping({zone: _text(switch) for zone, switch in paired("zones", answers["zones"]).items()})
    yield "  mtlsedge:network:"
    yield f"    vpcId: {_text(answers['vpc'])}"
    yield f"    zones: {zones}"


def _servers(answers: Answers) -> Iterator[str]:
    servers = paired("servers", answers["servers"])
    yield "  mtlsedge:serverGroups:"
    yield "    web:"
    yield f"      type: {'ip' if all(_is_address(one) for one in servers.values()) else 'instance'}"
    yield f"      port: {answers['server-port']}"
    yield f"      servers: {_mapping({name: _text(one) for name, one in servers.items()})}"
    yield "      healthCheck: {path: /} # what answers 200 as long as the server is well"


def _entry_point(name: str, answers: Answers) -> Iterator[str]:
    yield "  mtlsedge:loadBalancer:"
    yield "    edition: Standard"
    yield "    addressType: Internet # or Intranet"
    yield "    deletionProtection: true"
    yield "    # accessLog: {project: …, store: …} # who came in, with which certificate; both have to exist"
    yield f"    tags: {{environment: {_text(name)}}}"
    yield "  mtlsedge:listener:"
    yield "    default: web"
    yield "    port: 443"
    yield "    tlsPolicy: tls_cipher_policy_1_2_strict_with_1_3"
    yield "    redirectHttp: true"
    yield "    forwardClientCertificate: {subject: x-client-subject, fingerprint: x-client-fingerprint, verification: x-client-verify}"
    yield "    # allowFrom: [203.0.113.0/24] # networks that may connect at all; default: everybody, with a certificate"
    yield f"  mtlsedge:domain: {{zone: {_text(answers['zone'])}, names: {_list(listed(answers['names']))}}}"


def _kubernetes(answers: Answers) -> Iterator[str]:
    yield "  mtlsedge:kubernetes: # docs/guides/kubernetes.md"
    yield f"    context: {_text(answers['context'])}"
    yield "    # Names the cluster for good: only another one replaces what is in it."
    yield f"    clusterIdentifier: {_text(answers['cluster'])}"
    yield "    # Or one that exists: {adopt: alb}. Left out, it is made and named after the stack."
    yield "    albConfig: {}"
    yield "    ingresses:"
    for number, (host, service) in enumerate(paired("ingresses", answers["ingresses"]).items(), start=1):
        yield f"      ingress-{number}: {{host: {_text(host)}, service: {json.dumps(service)}}}"
    yield f"    domain: {{zone: {_text(answers['zone'])}}}"


def _mapping(values: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{_text(key)}: {value}" for key, value in values.items()) + "}"


def _list(values: list[str]) -> str:
    return "[" + ", ".join(_text(value) for value in values) + "]"


def _text(value: str) -> str:
    return value if PLAIN.fullmatch(value) else json.dumps(value)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
