"""Resources of this program's own: keys and certificates, the CA upload, and facts looked up in the cloud.

Facts are read at create and refresh and kept as outputs, so a preview calls nobody and needs no secret.
The modules' paths and the providers' class names stand in states from before the plugin: they never move.
"""

from components.dynamic.adopted_alb_config import AdoptedAlbConfig
from components.dynamic.alb_config_status import AlbConfigStatus
from components.dynamic.ca_repository import CaRepositoryEntry
from components.dynamic.certificate import Certificate
from components.dynamic.domain_ownership import TxtProof, TxtResolved
from components.dynamic.generation_ledger import GenerationLedger
from components.dynamic.imported_root import ImportedRoot
from components.dynamic.load_balancer_zones import LoadBalancerZones
from components.dynamic.pca_client import PcaClient
from components.dynamic.private_ca import PrivateCa
from components.dynamic.private_key import PrivateKey
from components.dynamic.rule_actions import RuleActions
from components.dynamic.server_certificate_reference import ServerCertificateReference
from components.dynamic.server_group_servers import ServerGroupServers
from components.dynamic.uploaded_ca import UploadedCa
from components.dynamic.vacant_host import VacantHost

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
