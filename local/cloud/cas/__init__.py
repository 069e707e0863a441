"""Certificate Management Service: server certificates, the repositories ("warehouses") of uploaded CAs, and the private CA."""

from local.cloud.cas import (
    ca_certificates,
    older_interface,
    pca_authorities,
    pca_clients,
    server_certificates,
    warehouses,
)

__all__ = ["ca_certificates", "older_interface", "pca_authorities", "pca_clients", "server_certificates", "warehouses"]
