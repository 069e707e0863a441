"""The products: every version string on the wire belongs to exactly one (openapi-contract.md §2.3)."""

PRODUCTS = {
    "2020-06-16": "alb",
    "2020-04-07": "cas",
    "2018-08-13": "cas",
    "2020-06-30": "cas",
    "2020-06-19": "cas",
    "2019-10-23": "sls",
    "2015-01-09": "alidns",
    "2016-04-28": "vpc",
    "2014-05-26": "ecs",
    "2015-04-01": "sts",
    "2015-06-12": "location",
    "2017-12-14": "bssopenapi",
    "2016-01-20": "kms",
    "2015-12-15": "cs",
    "2021-10-01": "waf-openapi",
    "2020-03-31": "resourcemanager",
    "2015-05-01": "ram",
}
"""API version -> product code."""

ALB = "2020-06-16"
ALIDNS = "2015-01-09"
CAS = "2020-04-07"
CAS_NAMES = "2018-08-13"
"""The version under which the provider renames certificates, and nothing else."""
CAS_OLDER = "2020-06-19"
"""An interface that is in no SDK any more; the vendor's controller of 2024 uses it."""
CAS_PCA = "2020-06-30"
"""The version of the private CA."""
ECS = "2014-05-26"
VPC = "2016-04-28"
STS = "2015-04-01"
LOCATION = "2015-06-12"
BSS = "2017-12-14"
RESOURCE_MANAGER = "2020-03-31"
RAM = "2015-05-01"
SLS = "2019-10-23"
KMS = "2016-01-20"
CS = "2015-12-15"
WAF = "2021-10-01"
