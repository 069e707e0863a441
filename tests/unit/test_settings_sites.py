"""Site, region, account type and the provider's certificate endpoint: which go together, and what is said if not."""

import pytest

from tests.unit.settings_sample import ABSENT, local, problems

INTERNATIONAL, CHINA = "cas.ap-southeast-1.aliyuncs.com", "cas.aliyuncs.com"


def said(region: str, site: str, account_type: str, cas: str = "") -> list[str]:
    """Paths and allowed values of the problems with the account, on public endpoints."""
    endpoints = [{"cas": cas}] if cas else ABSENT
    changes = {"alicloud:region": region, "certificateSite": site, "alicloud:accountType": account_type,
               "alicloud:endpoints": endpoints, "alicloud:accessKey": ABSENT, "alicloud:secretKey": ABSENT}  # fmt: skip
    return [line for line in problems(local(changes)) if line.startswith(("alicloud:", "mtlsedge:certificateSite"))]


@pytest.mark.parametrize(
    ("region", "site", "account_type", "cas"),
    [
        ("ap-southeast-1", "international", "International", ""),
        ("eu-central-1", "international", "Domestic", INTERNATIONAL),
        ("cn-hangzhou", "china", "Domestic", ""),
        ("cn-hangzhou", "china", "International", ""),
        ("cn-hongkong", "international", "International", ""),
        ("cn-hongkong", "china", "Domestic", ""),
        ("cn-hongkong", "international", "Domestic", INTERNATIONAL),
        ("ap-southeast-1", "international", "Domestic", "127.0.0.1:4600"),
    ],
)
def test_a_fitting_site_is_taken(region, site, account_type, cas):
    """The site is the region's; a provider that would ask the other one is told the endpoint."""
    assert said(region, site, account_type, cas) == []


@pytest.mark.parametrize(
    ("region", "site", "account_type", "cas", "line"),
    [
        ("eu-central-1", "china", "Domestic", "", "mtlsedge:certificateSite: found 'china'; allowed: international: load"),
        ("cn-hangzhou", "international", "International", "", "mtlsedge:certificateSite: found 'international'; allowed: china"),
        ("eu-central-1", "international", "Domestic", "", "alicloud:endpoints: found nothing; allowed: [{cas: " + INTERNATIONAL),
        ("cn-hongkong", "china", "International", "", "alicloud:endpoints: found nothing; allowed: [{cas: " + CHINA),
        ("eu-central-1", "international", "International", CHINA, "alicloud:endpoints: found cas: " + CHINA),
        ("eu-central-1", "international", "Domestic", "cas.example.com", "alicloud:endpoints: found cas: cas.example.com"),
    ],
)  # fmt: skip
def test_a_site_that_does_not_fit_gives_one_line(region, site, account_type, cas, line):
    """One line at the key that mends it: the site by region, the endpoint by site."""
    lines = said(region, site, account_type, cas)
    assert len(lines) == 1, lines
    assert lines[0].startswith(line)
