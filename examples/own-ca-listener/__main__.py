"""An own CA, one HTTPS listener that demands a certificate of it, and two clients, on a load balancer that exists."""

import pulumi

from components import CaRepository, CertificateAuthority, ClientCertificate, HttpsListener

GENERATION = "2026"
config = pulumi.Config()

authority = CertificateAuthority("authority", {
    "generations": [{"name": GENERATION, "subject": {"common_name": "Example Root 2026", "organization": "Example"}}],
    "issuing": GENERATION,
    "trusted": GENERATION,
})  # fmt: skip

ca = CaRepository("ca", {"trusted": authority.trusted})

listener = HttpsListener("edge", {
    "load_balancer_id": config.require("loadBalancerId"),
    "listener": {
        "port": config.get_int("port") or 443,
        "server_group_id": config.require("serverGroupId"),
        "certificate_id": config.require("certificateId"),
        "ca_certificate_id": ca.identifier,
        "client_certificate_headers": {"subject": "x-client-subject"},
    },
})  # fmt: skip

clients = {
    name: ClientCertificate(f"client-{name}", {
        "subject": {"common_name": name},
        "names": {"dns": [f"{name}.clients.example.com"]},
        "issuers": authority.issuers,
        "issuing": GENERATION,
    })
    for name in ("alice", "bob")
}  # fmt: skip

pulumi.export("listenerId", listener.id)
pulumi.export("clients", pulumi.Output.secret({
    name: {
        "certificate": client.certificate["certificate_pem"],
        "chain": client.chain_pem,
        "privateKey": client.private_key_pem,
    }
    for name, client in clients.items()
}))  # fmt: skip
