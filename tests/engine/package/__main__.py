"""`examples/own-ca-listener` through the plugin's schema: names as in YAML or TypeScript, nothing imported but Pulumi."""

from typing import Any

import pulumi


class Remote(pulumi.ComponentResource):
    """A component that the plugin makes, with some of its outputs."""

    def __init__(self, kind: str, name: str, inputs: dict[str, Any], *outputs: str) -> None:
        super().__init__(f"mtlsedge:index:{kind}", name, {**dict.fromkeys(outputs), **inputs}, remote=True)


ISSUER = ("certificatePem", "privateKeyPem", "chainPem", "rootCertificatePem")
TRUSTED = ("certificatePem", "fingerprint", "notAfter")
config = pulumi.Config()
generation = {"name": "2026", "subject": {"commonName": "Example Root 2026", "organization": "Example"}}
authority = Remote(
    "CertificateAuthority", "authority", {"generations": [generation], "issuing": "2026", "trusted": "2026"}, "issuer"
)
trusted = {key: authority.trusted[key] for key in TRUSTED}
ca = Remote("CaRepository", "ca", {"trusted": trusted}, "identifier")
listener = {
    "port": config.require_int("port"),
    "serverGroupId": config.require("serverGroupId"),
    "certificateId": config.require("certificateId"),
    "caCertificateId": ca.identifier,
    "clientCertificateHeaders": {"subject": "x-client-subject"},
}
Remote("HttpsListener", "edge", {"loadBalancerId": config.require("loadBalancerId"), "listener": listener})
issuer = {key: authority.issuer[key] for key in ISSUER}
clients = {
    name: Remote(
        "ClientCertificate",
        f"client-{name}",
        {
            "subject": {"commonName": name},
            "names": {"dns": [f"{name}.clients.example.com"]},
            "issuers": {"2026": issuer},
            "issuing": "2026",
        },
        "certificate",
        "chainPem",
        "privateKeyPem",
    )
    for name in ("alice", "bob")
}
bundles = {
    name: {
        "certificate": client.certificate["certificatePem"],
        "chain": client.chainPem,
        "privateKey": client.privateKeyPem,
    }
    for name, client in clients.items()
}
pulumi.export("clients", pulumi.Output.secret(bundles))
