"""Every setting of a stack file, from the declarations: for the reference page, the JSON Schema, and Pulumi.yaml.

`python -m scripts.settings` writes all three; tests/unit/test_settings_catalog.py says when one is behind.
"""

import re
from collections.abc import Iterator
from typing import Any

from mtlsedge_components import forms, sites
from mtlsedge_components.reading.declared import (
    REQUIRED,
    Choice,
    Entries,
    Flag,
    Schema,
    Setting,
    Shape,
    Text,
    property_schema,
    rows,
)
from settings.account import ACCOUNT_TYPES
from settings.additional_listener import ADDITIONAL
from settings.additional_listener import MOST as MOST_ADDITIONAL
from settings.authority_model import AUTHORITY, CLIENT, DENIED, IMPORTED_KEY, REPOSITORY, SUBJECT
from settings.denied import MOST as MOST_DENIED
from settings.domain import DOMAIN
from settings.kubernetes import KUBERNETES
from settings.listener import LISTENER
from settings.load_balancer import LOAD_BALANCER
from settings.network import NETWORK
from settings.overrides import ROLE
from settings.server_certificate import CERTIFICATES
from settings.server_groups import GROUP
from settings.weakenings import KIND, REASON, SHORTEST_REASON

NAMESPACE = "mtlsedge:"
PROVIDER = {
    "alicloud:region": Setting(Text(forms.REGION), "where everything is built", "provider"),
    "alicloud:accountType": Setting(
        Choice(ACCOUNT_TYPES),
        "the provider picks its certificate endpoint by it and the region; where that is the other site,"
        " `alicloud:endpoints` names `cas`",
        "provider",
    ),
}
"""The provider's keys that every stack file has; it has others, which pass."""
SECTIONS = Shape(
    {
        "accountId": Setting(
            Text(forms.ACCOUNT), "`pulumi up` with credentials of another account is refused before its first write",
            "ours", "", shown="none: no guard", allowed="16 digits, in quotes",
        ),
        "certificateSite": Setting(
            Choice(sites.SITES), "site of Certificate Management Service: endpoint and suffix of certificate ids", "CAS",
            allowed="`china` in mainland China, `international` elsewhere, either in `cn-hongkong`",
        ),
        "production": Setting(
            Flag(),
            "protects the CA's keys and the load balancer from deletion; refuses the CA of a stack without it"
            " (`authority.external.otherEnvironment`)", "ours", False,
        ),
        "authority": Setting(AUTHORITY, "who signs what the listener trusts", "ours", allowed="one of the four kinds"),
        "importedKeys": Setting(
            Entries(forms.NAME, IMPORTED_KEY),
            "keys of roots that are taken over; may leave the file after the `up` that took them", "ours", {},
            allowed="generations with a `certificateFile`",
        ),
        "clients": Setting(
            Entries(forms.NAME, CLIENT), "client certificates by name", "ours", {},
            allowed="names that differ in more than case",
        ),
        "denied": Setting(
            Entries(forms.NAME, DENIED, most=MOST_DENIED),
            "certificates of removed clients, for the output `denied`", "ours", {},
        ),
        "certificateRepository": Setting(
            REPOSITORY, "repository the CA is uploaded to", "CAS", None, shown="the next two"
        ),
        "serverCertificate": Setting(
            CERTIFICATES, "the listener's certificate", "ALB", None,
            shown="**required** with a `listener` or `kubernetes`", allowed="see below",
        ),
        "network": Setting(
            NETWORK, "the VPC", "ALB", None,
            shown="**required** with a load balancer or server groups of the stack's own", allowed="see below",
        ),
        "serverGroups": Setting(
            Entries(forms.NAME, GROUP), "groups by name", "ALB", {}, shown="**required** with a `listener`"
        ),
        "loadBalancer": Setting(
            LOAD_BALANCER, "the ALB instance", "ALB", None, shown="**required** with a `listener` or `domain`"
        ),
        "listener": Setting(LISTENER, "the HTTPS listener, which demands a client certificate", "ALB", None),
        "additionalListeners": Setting(
            Entries(forms.NAME, ADDITIONAL, most=MOST_ADDITIONAL),
            "HTTPS listeners beside the first, on the same load balancer, each with a CA and clients of its own", "ALB quota",
            {}, allowed=f"at most {MOST_ADDITIONAL}; only with a `listener`",
        ),
        "domain": Setting(DOMAIN, "DNS in front of the load balancer", "DNS", None),
        "kubernetes": Setting(KUBERNETES, "AlbConfig, IngressClass and Ingresses in a cluster", "ours", None),
        "names": Setting(
            Entries(ROLE, Text(forms.printable(128))), "physical names",
            "ALB, VPC: 2 to 128 characters; CAS: 55 or 54", {}, shown="`mtlsedge-<stack>-<role>`",
            allowed="role or `role/part` → name, such as `server-group/web: edge-web`",
        ),
        "adopt": Setting(
            Entries(ROLE, Text(forms.printable(256))),
            "imports what exists; the stack manages it from then on and leaves it behind on `destroy`. As long as it"
            " stands here it keeps its tags, a name that `names` does not say, and"
            " [what no setting speaks of](../guides/adopting.md#what-is-kept)", "ours", {},
            allowed="role or `role/part` → id, such as `vpc: vpc-…`",
        ),
        "acceptWeakening": Setting(
            Entries(KIND, Text(REASON)),
            "accepts, for the change that brings the entry, what `mtlsedge preview` would fail"
            " ([how](../guides/pull-requests.md#a-weakening-on-purpose))", "ours", {},
            allowed=f"kind → reason of {SHORTEST_REASON} to 300 characters, on one line",
        ),
        "filesOutsideTheProject": Setting(
            Entries(forms.NAME, Text(forms.FULL_PATH)),
            "files outside of the project's folder that `certificateFile` and `csrFile` may name; a file below it needs no"
            " entry, one that a link leads out of it does", "ours", {},
            allowed="a name of yours → full path, without links",
        ),
    }
)  # fmt: skip
"""The program's keys, in the order of the documentation."""
SUBJECTS = Shape({"subject": Setting(SUBJECT, "", "RFC")})
SHARED_WITH_LISTENER = re.compile(r"kubernetes\.listener\.(?!fields$)")


def every() -> Iterator[tuple[str, Setting]]:
    """Every key with its declaration, as the page writes it; what has one shape in several places comes once."""
    for path, one in rows(SECTIONS):
        if not SHARED_WITH_LISTENER.match(path):
            yield path, one
    yield from list(rows(SUBJECTS))[1:]


def table(prefixes: str) -> str:
    """The rows of a table: of keys that are, or lie below, one of the words; not of those after a minus."""
    words = prefixes.split()
    wanted = [word for word in words if not word.startswith("-")]
    unwanted = [word[1:] for word in words if word.startswith("-")]
    found = [(path, one) for path, one in every() if _lies(path, wanted) and not _lies(path, unwanted)]
    explained = any(one.does for _, one in found)
    head = ["key", "type", "default", "allowed", *(["what it does"] if explained else []), "source"]
    lines = [head, ["---"] * len(head)]
    for path, one in found:
        allowed = one.allowed or one.kind.allowed
        does = [one.does or "–"] if explained else []
        lines.append([f"`{path}`", one.kind.word, shown_default(one), allowed, *does, one.source])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def shown_default(one: Setting) -> str:
    """The column "default"."""
    if one.shown:
        return one.shown
    if one.default is REQUIRED:
        return "–" if one.optional else "**required**"
    if isinstance(one.default, bool):
        return f"`{str(one.default).lower()}`"
    return f"`{one.default}`" if isinstance(one.default, str | int) and one.default != "" else "none"


def _lies(path: str, words: list[str]) -> bool:
    return any(path == word or path.startswith(f"{word}.") for word in words)


def json_schema() -> Schema:
    """JSON Schema of a stack file. It refuses no file that the program takes, but for a key without a value.

    What hangs together across keys, and what a pattern cannot say, is left to `mtlsedge check`.
    """
    own = {f"{NAMESPACE}{key}": property_schema(one) for key, one in SECTIONS.settings.items()}
    names = "|".join(SECTIONS.keys)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A stack file of mtlsedge, Pulumi.<stack>.yaml",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "properties": {key: property_schema(one) for key, one in PROVIDER.items()} | own,
                "patternProperties": {rf"^{NAMESPACE}(?!(?:{names})$)": False},
                "required": [
                    *PROVIDER,
                    *(f"{NAMESPACE}{key}" for key, one in SECTIONS.settings.items() if one.is_required),
                ],
            }
        },
    }


def pulumi_config() -> dict[str, Any]:
    """The keys as Pulumi.yaml declares them: type, empty default, and a description that names the keys below."""
    return {key: _pulumi(one) for key, one in SECTIONS.settings.items()}


def _pulumi(one: Setting) -> dict[str, Any]:
    below = one.kind.value if isinstance(one.kind, Entries) else one.kind
    keys = _keys(below) if isinstance(below, Shape) else ""
    by_name = "; by name: " if isinstance(one.kind, Entries) and keys else ": " if keys else ""
    does = re.sub(r" ?\(?\[[^]]*\]\([^)]*\)\)?", "", one.does).replace("`", "")
    required = "Required. " if one.is_required else ""
    if isinstance(one.kind, Flag):
        return {"type": "boolean", "description": f"{required}{does}", "default": False}
    kind, empty = ("string", "") if isinstance(one.kind, Text | Choice) else ("object", {})
    return {"type": kind, "description": f"{required}{does[:1].upper()}{does[1:]}{by_name}{keys}", "default": empty}


def _keys(shape: Shape) -> str:
    if shape.one_of:
        rest = [key for key in shape.keys if key not in shape.one_of]
        beside = f"; and {', '.join(rest)}" if rest else ""
        return f"exactly one of {', '.join(shape.one_of)}{beside}"
    return f"{{{', '.join(shape.keys)}}}"
