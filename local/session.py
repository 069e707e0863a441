"""The run-time files of `.local`: what a shell, a browser or a test needs to use the local cloud."""

import json
import shlex
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path

import certifi

from local import endpoints, whole_files
from local.places import CHECKOUT, Places, api_address, dns_address
from local.proxy.addresses import Placement
from local.proxy.inventory import ReadableStore
from local.proxy.protobuf import Json

PASSPHRASE = "local"  # noqa: S105  (public on purpose: it guards a laptop's toy state, see Pulumi.local.yaml)
ROOT_FILES = (
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
)  # fmt: skip
"""Where systems keep their roots, should OpenSSL's own default not exist."""
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
OTHER_CREDENTIALS = (
    "ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY", "ALICLOUD_SECURITY_TOKEN", "ALICLOUD_PROFILE", "ALICLOUD_REGION",
    "ALIBABA_CLOUD_SECURITY_TOKEN", "ALIBABA_CLOUD_PROFILE",
)  # fmt: skip
"""A real account's settings, which the provider would take before those of the local one."""


def write_fixed(places: Places, api_ca: Path) -> None:
    """Files that do not change while the cloud runs: passphrase, API CA, bundle of roots, empty folders."""
    for folder in (places.state, places.pulumi_home):
        folder.mkdir(parents=True, exist_ok=True)
    whole_files.write(places.root / "passphrase", PASSPHRASE)
    own = api_ca.read_text()
    whole_files.write(places.api_ca, own, 0o644)
    whole_files.write(bundle(places), system_roots(places).rstrip("\n") + "\n" + own, 0o644)


def write_public_names(places: Places, authority: str, proxy: str) -> None:
    """The CAs that a client without endpoints meets, and the two lines that make it trust them and ask this cloud.

    Nothing but the local cloud is led anywhere, so no other CA is named.
    """
    trusted = places.public_names.with_suffix(".crt")
    whole_files.write(trusted, authority + places.api_ca.read_text(), 0o644)
    lines = exports({"HTTPS_PROXY": proxy, "SSL_CERT_FILE": trusted.resolve()})
    whole_files.write(places.public_names, "\n".join([*lines, ""]))


def heal_state(folder: Path) -> None:
    """Remove the empty sidecars that a killed engine left in a state folder from before `metadata=skip`."""
    for sidecar in folder.rglob("*.attrs"):
        if not sidecar.stat().st_size:
            sidecar.unlink()


def write_current(
    places: Places, store: ReadableStore, placement: Placement, credentials: tuple[str, str], api: str, dns: str
) -> Json:
    """`endpoints.json` and `env`, which follow the listeners. Returns the endpoints."""
    description = write_endpoints(places, store, placement, api=api, dns=dns)
    whole_files.write(places.env, environment(places, credentials, endpoints.port_map(description), dns))
    return description


def write_endpoints(
    places: Places, store: ReadableStore, placement: Placement, *, api: str | None = None, dns: str | None = None
) -> Json:
    """Writes and returns `endpoints.json`."""
    description = endpoints.describe(
        store,
        placement,
        api=api or api_address(),
        dns=dns or dns_address(),
        kubeconfig=_shown(places.root / "kubeconfig"),
    )
    whole_files.write(places.endpoints, json.dumps(description, indent=1) + "\n", 0o644)
    return description


def _shown(path: Path) -> Path:
    """Relative to the checkout where it lies in it."""
    return path.relative_to(CHECKOUT) if path.is_relative_to(CHECKOUT) else path


def bundle(places: Places) -> Path:
    """The system's roots and the CA of the local API: SSL_CERT_FILE replaces the former, so it must hold both."""
    return places.root / "ca-bundle.crt"


def system_roots(places: Places) -> str:
    """The roots this user trusts: SSL_CERT_FILE if it is not our own bundle, the system's, or certifi's."""
    paths = ssl.get_default_verify_paths()
    for candidate in (paths.cafile, paths.openssl_cafile, *ROOT_FILES):
        if candidate and Path(candidate).is_file() and Path(candidate) != bundle(places):
            return Path(candidate).read_text()
    return Path(certifi.where()).read_text()


def environment(places: Places, credentials: tuple[str, str], port_map: str, dns: str) -> str:
    """The shell file `.local/env`: absolute paths, POSIX, may be read twice."""
    values = {
        "PULUMI_HOME": places.pulumi_home,
        "PULUMI_BACKEND_URL": places.backend,
        "PULUMI_CONFIG_PASSPHRASE_FILE": places.root / "passphrase",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": credentials[0],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": credentials[1],
        "SSL_CERT_FILE": bundle(places),
        "REQUESTS_CA_BUNDLE": bundle(places),
        "MTLSEDGE_RESOLVER": dns,
        "MTLSEDGE_SERVER_CA": places.root / "server-ca.crt",
        "MTLSEDGE_PORT_MAP": port_map,
    }
    unset = ["PULUMI_CONFIG_PASSPHRASE", *OTHER_CREDENTIALS, *PROXIES]
    heading = (
        "# Made by `python -m local start`. After `. .local/env` Pulumi and the vendor's SDKs use the local cloud."
    )
    return "\n".join([heading, f"unset {' '.join(unset)}", *_path_lines(places), *exports(values), ""])


def exports(values: Mapping[str, object]) -> list[str]:
    """Lines of a shell file that set these variables."""
    return [f"export {name}={shlex.quote(str(value))}" for name, value in values.items()]


def _path_lines(places: Places) -> list[str]:
    """Puts our folders first in PATH, once."""
    folders = [str(Path(sys.executable).parent), *toolchain_path(places)]
    prefix = ":".join(folders) + ":"
    quoted = shlex.quote(prefix)
    return [f'case "$PATH" in {quoted}*) ;; *) PATH={quoted}"$PATH" ;; esac', "export PATH"]


def toolchain_path(places: Places) -> list[str]:
    """Folders of engine and plugins, as the toolchain left them in `toolchain.json`; none when it has not run."""
    try:
        return [str(folder) for folder in json.loads((places.root / "toolchain.json").read_text())["path"]]
    except (FileNotFoundError, KeyError, ValueError):
        return []
