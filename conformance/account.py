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
    for identifier in AUTHORITIES:
        given = upload_authority(api, identifier[:8])
        document = cloud.store.get(ca_certificates.KIND, given) or {}
        cloud.store.delete(ca_certificates.KIND, given)
        cloud.store.put(ca_certificates.KIND, identifier, {**document, "Identifier": identifier})


def upload_authority(api: Api, name: str) -> str:
    """The identifier of a new CA that a person would have uploaded in the console."""
    if not (found := api("cas", "ListCertWarehouse", Name=NETWORK)["CertWarehouseList"]):
        api("cas", "CreateWarehouse", Name=NETWORK, Type="uploadedAuthorityCertificate")
        found = api("cas", "ListCertWarehouse", Name=NETWORK)["CertWarehouseList"]
    root = pca_signing.authority({"CommonName": name}, "RSA_2048", 3650, None).certificate_pem
    return str(api("cas", "UploadPCACert", Name=name, WarehouseId=found[0]["WhId"], Cert=root)["Identifier"])
