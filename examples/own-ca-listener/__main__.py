"""An own CA, one HTTPS listener that demands a certificate of it, and two clients, on a load balancer that exists."""

import pulumi

from mtlsedge_components import MutualTlsListener

config = pulumi.Config()

edge = MutualTlsListener("edge", {
    "generations": [{"name": "2026", "subject": {"common_name": "Example Root 2026", "organization": "Example"}}],
    "clients": {"alice": {}, "bob": {"names": {"dns": ["bob.clients.example.com"]}}},
    "load_balancer_id": config.require("loadBalancerId"),
    "server_groups": {"web": {"id": config.require("serverGroupId")}},
    "certificate_id": config.require("certificateId"),
    "port": config.get_int("port") or 443,
    "client_certificate_headers": {"subject": "x-client-subject"},
})  # fmt: skip

pulumi.export("listenerId", edge.id)
pulumi.export("clients", pulumi.Output.secret({
    name: {
        "certificate": client["certificate_pem"],
        "chain": client["chain_pem"],
        "privateKey": client["private_key_pem"],
    }
    for name, client in edge.clients.items()
}))  # fmt: skip
