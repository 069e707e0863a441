"""The changes that are recorded as previews: what each does to a stack file. Data for `record_previews`."""

from collections.abc import Callable
from typing import Any

Config = dict[str, Any]
Edit = Callable[[Config], Any]
LISTENER, BALANCER, CLIENTS = "mtlsedge:listener", "mtlsedge:loadBalancer", "mtlsedge:clients"
NETWORK, GROUPS, DOMAIN = "mtlsedge:network", "mtlsedge:serverGroups", "mtlsedge:domain"
AUTHORITY, KUBERNETES = "mtlsedge:authority", "mtlsedge:kubernetes"

PLAIN = {"addressType": "Internet", "edition": "Standard"}
"""`spec.config` of an AlbConfig, as far as the settings do not say it."""


def base(config: Config) -> None:
    """The checked-in local stack without a cluster, with three clients, protected, open to one network."""
    config.pop(KUBERNETES, None)
    _protected(config)


def both_entry_points(config: Config) -> None:
    """The same with the cluster's entry point beside it, protected and open to one network too."""
    _protected(config)
    config[KUBERNETES]["albConfig"]["config"] = PLAIN | {"deletionProtectionEnabled": True}
    config[KUBERNETES]["listener"]["allowFrom"] = ["10.0.0.0/8"]


def _protected(config: Config) -> None:
    config[CLIENTS]["carol"] = {}
    config[BALANCER]["deletionProtection"] = True
    config[LISTENER]["allowFrom"] = ["10.0.0.0/8"]


def of(section: str, **values: Any) -> Edit:
    """Some settings of a section."""
    return lambda config: config[section].update(values)


def without(section: str, key: str) -> Edit:
    """A section without one of its settings."""
    return lambda config: config[section].pop(key)


def weights(**servers: int) -> Edit:
    """Servers of the group with these weights."""
    members = {name: {"id": name, "weight": weight} for name, weight in servers.items()}
    return lambda config: config[GROUPS]["web"]["servers"].update(members)


def added_server(config: Config) -> None:
    """A third server, in the network and in its group."""
    config[NETWORK]["create"]["servers"]["ECS03"] = {"zone": "ap-southeast-1a"}
    config[GROUPS]["web"]["servers"]["ECS03"] = "ECS03"


def moved_zone(config: Config) -> None:
    """The second zone is another one, and its server goes there."""
    create = config[NETWORK]["create"]
    create["zones"] = {"ap-southeast-1a": "192.168.1.0/24", "ap-southeast-1c": "192.168.3.0/24"}
    create["servers"]["ECS02"] = {"zone": "ap-southeast-1c"}


def managed(**values: Any) -> Edit:
    """Some settings of the stack's own authority."""
    return lambda config: config[AUTHORITY]["selfManaged"].update(values)


def added_generation(config: Config) -> None:
    """A second generation; nothing uses it yet."""
    config[AUTHORITY]["selfManaged"]["generations"]["2027"] = {"subject": {"commonName": "Acme Edge Root 2027"}}


def delivered(config: Config) -> None:
    """Every client has been handed its new bundle."""
    for settings in config[CLIENTS].values():
        settings["delivered"] = "2027"


def replaced_authority(config: Config) -> None:
    """Another root at once, as when a key is stolen: nobody has the new bundle."""
    added_generation(config)
    managed(issuing="2027", trusted="2027", acceptLockout=sorted(config[CLIENTS]))(config)


def forwarding(config: Config) -> None:
    """Plain HTTP reaches the servers."""
    config[LISTENER] |= {"redirectHttp": False, "httpForwarding": "allow-http-forwarding-past-mutual-tls"}


EDGE: dict[str, Edit] = {
    "nothing": lambda _: None,
    "invalid": of(LISTENER, port=70000),
    "mtls-off": of(LISTENER, clientVerification="off-for-migration"),
    "ca-replaced": replaced_authority,
    "tls-floor-down": of(
        LISTENER, tlsPolicy="tls_cipher_policy_1_0", tlsPolicyBelow12="accept-tls-1.0-for-old-clients"
    ),
    "tls-ciphers-weaker": of(LISTENER, tlsPolicy="tls_cipher_policy_1_2"),
    "http-forwarding": forwarding,
    "redirect-removed": of(LISTENER, redirectHttp=False),
    "http-port": of(LISTENER, httpPort=8080),
    "listener-port": of(LISTENER, port=8443),
    "idle-timeout": of(LISTENER, idleTimeout=30),
    "headers-off": without(LISTENER, "forwardClientCertificate"),
    "header-renamed": lambda config: config[LISTENER]["forwardClientCertificate"].update(subject="x-client-dn"),
    "allow-list-wider": of(LISTENER, allowFrom=["10.0.0.0/8", "0.0.0.0/0"]),
    "allow-list-narrower": of(LISTENER, allowFrom=["10.0.0.0/16"]),
    "allow-list-removed": without(LISTENER, "allowFrom"),
    "protection-off": of(BALANCER, deletionProtection=False),
    "intranet": of(BALANCER, addressType="Intranet"),
    "tags": of(BALANCER, tags={"team": "edge"}),
    "client-added": of(CLIENTS, dave={}),
    "client-removed": without(CLIENTS, "carol"),
    "client-denied": lambda config: config.update(
        {"mtlsedge:denied": {"mallory": {"fingerprint": "ab" * 32, "reason": "laptop stolen"}}}
    ),
    "client-renewed": lambda config: config[CLIENTS]["bob"].update(validityDays=61),
    "server-added": added_server,
    "server-removed": lambda config: config[GROUPS]["web"]["servers"].pop("ECS02"),
    "server-weight-one": weights(ECS01=50),
    "server-weights": weights(ECS01=50, ECS02=50),
    "servers-drained": weights(ECS01=0, ECS02=0),
    "zone-changed": moved_zone,
    "dns-moved": of(DOMAIN, names=["app"]),
    "dns-ttl": of(DOMAIN, ttl=1200),
}
"""Changes of a stack with a load balancer, each by itself."""

ROTATION: dict[str, Edit] = {
    "rotation-1-added": added_generation,
    "rotation-2-issued": managed(issuing="2027"),
    "rotation-3-delivered": delivered,
    "rotation-4-trusted": managed(trusted="2027"),
    "rotation-5-retired": lambda config: config[AUTHORITY]["selfManaged"]["generations"].pop("2026"),
}
"""The steps of docs/guides/rotation.md, each against the stack as the one before left it."""


def cluster(config: Config) -> None:
    """The cluster's entry point alone, with an AlbConfig of the stack's own."""
    both_entry_points(config)
    for section in (LISTENER, BALANCER, GROUPS, DOMAIN):
        config.pop(section)
    config[NETWORK]["create"].pop("servers", None)


def adopting(config: Config) -> None:
    """The same entry point in the AlbConfig `theirs`, which has another owner."""
    config[KUBERNETES] |= {"albConfig": {"adopt": "theirs"}, "ingressClass": {"name": "theirs", "create": True}}


def front(**values: Any) -> Edit:
    """Some settings of the cluster's listener."""
    return lambda config: config[KUBERNETES]["listener"].update(values)


CREATED: dict[str, Edit] = {
    "albconfig-mtls-off": front(clientVerification="off-for-migration"),
    "albconfig-ca-replaced": replaced_authority,
    "albconfig-tls-weaker": front(tlsPolicy="tls_cipher_policy_1_2"),
    "albconfig-allow-list-removed": lambda config: config[KUBERNETES]["listener"].pop("allowFrom"),
    "albconfig-headers-off": lambda config: config[KUBERNETES]["listener"].pop("forwardClientCertificate"),
    "albconfig-protection-off": lambda config: config[KUBERNETES]["albConfig"].update(config=PLAIN),
    "albconfig-idle-timeout": front(idleTimeout=30),
    "albconfig-redirect-removed": front(redirectHttp=False),
    "ingress-host": lambda config: config[KUBERNETES]["ingresses"]["demo"].update(host="other.example.test"),
}  # fmt: skip
"""Edits of an AlbConfig that the stack created."""

ADOPTED: dict[str, Edit] = {
    "adopted-albconfig-mtls-off": front(clientVerification="off-for-migration"),
    "adopted-albconfig-idle-timeout": front(idleTimeout=30),
}
"""The same in somebody else's."""
