"""Stack files in a row, each a stack's next `up`: between them every setting that leads to a call of the cloud changes.

`PLAYS` says what each file makes of the one before it. `played` finds the settings that differ between two neighbours, by
the declarations of `settings.catalog`: a setting below a `<name>` counts where the thing of that name is in both files,
so that it is changed and not made anew. `UNPLAYED` are the others, each with its reason.
"""

import copy
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import yaml

from mtlsedge_components.reading.declared import Entries, OneOfKinds, Shape
from settings import catalog
from tests.engine.preview_changes import (
    AUTHORITY,
    BALANCER,
    CLIENTS,
    DOMAIN,
    GROUPS,
    KUBERNETES,
    LISTENER,
    NETWORK,
    Config,
    added_generation,
    delivered,
)
from tests.engine.sandbox import CHECKOUT

REPOSITORY, SERVER, NAMES = "mtlsedge:certificateRepository", "mtlsedge:serverCertificate", "mtlsedge:names"
ADDITIONAL = "mtlsedge:additionalListeners"
ABSENT = "not said"
SUBJECT = {"commonName": "Acme Private Root", "country": "SG", "state": "Singapore", "locality": "Singapore",
           "organization": "Acme", "unit": "Edge"}  # fmt: skip
GROUPS_THERE = ("sg-first", "sg-second")
"""Stand for security groups that are there; a run puts their ids here."""
UPLOADED = "1-ap-southeast-1"
"""Stands for a certificate that was uploaded by other means; a run puts that one's id here."""


def checked_in() -> Config:
    """The local stack's file, without a cluster."""
    config: Config = yaml.safe_load((CHECKOUT / "Pulumi.local.yaml").read_text())["config"]
    del config[KUBERNETES]
    return config


def said(config: Config) -> None:
    """Everything that may be said of what is there is said, and things come beside it."""
    config[REPOSITORY] = {"name": "played-repository"}
    config[SERVER].update(
        names=["www.example-shop.test", "api.example-shop.test"], validityDays=80, renewBeforeDays=20,
        additional={"partners": {"issueFromAuthority": True, "names": ["partners.example.test"]}},
    )  # fmt: skip
    create = config[NETWORK]["create"]
    create["zones"]["ap-southeast-1c"] = "192.168.30.0/24"
    create["servers"].update(
        ECS01={"zone": "ap-southeast-1a", "privateIp": "192.168.1.77"}, ECS03={"zone": "ap-southeast-1b"}
    )
    config[GROUPS]["web"].update(
        scheduler="Wrr", slowStart={"enabled": True, "duration": 60}, connectionDrain={"enabled": True, "timeout": 20},
        upstreamKeepaliveEnabled=True, crossZoneEnabled=False, resourceGroupId="rg-edge",
        sticky={"mode": "insert", "timeout": 3600},
        healthCheck={"path": "/", "protocol": "HTTP", "method": "GET", "host": "www.example.test", "port": 80, "interval": 3,
                     "timeout": 4, "healthyThreshold": 2, "unhealthyThreshold": 4, "codes": ["http_2xx", "http_3xx"], "httpVersion": "HTTP1.0"},
    )  # fmt: skip
    config[GROUPS]["web"]["servers"].update(
        ECS01={"id": "ECS01", "weight": 50, "description": "blue", "ip": "192.168.1.77"}, ECS02={"id": "ECS02", "weight": 30},
        ECS03="ECS03",
    )  # fmt: skip
    config[GROUPS]["api"] = {"type": "ip", "port": 8443, "protocol": "HTTP", "servers": {"one": "192.168.1.21"}}
    config[BALANCER].update(
        edition="StandardWithWaf", deletionProtection=True, resourceGroupId="rg-edge", tags={"team": "edge"},
        modificationProtection={"enabled": True, "reason": "managed-by-pulumi"}, securityGroups=[GROUPS_THERE[0]],
        accessLog={"project": "edge-logs", "store": "alb-one"},
    )  # fmt: skip
    config[LISTENER].update(
        tlsPolicy="tls_cipher_policy_1_2", allowFrom={"203.0.113.0/24": "office"}, idleTimeout=20, requestTimeout=70,
        gzipEnabled=False, http2Enabled=False, accessLogTracing={"enabled": True, "sample": 100},
        xForwardedFor={"enabled": True, "processingMode": "remove", "protoEnabled": True, "hostEnabled": True,
                       "slbIdEnabled": True, "slbPortEnabled": True, "clientSrcPortEnabled": True},
        forwardClientCertificate={"subject": "x-subject"},
        scripts={"head": {"content": "id = rand(1, 99)"}, "foot": {"content": "now()", "position": "RequestFoot"}},
        rules={
            "api": {"serverGroup": "web", "priority": 10, "hosts": ["api.example.test"]},
            "moved": {"priority": 20, "paths": ["/old"], "redirect": {"path": "/new"}},
            "closed": {"priority": 30, "paths": ["/admin/*"], "fixedResponse": {"code": 403}},
            "gone": {"priority": 40, "paths": ["/gone"], "serverGroup": "web"},
            "shut": {"priority": 50, "paths": ["/shut"], "serverGroup": "web"},
            "shared": {"priority": 60, "paths": ["/shared"], "serverGroups": {"web": 60, "api": 40}, "rewrite": {"path": "/v1"},
                       "insertHeaders": {"x-edge": {"value": "one"}}, "removeHeaders": ["x-old"]},
            "pages": {"priority": 70, "paths": ["/pages"], "serverGroup": "web", "trafficLimit": {"qps": 100, "perIpQps": 10},
                      "cors": {"allowOrigins": ["https://www.example.test"]}},
        },
    )  # fmt: skip
    config[ADDITIONAL] = {
        "partners": {
            "authority": {"selfManaged": {"generations": {"2026": {"subject": {"commonName": "Acme Partners Root 2026"}}}}},
            "clients": {"carrier": {}},
            "listener": {"port": 9443, "default": "web", "allowFrom": ["203.0.113.0/24"], "forwardClientCertificate": {"subject": "x-subject"},
                         "rules": {"api": {"serverGroup": "api", "priority": 10, "paths": ["/api/*"]}}},
        }
    }  # fmt: skip
    config[DOMAIN].update(zone="example-shop.test", create=True, names=["www", "api"], ttl=900)
    added_generation(config)
    config[AUTHORITY]["selfManaged"]["issuing"] = "2027"


def changed(config: Config) -> None:
    """What was said is said otherwise, and things are called otherwise."""
    config[NAMES] = {
        "vpc": "played-vpc", "vswitch/ap-southeast-1a": "played-vswitch", "security-group": "played-security-group",
        "instance/ECS01": "played-instance", "load-balancer": "played-balancer", "server-group/web": "played-web",
        "deny-group": "played-deny", "listener": "played-listener", "http-listener": "played-http",
        "rule/api": "played-rule", "redirect-rule": "played-redirect", "script/head": "played-script", "acl": "played-acl",
        "ca-repository": "played-names", "ca": "played-ca", "server-certificate": "played-certificate",
    }  # fmt: skip
    del config[REPOSITORY]
    create = config[NETWORK]["create"]
    create.update(imageId="debian_12_x64_20G_alibase_20250101.vhd", instanceType="ecs.g7.large", serverPort=8080)
    create["servers"]["ECS03"] = {"zone": "ap-southeast-1c"}
    web, api = config[GROUPS]["web"], config[GROUPS]["api"]
    del web["slowStart"]
    web.update(
        port=8080, scheduler="Uch", hashKey="user", connectionDrain={"enabled": True, "timeout": 30},
        resourceGroupId="rg-backends", sticky={"mode": "server", "cookie": "session"}, healthCheck={"enabled": False},
    )  # fmt: skip
    web["servers"].update(ECS01={"id": "ECS01", "weight": 60, "description": "green", "port": 8081}, ECS03="ECS02")
    del web["servers"]["ECS02"]
    api.update(type="instance", protocol="HTTPS", servers={"one": "ECS01"})
    config[BALANCER].update(
        addressType="Intranet", deletionProtection=False, resourceGroupId="rg-backends", tags={"owner": "edge"},
        modificationProtection={"enabled": True, "reason": "another-reason"}, securityGroups=[GROUPS_THERE[1]],
        accessLog={"project": "other-logs", "store": "alb-two"},
    )  # fmt: skip
    config[LISTENER].update(
        default="api", port=8443, httpPort=8080, clientVerification="off-for-migration",
        tlsPolicy="tls_cipher_policy_1_1", tlsPolicyBelow12="accept-tls-1.0-for-old-clients",
        allowFrom={"198.51.100.0/24": "branch"}, accessLogTracing={"enabled": False},
        scripts={"head": {"content": "id = rand(1, 9)", "enabled": False},
                 "foot": {"content": "time()", "position": "ResponseHead"}},
        forwardClientCertificate={"issuer": "x-issuer", "fingerprint": "x-print", "verification": "x-verify"},
        rules={
            "api": {"serverGroup": "api", "priority": 11, "paths": ["/api/*"], "methods": ["GET"], "headers": {"x-tenant": ["a*"]},
                    "cookies": {"channel": ["beta"]}, "query": {"version": ["2"]}, "sourceIps": ["203.0.113.0/24"]},
            "moved": {"priority": 20, "paths": ["/old"], "redirect": {"host": "www.example.test", "path": "/newer", "query": "a=b",
                                                                      "port": 444, "code": 308}},
            "closed": {"priority": 30, "paths": ["/admin/*"], "fixedResponse": {"code": 404, "content": "no", "contentType": "text/html"}},
            "gone": {"priority": 40, "paths": ["/gone"], "redirect": {"path": "/"}},
            "shut": {"priority": 50, "paths": ["/shut"], "fixedResponse": {"code": 503}},
            "shared": {"priority": 60, "paths": ["/shared"], "serverGroups": {"web": 30, "api": 70},
                       "rewrite": {"host": "www.example.test", "path": "/v2", "query": "a=b"},
                       "insertHeaders": {"x-edge": {"value": "user-agent", "valueType": "ReferenceHeader"}},
                       "removeHeaders": ["x-older"]},
            "pages": {"priority": 70, "paths": ["/pages"], "serverGroup": "web", "trafficLimit": {"qps": 90, "perIpQps": 9},
                      "cors": {"allowOrigins": ["https://*.example.test"], "allowMethods": ["GET"], "allowHeaders": ["x-a"],
                               "exposeHeaders": ["x-b"], "allowCredentials": True, "maxAge": 60}},
        },
    )  # fmt: skip
    partners = config[ADDITIONAL]["partners"]
    partners["clients"]["carrier"] = {"validityDays": 20}
    partners["listener"].update(port=9444, default="api", allowFrom=["198.51.100.0/24"])
    added_generation({AUTHORITY: partners["authority"]})
    config[DOMAIN].update(names=["www"], ttl=1200)
    delivered(config)
    config[AUTHORITY]["selfManaged"]["trusted"] = "2027"


def unsaid(config: Config) -> None:
    """The file as it was checked in, but for what cannot be lowered or is another kind: a private CA, and a given certificate."""
    config.clear()
    config.update(checked_in())
    # The cloud no longer sells the checked-in type to an instance that changes its own.
    config[NETWORK]["create"]["instanceType"] = "ecs.g7.large"
    config[BALANCER].update(edition="StandardWithWaf", tags={"team": "edge"})
    # A script is changed by the next play: the plays before it make the listener anew, and its scripts with it.
    config[LISTENER].update(
        redirectHttp=False, httpForwarding="allow-http-forwarding-past-mutual-tls", scripts={"head": {"content": "now()"}}
    )  # fmt: skip
    config[AUTHORITY] = {"privateCa": {"subject": SUBJECT}}
    config[CLIENTS] = {"alice": {}}
    config[SERVER] = {"id": UPLOADED}


def renewed(config: Config) -> None:
    """The private CA signs a client anew; tags and a script are others, and servers are told another port, for which they stop and start."""
    config[NETWORK]["create"]["serverPort"] = 8080
    config[CLIENTS] = {"alice": {"validityDays": 20}}
    config[LISTENER]["scripts"]["head"] = {"content": "time()", "enabled": False}
    config[BALANCER]["tags"] = {"owner": "edge"}


PLAYS: tuple[Callable[[Config], None], ...] = (said, changed, unsaid, renewed)

_OWN = "no call: it decides what stands in a certificate, an output or an error"
_UPLOAD = "as `authority`: the calls that bring another CA"
_ISSUED = "as `serverCertificate`: the calls that bring another certificate"
_NEW = "replaces what stands there: the calls of creation and removal, which the first `up` and `destroy` make"
_FOREIGN = "a thing of another owner, of which nothing is called; where it is put, another setting plays"
UNPLAYED = {
    **dict.fromkeys(
        ("accountId", "production", "denied", "subject.", "importedKeys", "acceptWeakening", "filesOutsideTheProject",
         "domain.zoneEdition"), _OWN,
    ),
    "certificateSite": "which certificate service is called, not how",
    "authority.": _UPLOAD,
    "certificateRepository.create": "whether a repository is made or only looked for, with calls that every `up` makes",
    "clients.<name>.": "no call; of a private CA, as `clients.<name>.validityDays`: another certificate",
    "serverCertificate.certificateFile": _ISSUED,
    "serverCertificate.privateKey": _ISSUED,
    "network.vpcId": _FOREIGN,
    "network.zones": _FOREIGN,
    "network.create.cidr": _NEW,
    "serverGroups.<name>.id": _FOREIGN,
    "loadBalancer.bandwidthPackageId": _NEW,
    "loadBalancer.id": _FOREIGN,
    "listener.accessLogTracing.type": "has one value",
    "listener.scripts.<name>.file": "another way to say `content`",
    "domain.proveOwnership": "one call that reads, GetTxtRecordForVerify, which stands in the program's own calls",
    "kubernetes": "calls of the cluster, not of the cloud; records of Ingress hosts are those of `domain`",
    "adopt": "an import reads with the calls of a refresh",
}  # fmt: skip
"""Setting -> why no play changes it; of one that ends in a dot, what lies below it and no play changes."""


def files() -> list[Config]:
    """The checked-in file, then one for each play."""
    found = [checked_in()]
    for play in PLAYS:
        config = copy.deepcopy(found[-1])
        play(config)
        found.append(config)
    return found


def played() -> set[str]:
    """Settings, as the reference page writes them, that some play changes."""
    settings = [dict(_settings(catalog.SECTIONS, _sections(config))) for config in files()]
    return {
        path
        for before, after in pairwise(settings)
        for (path, place), value in before.items()
        if after.get((path, place), value) != value
    }


def unplayed(path: str) -> bool:
    """Whether a setting, or one that it lies below, is one that no play need change."""
    return any(path == one or path.startswith(one if one.endswith(".") else f"{one}.") for one in UNPLAYED)


def _sections(config: Config) -> Config:
    return {key.removeprefix(catalog.NAMESPACE): value for key, value in config.items()}


def _settings(kind: Any, value: Any, path: str = "", place: str = "") -> Iterator[tuple[tuple[str, str], Any]]:
    """(as the page writes it, with names) -> value, of everything that may be said in a mapping; what is not said as well."""
    for one in kind.kinds if isinstance(kind, OneOfKinds) else (kind,):
        if isinstance(one, Shape):
            said = value if isinstance(value, dict) else {"id": value} if isinstance(value, str) else {}
            for key, setting in one.settings.items():
                below = said.get(key, ABSENT)
                yield (f"{path}{key}", f"{place}{key}"), below
                yield from _settings(setting.kind, below, f"{path}{key}.", f"{place}{key}.")
        elif isinstance(one, Entries) and isinstance(value, dict):
            for name, below in value.items():
                yield from _settings(one.value, below, f"{path}<name>.", f"{place}{name}.")
