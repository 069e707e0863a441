"""What upstream's tests take for granted in the account they run in: a network of their own name with a vSwitch in each zone."""

import time

from local.cloud.alb.zones import zone_ids
from local.cloud.application import Cloud
from local.cloud.cas import ca_certificates, pca_signing
from local.kubernetes.controller.openapi import Api

NETWORK = "default-NODELETING"
REGIONS = ("cn-hangzhou", "cn-shanghai", "cn-beijing", "cn-chengdu", "ap-southeast-1")
"""Where upstream's tests go when they do not like the region they are told."""
BELIEVED = {"ca-in-use": "allowed", "other-site": "region"}
"""What the tests show of the real cloud where other sources say otherwise, as an answer of `python -m local behave`."""
AUTHORITIES = ("1efd3cac-e8c1-611d-b971-f96e5e432aba", "1efd3caf-3cc7-6f42-be33-29ca9cecdfd3")
"""CAs of their authors' account, which the tests of listeners name by identifier."""
SETTLED_SECONDS = 0.05


def furnish(cloud: Cloud) -> None:
    """Make it in each region of a running cloud."""
    keys = cloud.credentials
    api = Api(cloud.api_address, REGIONS[0], keys.access_key_id, keys.access_key_secret)
    made = {}
    for region in REGIONS:
        answer = api("vpc", "CreateVpc", RegionId=region, VpcName=NETWORK, CidrBlock="172.16.0.0/12")
        made[region] = answer["VpcId"]
    for region, network in made.items():
        while api("vpc", "DescribeVpcAttribute", RegionId=region, VpcId=network)["Status"] != "Available":
            time.sleep(SETTLED_SECONDS)
        for number, zone in enumerate(zone_ids(region)):
            block = f"172.16.{240 + number}.0/24"
            api(
                "vpc",
                "CreateVSwitch",
                RegionId=region,
                VpcId=network,
                ZoneId=zone,
                CidrBlock=block,
                VSwitchName=NETWORK,
            )
    _upload_authorities(cloud, api)


def _upload_authorities(cloud: Cloud, api: Api) -> None:
    """Two CAs, under the identifiers that the tests name instead of those the service gave."""
    api("cas", "CreateWarehouse", Name=NETWORK, Type="uploadedAuthorityCertificate")
    number = api("cas", "ListCertWarehouse", Name=NETWORK)["CertWarehouseList"][0]["WhId"]
    for identifier in AUTHORITIES:
        root = pca_signing.authority({"CommonName": identifier[:8]}, "RSA_2048", 3650, None).certificate_pem
        given = api("cas", "UploadPCACert", Name=identifier[:8], WarehouseId=number, Cert=root)["Identifier"]
        document = cloud.store.get(ca_certificates.KIND, given) or {}
        cloud.store.delete(ca_certificates.KIND, given)
        cloud.store.put(ca_certificates.KIND, identifier, {**document, "Identifier": identifier})
