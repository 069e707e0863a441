"""Resources of this program's own: keys and certificates, the CA upload, and facts looked up in the cloud.

Facts are read at create and refresh and kept as outputs, so a preview calls nobody and needs no secret.
The modules' paths and the providers' class names stand in states from before the plugin: they never move.
"""

from mtlsedge_components.dynamic.adopted_alb_config import AdoptedAlbConfig
from mtlsedge_components.dynamic.alb_config_status import AlbConfigStatus
from mtlsedge_components.dynamic.ca_repository import CaRepositoryEntry
from mtlsedge_components.dynamic.certificate import Certificate
from mtlsedge_components.dynamic.domain_ownership import TxtProof, TxtResolved
from mtlsedge_components.dynamic.generation_ledger import GenerationLedger
from mtlsedge_components.dynamic.imported_root import ImportedRoot
from mtlsedge_components.dynamic.load_balancer_zones import LoadBalancerZones
from mtlsedge_components.dynamic.pca_client import PcaClient
from mtlsedge_components.dynamic.private_ca import PrivateCa
from mtlsedge_components.dynamic.private_key import PrivateKey
from mtlsedge_components.dynamic.rule_actions import RuleActions
from mtlsedge_components.dynamic.server_certificate_reference import ServerCertificateReference
from mtlsedge_components.dynamic.server_group_servers import ServerGroupServers
from mtlsedge_components.dynamic.uploaded_ca import UploadedCa
from mtlsedge_components.dynamic.vacant_host import VacantHost

__all__ = [
    "AdoptedAlbConfig",
    "AlbConfigStatus",
    "CaRepositoryEntry",
    "Certificate",
    "GenerationLedger",
    "ImportedRoot",
    "LoadBalancerZones",
    "PcaClient",
    "PrivateCa",
    "PrivateKey",
    "RuleActions",
    "ServerCertificateReference",
    "ServerGroupServers",
    "TxtProof",
    "TxtResolved",
    "UploadedCa",
    "VacantHost",
]
