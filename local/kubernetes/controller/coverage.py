"""What is known of the managed controller, what is assumed, and what the local one leaves out: `python -m local.kubernetes`."""

SOURCES = {
    "docs": "documented by the vendor (ACK)",
    "source": "read in the vendor's open-source controller, which the managed one grew out of",
    "field": "seen by users of managed clusters",
    "assumed": "plausible, not confirmed anywhere",
    "unknown": "the managed controller's behaviour is not known, or is known and not offered here",
}

ROWS = (
    ("own ALB: made with name, address type, edition, zones, tags, protection; found again by its tags", "yes", "source"),
    ("ALB: name, edition, tags, resource group, protection and access log are kept in line; address type and zones: event IgnoredField", "yes", "source"),
    ("ALB reused by `config.id`: not Basic, not another AlbConfig's; attributes only with `forceOverride`", "yes", "source"),
    ("reused ALB must be in the cluster's VPC", "no", "unknown"),
    ("reused ALB: only listeners described `ingress-auto-listener…`, all with either override", "yes", "source"),
    ("AlbConfig deleted: own ALB goes although Ingresses use it, reused ALB only loses our tags", "yes", "source"),
    ("listener missing from the array is deleted although an Ingress uses it, unless the ALB is reused", "yes", "source"),
    ("`caEnabled`, `caCertificates`; `caEnabled: false` with the list kept switches verification off", "yes", "docs"),
    ("`certificates`, `securityPolicyId`, timeouts, gzip, HTTP/2, QUIC upgrade, `xForwardedForConfig`", "yes", "docs"),
    ("`aclConfig` by ids or entries; the name of a list made from entries", "yes", "assumed"),
    ("`logConfig`, `defaultActions`, `defaultCertificate`, `ipv6AddressType`, `billingConfig`", "no: event IgnoredField", "unknown"),
    ("wrong JSON type: Go's decoder's message, nothing is changed", "yes", "field"),
    ("validating webhook of controllers from 2.15 on", "no", "unknown"),
    ("`status.loadBalancer`, once everything is applied: dnsname, id, HTTPS listeners with certificates", "yes", "source"),
    ("`status` phase of newer controllers", "no", "unknown"),
    ("certificates: AlbConfig, then Secrets (also beside AlbConfig's), then search by host for listeners without", "yes", "docs"),
    ("search: name or wildcard of the same depth, SM2 and expired ones passed over", "yes", "docs"),
    ("search: every one that fits a host; a host without one stops its listener", "yes", "source"),
    ("search: the account's list is kept for three minutes", "no: asked each time", "docs"),
    ("Secret: uploaded as `namespace-name-hash`, again when it changes", "yes", "docs"),
    ("Secret's certificate is deleted from the account when nothing uses it any more", "yes", "assumed"),
    ("`listen-ports`; without it 443 for hosts under tls, 80 for others", "yes", "source"),
    ("`ssl-redirect`: port 80 as well, and 308 to port 443 on every other port", "yes", "source"),
    ("rules: `order`, then namespace and name, then as written; a default backend is none; an `order` given twice is refused", "yes", "source"),
    ("path type ImplementationSpecific is taken as it is written", "yes", "assumed"),
    ("health check, stickiness, scheduler, keep-alive, slow start, backend protocol", "yes", "docs"),
    ("rewrite, regular expressions, CORS, rate limits, canary by header, cookie or weight", "yes", "docs"),
    ("`actions.*`, `conditions.*`, `rule-direction.*`, and annotations of Ingresses without AlbConfig", "no: event IgnoredField", "docs"),
    ("one Ingress that cannot be read keeps all rules of its AlbConfig as they are", "yes", "assumed"),
    ("backends: pods attached by network interface (Terway), nodes by NodePort", "no: by address, type Ip", "docs"),
    ("readiness gates of pods", "no: there are no pods", "docs"),
    ("events FailedBuildModel, FailedApplyModel, SuccessfullyReconciled with the known messages", "yes", "field"),
    ("text of the event for a wrong CA identifier: the API's own code and message", "yes", "unknown"),
    ("changes made in the console are undone at the next change or within ten minutes", "yes", "assumed"),
)  # fmt: skip


def render() -> str:
    """The page as Markdown."""
    head = [
        "# Coverage of the local ALB ingress controller",
        "",
        *(f"* **{name}**: {text}" for name, text in SOURCES.items()),
    ]
    table = ["", "| behaviour | here | source |", "| --- | --- | --- |", *(f"| {' | '.join(row)} |" for row in ROWS)]
    return "\n".join([*head, *table]) + "\n"
