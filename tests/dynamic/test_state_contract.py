"""What stands in stacks' states, and so may never change."""

from importlib import import_module

import pytest
from pulumi.dynamic.dynamic import serialize_provider

import mtlsedge_components.dynamic
from mtlsedge_components.dynamic.resource import Resource
from mtlsedge_components.plugin.servicer import PROVIDERS
from tests.dynamic.conftest import Registered

PICKLES = {
    "generation_ledger.GenerationLedgerProvider": "gASVSAAAAAAAAACMJGNvbXBvbmVudHMuZHluYW1pYy5nZW5lcmF0aW9uX2xlZGdlcpSMGEdlbmVyYXRpb25MZWRnZXJQcm92aWRlcpSTlCmBlC4=",
    "adopted_alb_config.AdoptedAlbConfigProvider": "gASVSQAAAAAAAACMJWNvbXBvbmVudHMuZHluYW1pYy5hZG9wdGVkX2FsYl9jb25maWeUjBhBZG9wdGVkQWxiQ29uZmlnUHJvdmlkZXKUk5QpgZQu",
    "alb_config_status.AlbConfigStatusProvider": "gASVRwAAAAAAAACMJGNvbXBvbmVudHMuZHluYW1pYy5hbGJfY29uZmlnX3N0YXR1c5SMF0FsYkNvbmZpZ1N0YXR1c1Byb3ZpZGVylJOUKYGULg==",
    "ca_repository.CaRepositoryEntryProvider": "gASVRQAAAAAAAACMIGNvbXBvbmVudHMuZHluYW1pYy5jYV9yZXBvc2l0b3J5lIwZQ2FSZXBvc2l0b3J5RW50cnlQcm92aWRlcpSTlCmBlC4=",
    "certificate.CertificateProvider": "gASVPQAAAAAAAACMHmNvbXBvbmVudHMuZHluYW1pYy5jZXJ0aWZpY2F0ZZSME0NlcnRpZmljYXRlUHJvdmlkZXKUk5QpgZQu",
    "domain_ownership.TxtProofProvider": "gASVPwAAAAAAAACMI2NvbXBvbmVudHMuZHluYW1pYy5kb21haW5fb3duZXJzaGlwlIwQVHh0UHJvb2ZQcm92aWRlcpSTlCmBlC4=",
    "domain_ownership.TxtResolvedProvider": "gASVQgAAAAAAAACMI2NvbXBvbmVudHMuZHluYW1pYy5kb21haW5fb3duZXJzaGlwlIwTVHh0UmVzb2x2ZWRQcm92aWRlcpSTlCmBlC4=",
    "load_balancer_zones.LoadBalancerZonesProvider": "gASVSwAAAAAAAACMJmNvbXBvbmVudHMuZHluYW1pYy5sb2FkX2JhbGFuY2VyX3pvbmVzlIwZTG9hZEJhbGFuY2VyWm9uZXNQcm92aWRlcpSTlCmBlC4=",
    "server_group_servers.ServerGroupServersProvider": "gASVTQAAAAAAAACMJ2NvbXBvbmVudHMuZHluYW1pYy5zZXJ2ZXJfZ3JvdXBfc2VydmVyc5SMGlNlcnZlckdyb3VwU2VydmVyc1Byb3ZpZGVylJOUKYGULg==",
    "rule_actions.RuleActionsProvider": "gASVPgAAAAAAAACMH2NvbXBvbmVudHMuZHluYW1pYy5ydWxlX2FjdGlvbnOUjBNSdWxlQWN0aW9uc1Byb3ZpZGVylJOUKYGULg==",
    "private_key.PrivateKeyProvider": "gASVPAAAAAAAAACMHmNvbXBvbmVudHMuZHluYW1pYy5wcml2YXRlX2tleZSMElByaXZhdGVLZXlQcm92aWRlcpSTlCmBlC4=",
    "server_certificate_reference.ServerCertificateReferenceProvider": "gASVXQAAAAAAAACML2NvbXBvbmVudHMuZHluYW1pYy5zZXJ2ZXJfY2VydGlmaWNhdGVfcmVmZXJlbmNllIwiU2VydmVyQ2VydGlmaWNhdGVSZWZlcmVuY2VQcm92aWRlcpSTlCmBlC4=",
    "uploaded_ca.UploadedCaProvider": "gASVPAAAAAAAAACMHmNvbXBvbmVudHMuZHluYW1pYy51cGxvYWRlZF9jYZSMElVwbG9hZGVkQ2FQcm92aWRlcpSTlCmBlC4=",
    "vacant_host.VacantHostProvider": "gASVPAAAAAAAAACMHmNvbXBvbmVudHMuZHluYW1pYy52YWNhbnRfaG9zdJSMElZhY2FudEhvc3RQcm92aWRlcpSTlCmBlC4=",
}


@pytest.mark.parametrize("path", PICKLES)
def test_a_providers_pickle_never_changes(path: str) -> None:
    """A state from before the plugin holds it. The engine unpickles it to delete what a newer stack file no longer names."""
    module, name = path.split(".")
    assert serialize_provider(getattr(import_module(f"components.dynamic.{module}"), name)()) == PICKLES[path]


TYPES = {
    "AdoptedAlbConfig", "AlbConfigStatus", "CaRepositoryEntry", "Certificate", "GenerationLedger", "ImportedRoot",
    "LoadBalancerZones", "PcaClient", "PrivateCa", "PrivateKey", "RuleActions", "ServerCertificateReference",
    "ServerGroupServers", "TxtProof", "TxtResolved", "UploadedCa", "VacantHost",
}  # fmt: skip


def test_the_plugin_serves_every_type_it_ever_served() -> None:
    """Another type token would replace the resource in every stack; one that goes leaves states nobody can read."""
    assert set(PROVIDERS) == TYPES == set(mtlsedge_components.dynamic.__all__)


@pytest.mark.parametrize("name", sorted(TYPES))
def test_a_resource_keeps_what_its_dynamic_forerunner_made(registered: list[Registered], name: str) -> None:
    """It is registered under its own type, with the type of the dynamic resource as an alias."""
    Resource.__init__(object.__new__(getattr(mtlsedge_components.dynamic, name)), "one", {})
    ((type_, _, options),) = registered
    assert type_ == f"mtlsedge:index:{name}"
    assert [alias.type_ for alias in options.aliases] == [f"pulumi-python:dynamic/mtlsedge:{name}"]
