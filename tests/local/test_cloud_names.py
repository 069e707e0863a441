"""Alidns of the local cloud: zones, records, and what cannot stand beside what."""

import pytest

from local.cloud.alidns import conflicts

ZONE = "example.test"


def add(account, rr="www", type="CNAME", value="alb.example.com", **more):
    """The id of a new record."""
    return account("alidns", "AddDomainRecord", DomainName=ZONE, RR=rr, Type=type, Value=value, **more)["RecordId"]


def refused(account, rr="www", type="CNAME", value="alb.example.com", **more):
    """The code with which a new record is refused."""
    return account.error("alidns", "AddDomainRecord", DomainName=ZONE, RR=rr, Type=type, Value=value, **more)[1]


def test_the_account_owns_its_zone_from_the_start(cloud_account):
    """example.test is there with its minimum TTL, and does not make the account non-empty."""
    seen = cloud_account("alidns", "DescribeDomainInfo", DomainName=ZONE)
    assert (seen["MinTtl"], seen["VersionCode"]) == (600, "mianfei")
    assert cloud_account.cloud.store.is_empty()
    assert cloud_account.error("alidns", "DescribeDomainInfo", DomainName="no.test")[1] == "InvalidDomainName.NoExist"


def test_the_life_of_a_record(cloud_account):
    """Added, switched off, changed, listed, found by host name, deleted."""
    id = add(cloud_account, TTL=600)
    cloud_account("alidns", "SetDomainRecordStatus", RecordId=id, Status="DISABLE")
    cloud_account(
        "alidns",
        "UpdateDomainRecord",
        RecordId=id,
        RR="www",
        Type="CNAME",
        Value="b.example.com.",
        TTL=700,
        Line="default",
    )
    seen = cloud_account("alidns", "DescribeDomainRecordInfo", RecordId=id)
    assert (seen["Value"], seen["TTL"], seen["Status"], seen["Line"]) == ("b.example.com", 700, "DISABLE", "default")
    rows = cloud_account("alidns", "DescribeDomainRecords", DomainName=ZONE, RRKeyWord="ww")
    assert (rows["TotalCount"], rows["DomainRecords"]["Record"][0]["RecordId"]) == (1, id)
    assert cloud_account("alidns", "DescribeSubDomainRecords", SubDomain=f"www.{ZONE}")["TotalCount"] == 1
    cloud_account("alidns", "DeleteDomainRecord", RecordId=id)
    gone = (400, "DomainRecordNotBelongToUser")
    assert cloud_account.error("alidns", "DescribeDomainRecordInfo", RecordId=id) == gone


def test_the_same_record_twice_is_a_duplicate(cloud_account):
    """On adding, and on an update that changes nothing."""
    id = add(cloud_account)
    assert refused(cloud_account) == "DomainRecordDuplicate"
    again = {"RecordId": id, "RR": "www", "Type": "CNAME", "Value": "alb.example.com"}
    assert cloud_account.error("alidns", "UpdateDomainRecord", **again)[1] == "DomainRecordDuplicate"


def test_nothing_stands_beside_a_cname(cloud_account):
    """Neither address nor TXT on its host; another host or line is free."""
    add(cloud_account)
    assert refused(cloud_account, type="A", value="192.0.2.1") == "DomainRecordConflict"
    assert refused(cloud_account, type="TXT", value="proof") == "DomainRecordConflict"
    assert add(cloud_account, rr="_dnsauth.www", type="TXT", value="proof")
    assert add(cloud_account, type="A", value="192.0.2.1", Line="oversea")


def test_values_out_of_bounds_are_refused(cloud_account):
    """TTL below the zone's minimum, an address of the other family, an MX without priority, a bad host."""
    assert refused(cloud_account, TTL=599) == "QuotaExceeded.TTL"
    assert refused(cloud_account, TTL=86401) == "QuotaExceeded.TTL"
    assert refused(cloud_account, type="A", value="2001:db8::1") == "DnsRecordInvalid.Value"
    assert refused(cloud_account, value="not a name") == "DnsRecordInvalid.Value"
    assert refused(cloud_account, type="MX", value="mail.example.com") == "MissingParameter"
    assert refused(cloud_account, rr="-bad-") == "InvalidRR.Format"
    assert refused(cloud_account, type="SPF", value="x") == "InvalidParameter.Type"


@pytest.mark.parametrize(
    ("host", "one", "other", "forbidden"),
    [
        ("@", "CNAME", "MX", False),
        ("@", "CNAME", "TXT", False),
        ("@", "CNAME", "A", True),
        ("@", "REDIRECT_URL", "FORWARD_URL", True),
        ("www", "CNAME", "MX", True),
        ("www", "CNAME", "CNAME", False),
        ("www", "A", "AAAA", False),
        ("www", "A", "REDIRECT_URL", True),
    ],
)
def test_the_published_table_of_conflicts(host, one, other, forbidden):
    """alibaba-cloud.md §3.2, in both directions."""
    records = [{"RR": host, "Line": "default", "Type": type} for type in (one, other)]
    assert bool(conflicts.conflicting(records[0], [records[1]])) is forbidden
    assert bool(conflicts.conflicting(records[1], [records[0]])) is forbidden


def test_a_zone_below_another_needs_the_proof_first(cloud_account):
    """AddDomain is refused until the TXT record of GetTxtRecordForVerify is in the zone above."""
    name = f"shop.{ZONE}"
    assert cloud_account.error("alidns", "AddDomain", DomainName=name)[1] == "SubDomainNeedVerify"
    proof = cloud_account("alidns", "GetTxtRecordForVerify", DomainName=name, Type="ADD_SUB_DOMAIN")
    assert (proof["RR"], proof["ParentDomainName"]) == ("alidnscheck.shop", "test")
    add(cloud_account, rr=proof["RR"], type="TXT", value=proof["Value"])
    assert cloud_account("alidns", "AddDomain", DomainName=name)["DomainName"] == name
    assert cloud_account.error("alidns", "AddDomain", DomainName=name)[1] == "InvalidDomainName.Duplicate"


def test_deleting_a_zone_takes_its_records_along(cloud_account):
    """And only its own."""
    cloud_account("alidns", "AddDomain", DomainName="other.test")
    cloud_account("alidns", "AddDomainRecord", DomainName="other.test", RR="www", Type="A", Value="192.0.2.1")
    kept = add(cloud_account)
    cloud_account("alidns", "DeleteDomain", DomainName="other.test")
    assert [record["RecordId"] for record in cloud_account.cloud.store.list("alidns.record")] == [kept]


def test_a_group_of_zones_names_them_and_leaves_them(cloud_account):
    """A zone in it shows its name, also a new one; a group that is not there is refused, and so is a name that is taken."""
    zone = {"DomainName": "grouped.test"}
    cloud_account("alidns", "AddDomain", **zone)
    group = {"GroupId": cloud_account("alidns", "AddDomainGroup", GroupName="edge")["GroupId"]}
    cloud_account("alidns", "ChangeDomainGroup", **zone, **group)
    cloud_account("alidns", "UpdateDomainGroup", **group, GroupName="edges")
    assert cloud_account("alidns", "DescribeDomainInfo", **zone)["GroupName"] == "edges"
    rows = cloud_account("alidns", "DescribeDomainGroups", KeyWord="edge")["DomainGroups"]["DomainGroup"]
    assert [(row["GroupName"], row["DomainCount"]) for row in rows] == [("edges", 1)]
    assert cloud_account.error("alidns", "AddDomainGroup", GroupName="edges")[0] == 400
    refusal = cloud_account.error("alidns", "ChangeDomainGroup", **zone, GroupId="other")
    assert refusal == (404, "InvalidDomainGroup.NotFound")
    cloud_account("alidns", "DeleteDomainGroup", **group)
    assert cloud_account("alidns", "DescribeDomainInfo", **zone)["GroupId"] == ""
    assert cloud_account.error("alidns", "DeleteDomainGroup", **group)[0] == 404


def test_a_mail_exchange_that_becomes_another_type_has_no_priority(cloud_account):
    """As upstream's tests expect; a priority that comes along with the other type counts for nothing."""
    zone = {"DomainName": "mail.test"}
    cloud_account("alidns", "AddDomain", **zone)
    mail = {"RR": "mx", "Type": "MX", "Value": "mx.example.test", "Priority": 3}
    one = {"RecordId": cloud_account("alidns", "AddDomainRecord", **zone, **mail)["RecordId"]}
    assert cloud_account("alidns", "DescribeDomainRecordInfo", **one)["Priority"] == 3
    cloud_account("alidns", "UpdateDomainRecord", **one, **{**mail, "Type": "CNAME"})
    assert not cloud_account("alidns", "DescribeDomainRecordInfo", **one).get("Priority")
