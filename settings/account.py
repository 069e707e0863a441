"""Which account, region and certificate site; and that no credentials stand in a stack file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from exposure.hosts import host_of, is_loopback
from mtlsedge_components import forms, sites
from mtlsedge_components.reading.nodes import Section
from mtlsedge_components.sites import Site

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
        site=root.choice("mtlsedge:certificateSite", sites.SITES),
        account_id=root.text("mtlsedge:accountId", forms.ACCOUNT, default=""),
        production=_read_production(root),
        is_local=_is_local(root["alicloud:endpoints"].value),
    )
    _check_site(root, account)
    _check_account_type(root, account)
    _check_credentials(root, is_local=account.is_local)
    return account


def _read_production(root: Section) -> bool:
    """The engine hands top-level flags over as text, and `pulumi config set` writes them so."""
    node = root["mtlsedge:production"]
    return node.value == "true" if node.value in ("true", "false") else root.flag("mtlsedge:production", default=False)


def _check_site(root: Section, account: Account) -> None:
    """A load balancer takes certificates of one site, by its region, whatever the account's type (certimate#827).

    For cn-hongkong nobody knows which one: the account's type decides there, as the provider does.
    """
    node = root["mtlsedge:certificateSite"]
    fitting = sites.of_region(account.region)
    if account.region and node.value in sites.SITES and account.site not in fitting:
        node.refuse(f"{fitting[0]}: load balancers in {account.region} take certificates of this site only")


def _check_account_type(root: Section, account: Account) -> None:
    """The provider picks the certificate endpoint by account type and region; it must be that of this stack's site.

    The type must be written down: unset, the provider asks the billing API for it, in every preview. It
    compares the case of letters although its own check does not (connectivity/client.go).
    """
    declared = root["alicloud:accountType"].choice(ACCOUNT_TYPES)
    site_is_known = account.region and root["mtlsedge:certificateSite"].value in sites.of_region(account.region)
    if root["alicloud:accountType"].value not in ACCOUNT_TYPES or not site_is_known:
        return
    node = root["alicloud:endpoints"]
    wanted = sites.HOSTS[account.site]
    if endpoint := _endpoint(node.value, "cas"):
        if not is_loopback(_host(endpoint)) and _host(endpoint) != wanted:
            node.refuse(f"cas: {wanted}, the endpoint of the certificate site {account.site}", found=f"cas: {endpoint}")
    elif sites.of_provider(declared, account.region) != account.site:
        node.refuse(
            f"[{{cas: {wanted}}}]: with accountType {declared} in {account.region} the provider"
            f" uses the other certificate site unless it is told",
        )


def _endpoint(endpoints: object, product: str) -> str:
    """What `alicloud:endpoints`, a list with a mapping from product to host, says of a product; "" for nothing."""
    entries = endpoints if isinstance(endpoints, list | tuple) else [endpoints]
    hosts = [entry[product] for entry in entries if isinstance(entry, Mapping) and entry.get(product)]
    return str(hosts[-1]) if hosts else ""


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
    return bool(hosts) and all(is_loopback(_host(host)) for host in hosts)


def _host(endpoint: object) -> str:
    """The host of an endpoint; empty for what is no address."""
    try:
        return host_of(endpoint) if isinstance(endpoint, str) else ""
    except ValueError:
        return ""
