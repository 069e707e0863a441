"""From a configuration to settings: every section, then what holds between them, then one error or none."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from mtlsedge_components.reading.nodes import Node, Section
from mtlsedge_components.reading.problems import Findings
from settings import additional_listener
from settings.account import Account, read_account
from settings.authorities import kind_of, read_authority
from settings.authorities.certificate_file import read_imported_keys
from settings.authorities.kind import Outside
from settings.catalog import NAMESPACE, SECTIONS
from settings.clients import ClientDefaults, read_clients
from settings.cross import check
from settings.cross_kubernetes import ingress_hosts
from settings.denied import read_denied
from settings.domain import full_names, read_domain
from settings.files import OUTSIDE, Files, read_outside
from settings.kubernetes import ReadOwn, Stack, read_kubernetes
from settings.listener import read_additional, read_listener
from settings.load_balancer import read_load_balancer
from settings.model import AdditionalListener, Authority, Client, Settings
from settings.network import read_network
from settings.overrides import read_adopted, read_names, read_repository
from settings.problems import IMPORTED_KEYS, SettingsError, holds_secret
from settings.server_certificate import MAIN, Surroundings, read_server_certificates
from settings.server_groups import read_server_groups
from settings.weakenings import read_accepted
from settings.whole import Whole

KEYS = tuple(f"{NAMESPACE}{key}" for key in SECTIONS.keys)
"""The program's keys, in the order of the documentation."""


def load(
    config: Mapping[str, object], *, project: str, stack: str, files: Path, secrets: Collection[str] = ()
) -> Settings:
    """The settings in `config`, whose keys are full ones such as `mtlsedge:listener`.

    `secrets` names the keys that hold a secret somewhere within; texts under them are not shown, and a private
    key is taken only from there (or as a `Secret`). `files` is the folder that file names are relative to.
    Reads those files, and nothing else. Raises SettingsError with every problem.
    """
    findings = Findings(config, secrets, holds_secret)
    root = _root(config, findings)
    _check_secrets(root, secrets)
    account = read_account(root)
    place = Place(project, stack, Files(files, read_outside(root[OUTSIDE])), secrets)
    settings = _read(root, account, place)
    check(Whole(root, settings, account.is_local))
    if problems := findings.problems():
        raise SettingsError(stack, problems)
    return settings


@dataclass(frozen=True)
class Place:
    """Which stack this is, where its files are, and which of its keys hold a secret."""

    project: str
    stack: str
    files: Files
    secrets: Collection[str]


def _root(config: Mapping[str, object], findings: Findings) -> Section:
    """The whole configuration as one section.

    Empty values count as absent: Pulumi.yaml gives every key an empty default, without which the engine
    demands the key of every stack.
    """
    given: dict[object, object] = {
        key: value for key, value in config.items() if isinstance(key, str) and not _is_empty(value)
    }
    own = {key: value for key, value in given.items() if str(key).startswith(NAMESPACE)}
    Node(own, (), findings).section(KEYS)
    return Section(Node(given, (), findings), given)


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str | Mapping) and not value)


def _check_secrets(root: Section, secrets: Collection[str]) -> None:
    """Only private keys are encrypted: a preview from a snapshot sees digests in place of secrets."""
    for key in sorted(secrets):
        if key in KEYS and key not in (MAIN, IMPORTED_KEYS):
            root[key].refuse(
                "plain values: the only secrets are importedKeys and serverCertificate.privateKey", found="a secret"
            )
            root.node.findings.close((key,))


def _read(root: Section, account: Account, place: Place) -> Settings:
    keys = read_imported_keys(root[IMPORTED_KEYS], holds_secrets=IMPORTED_KEYS in place.secrets)
    authority = read_authority(root["mtlsedge:authority"], Outside(place.files, keys, account.production))
    domain = read_domain(root["mtlsedge:domain"])
    names = read_names(root["mtlsedge:names"])
    outside = Outside(place.files, {}, account.production, takes_roots=False)

    def read_own(section: Section) -> tuple[Authority, dict[str, Client]]:
        authority = read_authority(section["authority"], outside)
        return authority, read_clients(section["clients"], _client_defaults(place, authority))

    kubernetes = read_kubernetes(root["mtlsedge:kubernetes"], Stack(place.project, place.stack), read_own)
    hosts = (*full_names(domain), *ingress_hosts(kubernetes, without_secrets=True)) if domain or kubernetes else None
    around = Surroundings(_known_site(root, account), hosts, MAIN in place.secrets, place.files)
    certificate, additional = read_server_certificates(root[MAIN], around)
    network = read_network(root["mtlsedge:network"], account.region)
    read_accepted(root["mtlsedge:acceptWeakening"])
    return Settings(
        project=place.project,
        stack=place.stack,
        region=account.region,
        certificate_site=account.site,
        authority=authority,
        clients=read_clients(
            root["mtlsedge:clients"],
            _client_defaults(place, authority),
        ),
        ca_repository=read_repository(root, names, place.project, place.stack),
        server_certificate=certificate,
        additional_server_certificates=additional,
        network=network,
        server_groups=read_server_groups(root["mtlsedge:serverGroups"], _instances(root)),
        load_balancer=read_load_balancer(root["mtlsedge:loadBalancer"]),
        listener=read_listener(root["mtlsedge:listener"], place.files),
        additional_listeners={
            name: _read_additional(node, place.files, read_own)
            for name, node in additional_listener.nodes(root["mtlsedge:additionalListeners"]).items()
        },
        domain=domain,
        kubernetes=kubernetes,
        account_id=account.account_id,
        production=account.production,
        names=names,
        adopt=read_adopted(root["mtlsedge:adopt"]),
        denied=read_denied(root["mtlsedge:denied"]),
        weakenings=tuple(root.node.findings.weakenings),
    )


def _client_defaults(place: Place, authority: Authority) -> ClientDefaults:
    return ClientDefaults(place.project, place.stack, kind_of(authority).organization(authority), place.files)


def _read_additional(node: Node, files: Files, read_own: ReadOwn) -> AdditionalListener:
    """A listener beside the load balancer's first."""
    section = additional_listener.ADDITIONAL.section(node)
    authority, clients = read_own(section)
    said = additional_listener.listener_section(section["listener"], additional_listener.BESIDE)
    listener = read_additional(additional_listener.BESIDE, said, files) if said else additional_listener.UNREADABLE
    return AdditionalListener(authority, listener, clients)


def _known_site(root: Section, account: Account) -> str:
    """The site, or "" where the stack file names none: then ids of either site will do."""
    return account.site if root["mtlsedge:certificateSite"].value == account.site else ""


def _instances(root: Section) -> list[str] | None:
    """Names of the demonstration servers; None where they could not be read, so that any name may be one."""
    servers = root["mtlsedge:network"].at("create", "servers")
    if root.node.findings.is_closed(servers.path):
        return None
    return [str(name) for name in servers.value] if isinstance(servers.value, Mapping) else []
