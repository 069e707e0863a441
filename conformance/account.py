"""What upstream's tests take for granted in the account they run in: a network of their own name with a vSwitch in each zone."""

import time

from local.cloud.alb.zones import zone_ids
from local.cloud.application import Cloud
from local.kubernetes.controller.openapi import Api

NETWORK = "default-NODELETING"
REGIONS = ("cn-hangzhou", "cn-shanghai", "cn-beijing", "cn-chengdu", "ap-southeast-1")
"""Where upstream's tests go when they do not like the region they are told."""
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
