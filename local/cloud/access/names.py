"""What an action is called in a RAM policy, for the local cloud's own check of rights."""

PREFIXES = {
    "alb": "alb",
    "vpc": "vpc",
    "ecs": "ecs",
    "cas": "yundun-cert",
    "alidns": "alidns",
    "sts": "sts",
    "bssopenapi": "bssapi",
    "location": "location",
    "resourcemanager": "ram",
    "ram": "ram",
    "kms": "kms",
    "cs": "cs",
    "waf-openapi": "yundun-waf",
    "sls": "log",
}
"""Product code -> prefix of its actions in a RAM policy (alibaba-cloud.md §2 for Certificate Management Service).
Whether RAM checks anything for `sts` and `location` is unknown; here it does."""


def named(call: str) -> str:
    """The name in a policy of `product:Action`; ValueError for a product without a prefix."""
    product, _, name = call.partition(":")
    if product not in PREFIXES:
        raise ValueError(f"{call}: the product {product!r} has no RAM prefix here")
    return f"{PREFIXES[product]}:{name}"
