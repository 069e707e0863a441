"""What stands in every stack's state, and so may never change."""

from importlib import import_module

import pytest
from pulumi.dynamic.dynamic import serialize_provider

import components.dynamic

PICKLES = {
    "generation_ledger.GenerationLedgerProvider": "gASVSAAAAAAAAACMJGNvbXBvbmVudHMuZHluYW1pYy5nZW5lcmF0aW9uX2xlZGdlcpSMGEdlbmVyYXRpb25MZWRnZXJQcm92aWRlcpSTlCmBlC4=",
    "adopted_alb_config.AdoptedAlbConfigProvider": "gASVSQAAAAAAAACMJWNvbXBvbmVudHMuZHluYW1pYy5hZG9wdGVkX2FsYl9jb25maWeUjBhBZG9wdGVkQWxiQ29uZmlnUHJvdmlkZXKUk5QpgZQu",
    "alb_config_status.AlbConfigStatusProvider": "gASVRwAAAAAAAACMJGNvbXBvbmVudHMuZHluYW1pYy5hbGJfY29uZmlnX3N0YXR1c5SMF0FsYkNvbmZpZ1N0YXR1c1Byb3ZpZGVylJOUKYGULg==",
    "ca_repository.CaRepositoryEntryProvider": "gASVRQAAAAAAAACMIGNvbXBvbmVudHMuZHluYW1pYy5jYV9yZXBvc2l0b3J5lIwZQ2FSZXBvc2l0b3J5RW50cnlQcm92aWRlcpSTlCmBlC4=",
    "certificate.CertificateProvider": "gASVPQAAAAAAAACMHmNvbXBvbmVudHMuZHluYW1pYy5jZXJ0aWZpY2F0ZZSME0NlcnRpZmljYXRlUHJvdmlkZXKUk5QpgZQu",
    "domain_ownership.TxtProofProvider": "gASVPwAAAAAAAACMI2NvbXBvbmVudHMuZHluYW1pYy5kb21haW5fb3duZXJzaGlwlIwQVHh0UHJvb2ZQcm92aWRlcpSTlCmBlC4=",
    "domain_ownership.TxtResolvedProvider": "gASVQgAAAAAAAACMI2NvbXBvbmVudHMuZHluYW1pYy5kb21haW5fb3duZXJzaGlwlIwTVHh0UmVzb2x2ZWRQcm92aWRlcpSTlCmBlC4=",
    "private_key.PrivateKeyProvider": "gASVPAAAAAAAAACMHmNvbXBvbmVudHMuZHluYW1pYy5wcml2YXRlX2tleZSMElByaXZhdGVLZXlQcm92aWRlcpSTlCmBlC4=",
    "server_certificate_reference.ServerCertificateReferenceProvider": "gASVXQAAAAAAAACML2NvbXBvbmVudHMuZHluYW1pYy5zZXJ2ZXJfY2VydGlmaWNhdGVfcmVmZXJlbmNllIwiU2VydmVyQ2VydGlmaWNhdGVSZWZlcmVuY2VQcm92aWRlcpSTlCmBlC4=",
    "uploaded_ca.UploadedCaProvider": "gASVPAAAAAAAAACMHmNvbXBvbmVudHMuZHluYW1pYy51cGxvYWRlZF9jYZSMElVwbG9hZGVkQ2FQcm92aWRlcpSTlCmBlC4=",
    "vacant_host.VacantHostProvider": "gASVPAAAAAAAAACMHmNvbXBvbmVudHMuZHluYW1pYy52YWNhbnRfaG9zdJSMElZhY2FudEhvc3RQcm92aWRlcpSTlCmBlC4=",
}


@pytest.mark.parametrize("path", PICKLES)
def test_a_providers_pickle_never_changes(path: str) -> None:
    """`destroy` unpickles the text in state: after a move or rename it would fail with ModuleNotFoundError."""
    module, name = path.split(".")
    assert serialize_provider(getattr(import_module(f"components.dynamic.{module}"), name)()) == PICKLES[path]


@pytest.mark.parametrize("name", components.dynamic.__all__)
def test_a_resources_type_never_changes(name: str) -> None:
    """Another type token would replace the resource in every stack."""
    assert getattr(components.dynamic, name)._resource_type_name == f"dynamic/mtlsedge:{name}"
