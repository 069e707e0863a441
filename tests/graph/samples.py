"""Settings built by hand: the local stack's, and variations of it."""

from dataclasses import replace

from settings.model import (
    CaRepository,
    Client,
    ClientCertificateHeaders,
    CreatedNetwork,
    DemoServer,
    Domain,
    Generation,
    HealthCheck,
    IssuedServerCertificate,
    Listener,
    LoadBalancer,
    ManagedServerGroup,
    SelfManagedAuthority,
    Server,
    Settings,
    Subject,
    SubjectAlternativeNames,
)


def client(name: str, **changes: object) -> Client:
    """A client as the loader makes it of `{}`."""
    plain = Client(
        name, Subject(common_name=name), SubjectAlternativeNames(dns=(f"{name}.clients.test.mtlsedge.internal",))
    )
    return replace(plain, **changes)


def generation(name: str, **changes: object) -> Generation:
    """A generation with a subject of its own."""
    return replace(Generation(name, Subject(common_name=f"Acme Edge Root {name}", country="CN")), **changes)


def group(name: str, **changes: object) -> ManagedServerGroup:
    """A group of the two demonstration servers."""
    servers = {server: Server(server, server, 80) for server in ("ECS01", "ECS02")}
    return replace(ManagedServerGroup(name, "instance", "HTTP", servers, HealthCheck()), **changes)


NETWORK = CreatedNetwork(
    cidr="192.168.0.0/16",
    zones={"ap-southeast-1a": "192.168.1.0/24", "ap-southeast-1b": "192.168.2.0/24"},
    servers={"ECS01": DemoServer("ap-southeast-1a"), "ECS02": DemoServer("ap-southeast-1b")},
    image_id="aliyun_3_x64_20G_alibase_20240528.vhd",
    instance_type="ecs.t6-c1m1.large",
)
HEADERS = ClientCertificateHeaders("x-client-subject", "x-client-issuer", "x-client-fingerprint", "x-client-verify")
LOCAL = Settings(
    project="mtlsedge",
    stack="local",
    region="ap-southeast-1",
    certificate_site="international",
    authority=SelfManagedAuthority({"2026": generation("2026")}, issuing="2026", trusted="2026"),
    clients={"alice": client("alice"), "bob": client("bob", validity_days=60)},
    ca_repository=CaRepository("mtlsedge-local"),
    server_certificate=IssuedServerCertificate(("www.example.test",)),
    network=NETWORK,
    server_groups={"web": group("web")},
    load_balancer=LoadBalancer(deletion_protection=False),
    listener=Listener(default="web", forward_client_certificate=HEADERS),
    domain=Domain("example.test", ("www",)),
    account_id="1234567890123456",
)
"""What `Pulumi.local.yaml` says of the console tutorial."""


def local(**changes: object) -> Settings:
    """The local stack with some settings changed."""
    return replace(LOCAL, **changes)


def listener(**changes: object) -> Settings:
    """The local stack with its listener changed."""
    return replace(LOCAL, listener=replace(LOCAL.listener, **changes))


def domain(**changes: object) -> Domain:
    """The local stack's domain, changed."""
    return replace(LOCAL.domain, **changes)
