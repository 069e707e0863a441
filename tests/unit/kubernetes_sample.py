"""A cluster's part that loads, and AlbConfigs that are valid, or valid but for one thing."""

import copy

from hypothesis import strategies as st

from settings.kubernetes import Kubernetes
from tests.unit.settings_sample import local, problems, read

CLUSTER = {"kubeconfig": ".local/kubeconfig", "clusterIdentifier": "local"}
INGRESS = {"host": "demo.example.test", "service": "web:80"}
KUBERNETES = {
    **CLUSTER,
    "albConfig": {"name": "alb"},
    "ingresses": {"demo": INGRESS},
    "domain": {"zone": "example.test"},
}
HTTPS = {
    "port": 443,
    "protocol": "HTTPS",
    "certificates": [{"CertificateId": "1234567-ap-southeast-1", "IsDefault": True}],
    "caEnabled": True,
    "caCertificates": [{"CertificateId": "0e40dda998174723af39d37fcaf00000"}],
    "securityPolicyId": "tls_cipher_policy_1_2",
}
ALB_CONFIG = {
    "apiVersion": "alibabacloud.com/v1",
    "kind": "AlbConfig",
    "metadata": {"name": "alb"},
    "spec": {
        "config": {
            "name": "alb-demo",
            "addressType": "Internet",
            "edition": "Standard",
            "zoneMappings": [{"vSwitchId": "vsw-1a", "zoneId": "ap-southeast-1a"}, {"vSwitchId": "vsw-1b", "zoneId": "ap-southeast-1b"}],
            "accessLogConfig": {"logProject": "acme-logs", "logStore": "alb_demo"},
        },
        "listeners": [HTTPS, {"port": 80, "protocol": "HTTP"}],
    },
}  # fmt: skip


def changed(document: dict, path: str, value: object) -> dict:
    """A copy with `path` (keys and list positions joined by dots) set to a value; None removes the key."""
    result = copy.deepcopy(document)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    at = result
    for step in steps:
        at = at.setdefault(step, {}) if isinstance(at, dict) else at[step]
    if value is None:
        at.pop(last, None)
    else:
        at[last] = value
    return result


def kubernetes(path: str = "", value: object = None) -> dict:
    """The local stack with a cluster, with one thing in `mtlsedge:kubernetes` changed."""
    return local({"kubernetes": changed(KUBERNETES, path, value) if path else copy.deepcopy(KUBERNETES)})


def settings(path: str = "", value: object = None) -> Kubernetes:
    """The cluster's settings of such a stack."""
    found = read(kubernetes(path, value)).kubernetes
    assert found is not None
    return found


def refusals(path: str, value: object) -> list[str]:
    """The problems of such a stack."""
    return problems(kubernetes(path, value))


_PORTS = st.lists(st.integers(1, 65535), min_size=1, max_size=5, unique=True)
_COMMON = {
    "description": st.from_regex(r"[a-z][a-z0-9/._-]{1,40}", fullmatch=True),
    "idleTimeout": st.integers(1, 600),
    "requestTimeout": st.integers(1, 600),
    "gzipEnabled": st.booleans(),
}
_LISTENERS = {
    "HTTP": {},
    "HTTPS": {
        "certificates": st.just(HTTPS["certificates"]),
        "caEnabled": st.booleans(),
        "caCertificates": st.just(HTTPS["caCertificates"]),
        "securityPolicyId": st.sampled_from(("tls_cipher_policy_1_2", "tls_cipher_policy_1_2_strict")),
    },
}


@st.composite
def alb_configs(draw: st.DrawFn) -> dict:
    """AlbConfigs that the schema takes."""
    document = copy.deepcopy(ALB_CONFIG)
    listeners = []
    for port in draw(_PORTS):
        protocol = draw(st.sampled_from(("HTTP", "HTTPS")))
        fixed = {key: draw(value) for key, value in _LISTENERS[protocol].items()}
        listeners.append(
            {"port": port, "protocol": protocol, **fixed, **draw(st.fixed_dictionaries({}, optional=_COMMON))}
        )
    document["spec"]["listeners"] = listeners
    document["spec"]["config"]["edition"] = draw(st.sampled_from(("Standard", "StandardWithWaf")))
    document["spec"]["config"]["addressType"] = draw(st.sampled_from(("Internet", "Intranet")))
    return document


_JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just([]), st.just({}),
    st.just(["x"]), st.just({"x": 1}), st.just("true"), st.just(10**40),
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> object:
    """A valid AlbConfig with something in it replaced by anything."""
    document = draw(alb_configs())
    at: object = document
    while True:
        if not isinstance(at, (dict, list)) or not at:
            return document
        key = draw(st.sampled_from(sorted(at, key=str))) if isinstance(at, dict) else draw(st.integers(0, len(at) - 1))
        if draw(st.integers(0, 3)) == 0:
            at[key] = draw(_JUNK)
            if isinstance(at, dict) and draw(st.booleans()):
                at[str(key).swapcase()] = at.pop(key)
            return document
        at = at[key]
