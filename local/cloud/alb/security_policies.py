"""TLS security policies: the system's by name, and custom ones."""

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.alb import jobs, usage
from local.cloud.alb.load_balancers import valid_name
from local.cloud.documents import new_id, now_text, require, token_page
from local.cloud.errors import gone, in_use, invalid, refused
from local.cloud.parameters import Parameters
from local.cloud.products import ALB
from local.cloud.store import Document

KIND = "alb.security_policy"
SYSTEM = {
    "tls_cipher_policy_1_0": ("TLSv1.0", "TLSv1.1", "TLSv1.2"),
    "tls_cipher_policy_1_1": ("TLSv1.1", "TLSv1.2"),
    "tls_cipher_policy_1_2": ("TLSv1.2",),
    "tls_cipher_policy_1_2_strict": ("TLSv1.2",),
    "tls_cipher_policy_1_2_strict_with_1_3": ("TLSv1.2", "TLSv1.3"),
}
"""The vendor's policies and their TLS versions [ALB-TLS]."""
VERSIONS = ("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_OLD = [f"{kx}AES{bits}-SHA" for kx in ("ECDHE-ECDSA-", "ECDHE-RSA-", "") for bits in (128, 256)] + ["DES-CBC3-SHA"]
_TLS_1_2 = [
    f"{kx}AES{suite}"
    for kx in ("ECDHE-ECDSA-", "ECDHE-RSA-", "")
    for suite in ("128-GCM-SHA256", "256-GCM-SHA384", "128-SHA256", "256-SHA384" if kx else "256-SHA256")
]
TLS_1_3 = [
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256",
]  # fmt: skip
CIPHERS = frozenset([*_OLD, *_TLS_1_2, *TLS_1_3])
"""What a custom policy may list [ROS-POL]."""


@action(ALB, "CreateSecurityPolicy", source="docs", writes=True)
def create_security_policy(call: Call) -> Response:
    """A custom policy. Tags arrive later, if at all (§10.14)."""
    document = {
        "SecurityPolicyId": new_id("tls"),
        "SecurityPolicyName": valid_name(call.parameters, "SecurityPolicyName"),
        "SecurityPolicyStatus": "Available",
        "ResourceGroupId": call.parameters.text("ResourceGroupId", "rg-default"),
        "CreateTime": now_text(),
        "Tags": tagging.sent(call.parameters),
        **_content(call.parameters),
    }
    call.store.put(KIND, document["SecurityPolicyId"], document)
    return {"SecurityPolicyId": document["SecurityPolicyId"]}


@action(ALB, "ListSecurityPolicies", source="provider source")
def list_security_policies(call: Call) -> Response:
    """The custom policies, or those of ids, names, a resource group or tags; lists in the order they were sent."""
    ids, names = call.parameters.texts("SecurityPolicyIds"), call.parameters.texts("SecurityPolicyNames")
    group, tags = call.parameters.text("ResourceGroupId"), tagging.sent(call.parameters)
    found = [
        document
        for document in call.store.list(KIND)
        if (not ids or document["SecurityPolicyId"] in ids)
        and (not names or document["SecurityPolicyName"] in names)
        and group in ("", document["ResourceGroupId"])
        and tagging.fits(tags, document)
    ]
    return token_page(call.parameters, found, "SecurityPolicies")


@action(ALB, "ListSystemSecurityPolicies", source="assumed")
def list_system_security_policies(_call: Call) -> Response:
    """The vendor's policies; their versions are documented, which ciphers each has is assumed."""
    rows = [
        {"SecurityPolicyId": id, "TLSVersions": list(versions), "Ciphers": system_ciphers(id)}
        for id, versions in SYSTEM.items()
    ]
    return {"SecurityPolicies": rows}


@action(ALB, "UpdateSecurityPolicyAttribute", source="provider source", writes=True)
def update_security_policy_attribute(call: Call) -> Response:
    """Name, versions and ciphers."""
    document = find(call, call.parameters.required("SecurityPolicyId"))
    if call.parameters.text("SecurityPolicyName"):
        document["SecurityPolicyName"] = valid_name(call.parameters, "SecurityPolicyName")
    sent = {name: call.parameters.texts(name) or document[name] for name in ("TLSVersions", "Ciphers")}
    document |= _content(Parameters(sent))
    call.store.put(KIND, document["SecurityPolicyId"], document)
    return {"JobId": jobs.begin(call, "securitypolicy", document["SecurityPolicyId"])}


@action(ALB, "DeleteSecurityPolicy", source="assumed", writes=True)
def delete_security_policy(call: Call) -> Response:
    """Remove a policy no listener uses."""
    id = find(call, call.parameters.required("SecurityPolicyId"))["SecurityPolicyId"]
    if user := usage.of_security_policy(call.store, id):
        raise in_use("ResourceInUse.SecurityPolicy", f"The security policy is used by {user}.")
    call.store.delete(KIND, id)
    return {}


def check_usable(call: Call, id: str, edition: str) -> None:
    """A policy a listener of that edition can name; custom ones need Standard or StandardWithWaf."""
    if id in SYSTEM:
        return
    find(call, id)
    if edition == "Basic":
        raise refused("OperationDenied.SecurityPolicyNotSupported", "The Basic edition takes system policies only.")


def find(call: Call, id: str) -> Document:
    """The custom policy, or the error that it is gone."""
    return require(call.store, KIND, id, gone("ResourceNotFound.SecurityPolicy", "security policy"))


def system_ciphers(id: str) -> list[str]:
    """Suites of a system policy: forward-secret ones where its name says strict, 1.3 suites where it says so."""
    modern = [name for name in _TLS_1_2 if "strict" not in id or name.startswith("ECDHE-")]
    older = [] if "strict" in id else _OLD
    return modern + older + (TLS_1_3 if "TLSv1.3" in SYSTEM[id] else [])


def _content(parameters: Parameters) -> Document:
    versions, ciphers = parameters.texts("TLSVersions"), parameters.texts("Ciphers")
    if not versions or not set(versions) <= set(VERSIONS):
        raise invalid("TLSVersions", f"one or more of {', '.join(VERSIONS)}")
    if not ciphers or not set(ciphers) <= CIPHERS:
        raise invalid("Ciphers", f"one or more of {', '.join(sorted(CIPHERS))}")
    if "TLSv1.3" in versions and not set(ciphers) & set(TLS_1_3):
        raise invalid("Ciphers", "TLSv1.3 needs cipher suites of its own")
    return {"TLSVersions": versions, "Ciphers": ciphers}
