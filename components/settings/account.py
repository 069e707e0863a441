"""Which account, region and certificate site; and that no credentials stand in a stack file."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from components.settings import forms
from components.settings.model import Site
from components.settings.reader import Section

SITES: tuple[Site, ...] = ("international", "china")
ACCOUNT_TYPES: tuple[Literal["International", "Domestic"], ...] = ("International", "Domestic")
CREDENTIALS = ("alicloud:accessKey", "alicloud:secretKey", "alicloud:securityToken")


@dataclass(frozen=True)
class Account:
    """Where the stack lives; `is_local` when every endpoint of the provider is on the loopback interface."""

    region: str
    site: Site
    account_id: str
    production: bool
    is_local: bool


def read_account(root: Section) -> Account:
    """The account's settings, of the program's namespace and of the provider's."""
    account = Account(
        region=root.text("alicloud:region", forms.REGION),
        site=root.choice("mtlsedge:certificateSite", SITES),
        account_id=root.text("mtlsedge:accountId", forms.ACCOUNT, default=""),
        production=_read_production(root),
        is_local=_is_local(root["alicloud:endpoints"].value),
    )
    _check_account_type(root, account)
    _check_credentials(root, is_local=account.is_local)
    return account


def _read_production(root: Section) -> bool:
    """The engine hands top-level flags over as text, and `pulumi config set` writes them so."""
    node = root["mtlsedge:production"]
    return node.value == "true" if node.value in ("true", "false") else root.flag("mtlsedge:production", default=False)


def _check_account_type(root: Section, account: Account) -> None:
    """The provider picks the certificate site by account type and region; it must be the site of this stack.

    The type must be written down: unset, the provider asks the billing API for it, in every preview. It
    compares the case of letters although its own check does not (connectivity/client.go).
    """
    node = root["alicloud:accountType"]
    declared = node.choice(ACCOUNT_TYPES)
    fitting = [kind for kind in ACCOUNT_TYPES if _provider_site(kind, account.region) == account.site]
    if declared in fitting or not account.region or root["mtlsedge:certificateSite"].value not in SITES:
        return
    if fitting:
        node.refuse(f"{fitting[0]}: with it the provider uses the certificate site {account.site}")
    else:
        root["mtlsedge:certificateSite"].refuse(f"china: the only site the provider uses in {account.region}")


def _provider_site(account_type: str, region: str) -> Site:
    abroad = not region.startswith("cn-") or region == "cn-hongkong"
    return "international" if account_type == "International" and abroad else "china"


def _check_credentials(root: Section, *, is_local: bool) -> None:
    """A key in a stack file lands in the state, and `destroy` keeps using the one in state; only a toy may."""
    for key in CREDENTIALS:
        if key in root and not is_local:
            root[key].refuse(
                "credentials from the environment (variables, profile, role, OIDC), unless every endpoint is loopback",
                found="(secret)",
            )


def _is_local(endpoints: object) -> bool:
    """Whether `alicloud:endpoints`, a list with a mapping from product to host, names loopback addresses only."""
    entries = endpoints if isinstance(endpoints, list | tuple) else [endpoints]
    hosts = [host for entry in entries for host in (entry.values() if isinstance(entry, Mapping) else [None])]
    return bool(hosts) and all(_is_loopback(host) for host in hosts)


def _is_loopback(endpoint: object) -> bool:
    if not isinstance(endpoint, str):
        return False
    try:
        host = urlsplit(endpoint if "//" in endpoint else f"//{endpoint}").hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
