"""The two sites of Certificate Management Service: which endpoint, which suffix of ids, which regions.

Pure. A load balancer takes certificates of one site only, by its region and whatever the account's type
(certimate#827; certimate's ALB deployer; the tutorial's region choice "Outside Chinese Mainland").
"""

from typing import Literal

Site = Literal["international", "china"]

SITES: tuple[Site, ...] = ("international", "china")
DEFAULT_SITE: Site = "international"
"""Of components; a stack file's default follows its region (`of_region`)."""
HOSTS: dict[Site, str] = {"international": "cas.ap-southeast-1.aliyuncs.com", "china": "cas.aliyuncs.com"}
"""The endpoint of each site; there are no others (provider: connectivity/endpoint.go)."""
SUFFIXES: dict[Site, str] = {"international": "ap-southeast-1", "china": "cn-hangzhou"}
"""End of a server certificate's id as listeners want it: `<CertId>-<suffix>`."""


def known(site: str) -> Site:
    """The site of this name; raises ValueError for another text."""
    for one in SITES:
        if one == site:
            return one
    raise ValueError(f"site: found {site!r}; allowed: {', '.join(SITES)}")


def of_region(region: str) -> tuple[Site, ...]:
    """The sites whose certificates a load balancer in this region may take.

    Two for cn-hongkong: public sources disagree (certimate: China's; the provider: by the account's type).
    """
    if region == "cn-hongkong":
        return SITES
    return ("china",) if region.startswith("cn-") else ("international",)


def of_provider(account_type: str, region: str) -> Site:
    """The site whose endpoint the provider takes when it is not told one (provider: connectivity/endpoint.go)."""
    is_abroad = not region.startswith("cn-") or region == "cn-hongkong"
    return "international" if account_type == "International" and is_abroad else "china"
