"""Certificate Management Service: server certificates, and the repositories ("warehouses") of uploaded CAs."""

from local.cloud.cas import ca_certificates, server_certificates, warehouses

__all__ = ["ca_certificates", "server_certificates", "warehouses"]
