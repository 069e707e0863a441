"""The switches of the local cloud: what is listed, what each answer changes, what is refused, what outlives a restart."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from local import behaviours
from local.__main__ import app
from local.behaviours import SWITCHES, Answers
from local.cloud.application import Cloud
from tests.local.conftest import REGION, Account, forward, make_ca, make_certificate
from tests.unit.settings_sample import PROJECT

CA_REPOSITORY = "uploadedAuthorityCertificate"


@pytest.fixture
def account(cloud_account: Account, request: pytest.FixtureRequest) -> Account:
    """An account on a cloud of its own."""
    return cloud_account


def choose(account: Account, **chosen: str) -> None:
    """Choose answers, `_` for `-`, in the running cloud."""
    from local.cloud import chosen_behaviours

    chosen_behaviours.choose(account.cloud.store, {name.replace("_", "-"): answer for name, answer in chosen.items()})


def addresses(account: Account, balancer: str) -> list[dict]:
    """The addresses of each zone, as they are answered."""
    zones = account("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer)["ZoneMappings"]
    return [zone.get("LoadBalancerAddresses") for zone in zones]


def test_every_switch_has_a_source_for_each_answer_and_two_answers():
    """What is not known has no fewer, and nothing is named twice."""
    for switch in SWITCHES:
        assert len({answer.name for answer in switch.answers}) == len(switch.answers) >= 2, switch.name
        assert switch.asks.endswith("?")
        assert all(answer.source and answer.means for answer in switch.answers), switch.name
    assert len({switch.name for switch in SWITCHES}) == len(SWITCHES)


def test_every_switch_is_asked_somewhere():
    """A switch that no code reads would promise what it does not do."""
    sources = "".join(path.read_text() for path in (PROJECT / "local").rglob("*.py") if path.name != "behaviours.py")
    constants = {name for name, value in vars(behaviours).items() if isinstance(value, behaviours.Switch)}
    assert {name for name in constants if f"{name}," not in sources and f"{name})" not in sources} == set()
    assert len(constants) == len(SWITCHES)


def test_the_page_is_the_table():
    """docs/reference/behaviours.md begins with what `behave --markdown` prints; a new switch is a new row."""
    page = (PROJECT / "docs" / "reference" / "behaviours.md").read_text()
    assert page.startswith("\n".join(behaviours.page()))


def test_an_answer_that_does_not_exist_is_refused_with_those_that_do():
    """In a choice, and in code that asks."""
    with pytest.raises(ValueError, match="allowed present, absent, late"):
        behaviours.parsed("zone-addresses=perhaps")
    with pytest.raises(ValueError, match="found the switch 'zones'"):
        behaviours.parsed("zones=present")
    with pytest.raises(ValueError, match="allowed present"):
        Answers().is_(behaviours.ZONE_ADDRESSES, "Present")
    assert behaviours.parsed("") == {}


def test_a_choice_outlives_a_restart_and_the_environment_adds_to_it(tmp_path: Path):
    """The store keeps it; what no switch has any more falls back to the likeliest answer."""
    first = Cloud(tmp_path, api_address="127.0.0.1:0", behave={"jobs": "minute"})
    first.store.put(behaviours.KIND, "ca-identifier", {"Switch": "ca-identifier", "Answer": "of-an-old-version"})
    first.store.close()
    second = Cloud(tmp_path, api_address="127.0.0.1:0", behave={"list-order": "reverse"})
    second.start()
    held = Account(second).cloud._context.behaviours.all()
    second.stop()
    assert (held["jobs"], held["list-order"], held["ca-identifier"]) == ("minute", "reverse", "uuid")
    with pytest.raises(ValueError, match="allowed"):
        Cloud(tmp_path, api_address="127.0.0.1:0", behave={"jobs": "never"})


def test_the_command_lists_explains_sets_and_clears(account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Against the running cloud; a star marks what is not the likeliest."""
    monkeypatch.setenv("MTLSEDGE_LOCAL_API_PORT", account.cloud.api_address.rpartition(":")[2])
    monkeypatch.setenv("MTLSEDGE_LOCAL_DIR", str(tmp_path))

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["behave", *arguments])
        return done.exit_code, done.output

    status, listed = run()
    assert (status, listed.count("\n"), listed.count("*")) == (0, len(SWITCHES), 0)
    _, changed = run("zone-addresses=absent", "jobs=minute")
    assert changed.count(" *") == 2
    assert account.cloud._context.behaviours.is_(behaviours.JOBS, "minute")
    _, explained = run("jobs")
    assert "minute (chosen)" in explained and "short (likeliest)" in explained and "source:" in explained
    status, refused = run("jobs=never")
    assert status == 1 and "allowed short, minute" in refused
    status, refused = run("job")
    assert status == 1 and "allowed zone-addresses" in refused
    assert run("--clear")[1].count("*") == 0


def test_without_a_cloud_the_command_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """No traceback."""
    monkeypatch.setenv("MTLSEDGE_LOCAL_API_PORT", "1")
    monkeypatch.setenv("MTLSEDGE_LOCAL_DIR", str(tmp_path))
    done = CliRunner().invoke(app, ["behave"])
    assert done.exit_code == 1 and "does not answer" in done.output


def test_addresses_of_zones(account: Account, monkeypatch: pytest.MonkeyPatch):
    """All, none, or none at first."""
    balancer = account.load_balancer(account.network())
    assert all(one[0]["AllocationId"] for one in addresses(account, balancer))
    choose(account, zone_addresses="absent")
    assert addresses(account, balancer) == [[], []]
    choose(account, zone_addresses="late")
    assert addresses(account, balancer) == [[], []]
    monkeypatch.setattr("local.cloud.alb.load_balancers.LATE_SECONDS", 0)
    assert all(one[0]["AllocationId"] for one in addresses(account, balancer))


def test_address_of_a_server(account: Account):
    """Of one that was added without: there or not; of one that was added with it always."""
    network = account.network()
    group = account.server_group(network["vpc"])
    instance = account.cloud.store
    instance.put(
        "ecs.instance", "i-a", {"InstanceId": "i-a", "VpcId": network["vpc"], "PrivateIpAddress": "192.168.1.9"}
    )
    for port, address in ((80, {}), (81, {"ServerIp": "192.168.1.9"})):
        server = {"ServerId": "i-a", "ServerType": "Ecs", "Port": port, **address}
        account("alb", "AddServersToServerGroup", ServerGroupId=group, Servers=[server])

    def shown() -> list[str | None]:
        rows = account("alb", "ListServerGroupServers", ServerGroupId=group)["Servers"]
        return [row.get("ServerIp") for row in rows]

    assert shown() == ["192.168.1.9", "192.168.1.9"]
    choose(account, server_address="echoed")
    assert shown() == [None, "192.168.1.9"]


def test_stickiness_of_a_rule(account: Account):
    """A session that nobody sent comes back or does not; one that was sent always does, on or off."""
    network = account.network()
    group, balancer = account.server_group(network["vpc"]), account.load_balancer(network)
    listener = account("alb", "CreateListener", LoadBalancerId=balancer, ListenerProtocol="HTTP", ListenerPort=80,
                       DefaultActions=forward(group))["ListenerId"]  # fmt: skip
    account.settled("alb.listener", "ListenerStatus", "Running")
    for priority, sent in ((1, None), (2, {"Enabled": True, "Timeout": 5}), (3, {"Enabled": False})):
        session = {"ServerGroupStickySession": sent} if sent else {}
        account("alb", "CreateRule", ListenerId=listener, RuleName=f"rule-{priority}", Priority=priority, RuleActions=[
            {"Type": "ForwardGroup", "Order": 1, "ForwardGroupConfig": {"ServerGroupTuples": [{"ServerGroupId": group}], **session}},
        ], RuleConditions=[{"Type": "Path", "PathConfig": {"Values": ["/a"]}}])  # fmt: skip

    def sticky() -> list[bool | None]:
        rules = account("alb", "ListRules", ListenerIds=[listener])["Rules"]
        configs = [rule["RuleActions"][0]["ForwardGroupConfig"] for rule in rules]
        return [(config.get("ServerGroupStickySession") or {}).get("Enabled") for config in configs]

    assert sticky() == [None, True, False]
    choose(account, rule_stickiness="present")
    assert sticky() == [False, True, False]


def test_empty_texts(account: Account):
    """As text, not at all, or as null, in whatever answer."""
    group = account.server_group(account.network()["vpc"])

    def shown() -> dict:
        return account.raw("alb", "ListServerGroups", **{"ServerGroupIds.1": group})[1]["ServerGroups"][0]

    assert shown()["ServiceName"] == ""
    choose(account, empty_texts="null")
    assert shown()["ServiceName"] is None
    choose(account, empty_texts="absent")
    assert "ServiceName" not in shown() and shown()["ServerGroupName"] == "web"


def test_order_of_lists(account: Account):
    """Objects the other way round, at any depth; plain values and a certificate's chain stay as they are."""
    network = account.network()
    balancer = account.load_balancer(network)
    zones = [
        zone["ZoneId"] for zone in account("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer)["ZoneMappings"]
    ]
    groups = [account.server_group(network["vpc"], name) for name in ("first", "second")]
    choose(account, list_order="reverse")
    turned = account("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer)["ZoneMappings"]
    assert [zone["ZoneId"] for zone in turned] == zones[::-1]
    listed = account("alb", "ListServerGroups")["ServerGroups"]
    assert [group["ServerGroupId"] for group in listed] == groups[::-1]


def test_errors_without_a_message(account: Account):
    """The code stays; what the local cloud itself complains of is told all the same."""
    choose(account, error_messages="empty")
    assert account.raw("alb", "DeleteListener", ListenerId="lsn-none")[1]["Message"] == ""
    assert account.error("alb", "DeleteListener", ListenerId="lsn-none") == (404, "ResourceNotFound.Listener")
    assert "does not know" in account.raw("alb", "ListAcls", Nonsense="1")[1]["Message"]


def test_jobs_that_take_a_minute(account: Account):
    """What ALB does in the background takes longer; a network does not."""
    choose(account, jobs="minute")
    account.network()
    assert account.cloud._transitions._slower_by("alb.load_balancer") == 60
    assert account.cloud._transitions._slower_by("cloud.job") == 60
    assert account.cloud._transitions._slower_by("vpc.vpc") == 0


def test_identifiers_of_an_authority(account: Account):
    """A UUID or 32 digits; a listener takes either."""
    assert len(account.authority()) == 36
    choose(account, ca_identifier="hex")
    assert len(account.authority()) == 32


def repository(account: Account) -> tuple[str, list[dict]]:
    """A new repository: the id of its creation, and what is listed."""
    made = account("cas", "CreateWarehouse", Name="ca", Type=CA_REPOSITORY)["WarehouseInstanceId"]
    return made, account("cas", "ListCertWarehouse", Name="ca")["CertWarehouseList"]


@pytest.mark.parametrize("spelling", ["uploadCA", CA_REPOSITORY, "pcaCaCert"])
def test_ids_and_types_of_a_repository(account: Account, spelling: str):
    """Of two styles and three spellings; the filters go by what is shown."""
    choose(account, repository_id="other", repository_type=spelling)
    made, (listed,) = repository(account)
    assert listed["InstanceId"] != made and listed["Type"] == spelling
    found = account("cas", "ListCertWarehouse", InstanceId=listed["InstanceId"], Type=spelling)["CertWarehouseList"]
    assert found == [listed]
    assert account("cas", "ListCertWarehouse", InstanceId=made)["CertWarehouseList"] == []
    account("cas", "DeleteWarehouse", WarehouseInstanceId=made)


def test_a_repository_that_is_listed_late(account: Account, monkeypatch: pytest.MonkeyPatch):
    """Neither it nor its certificates stand in the lists at first; calls by id find them."""
    choose(account, repository_listing="late")
    made, listed = repository(account)
    assert listed == []
    number = account.cloud.store.get("cas.warehouse", made)["WhId"]
    id_ = account("cas", "UploadPCACert", WarehouseId=number, Cert=make_ca()[0])["Identifier"]
    assert account("cas", "ListCert", WarehouseId=number)["CertList"] == []
    assert account("cas", "DescribeWarehouseCert", CertIdentifier=id_)["CertIdentifier"] == id_
    monkeypatch.setattr("local.cloud.cas.warehouses.LATE_SECONDS", 0)
    assert [one["Identifier"] for one in account("cas", "ListCert", WarehouseId=number)["CertList"]] == [id_]


def test_a_repository_that_is_not_empty(account: Account):
    """Refused, or gone with what it holds."""
    made, (listed,) = repository(account)
    account("cas", "UploadPCACert", WarehouseId=listed["WhId"], Cert=make_ca()[0])
    assert account.error("cas", "DeleteWarehouse", WarehouseInstanceId=made) == (400, "WarehouseNotEmpty")
    choose(account, repository_not_empty="allowed")
    account("cas", "DeleteWarehouse", WarehouseInstanceId=made)
    assert account.cloud.store.list("cas.ca_certificate") == []


def test_an_authority_in_use(account: Account):
    """Refused, or deleted; then the listener keeps a copy to trust."""
    network, authority = account.network(), account.authority()
    account("alb", "CreateListener", LoadBalancerId=account.load_balancer(network), ListenerProtocol="HTTPS",
            ListenerPort=443, CaEnabled=True, CaCertificates=[{"CertificateId": authority}],
            Certificates=[{"CertificateId": account.certificate()}],
            DefaultActions=forward(account.server_group(network["vpc"])))  # fmt: skip
    assert account.error("cas", "DeletePCACert", Identifier=authority) == (400, "CertificateInUse")
    choose(account, ca_in_use="allowed")
    account("cas", "DeletePCACert", Identifier=authority)
    assert account.cloud.store.list("cas.ca_certificate") == []
    assert [one["Identifier"] for one in account.cloud.store.list("cloud.trusted_ca")] == [authority]


def test_a_server_certificate_in_use(account: Account):
    """Refused, or deleted; then the listener goes on with its copy, and the key outlives a start. One that is not used goes whole."""
    network, used = account.network(), account.certificate()
    unused = account.certificate("unused")
    account("alb", "CreateListener", LoadBalancerId=account.load_balancer(network), ListenerProtocol="HTTPS",
            ListenerPort=443, Certificates=[{"CertificateId": used}],
            DefaultActions=forward(account.server_group(network["vpc"])))  # fmt: skip
    numbers = [one.partition("-")[0] for one in (used, unused)]
    assert account.error("cas", "DeleteUserCertificate", CertId=numbers[0]) == (400, "CertificateInUse")
    choose(account, ca_in_use="allowed")
    for number in numbers:
        account("cas", "DeleteUserCertificate", CertId=number)
    assert account.cloud.store.list("cas.server_certificate") == []
    served = account.cloud.store.list("cloud.served_certificate")
    assert [str(one["CertId"]) for one in served] == numbers[:1]
    assert [f"keys/{file.name}" for file in (account.cloud.folder / "keys").iterdir()] == [served[0]["KeyFile"]]


def test_a_certificate_under_the_other_suffix(account: Account):
    """Unseen or seen; a suffix that is no site never."""
    network = account.network()
    group, balancer, certificate = (
        account.server_group(network["vpc"]),
        account.load_balancer(network),
        account.certificate(),
    )
    number = certificate.partition("-")[0]

    def listener(id_: str) -> dict:
        return {"LoadBalancerId": balancer, "ListenerProtocol": "HTTPS", "ListenerPort": 443,
                "Certificates": [{"CertificateId": id_}], "DefaultActions": forward(group)}  # fmt: skip

    assert account.error("alb", "CreateListener", **listener(f"{number}-cn-hangzhou"))[0] == 404
    choose(account, other_site="seen")
    assert account.error("alb", "CreateListener", **listener(f"{number}-eu-central-1"))[0] == 404
    account("alb", "CreateListener", **listener(f"{number}-cn-hangzhou"))


@pytest.mark.parametrize(("answer", "suffix"), [("china", "cn-hangzhou"), ("international", "ap-southeast-1")])
def test_the_site_of_hongkong(tmp_path: Path, answer: str, suffix: str):
    """One or the other; a region on the mainland is the mainland's under both."""
    for region, site in (("cn-hongkong", suffix), ("cn-beijing", "cn-hangzhou"), (REGION, REGION)):
        cloud = Cloud(tmp_path / region, api_address="127.0.0.1:0", region=region, behave={"hongkong-site": answer})
        assert cloud._context.site == site
        cloud.store.close()


def detail(account: Account, number: int) -> dict:
    """What is answered about a server certificate."""
    return account("cas", "GetUserCertificateDetail", CertId=number)


def test_what_comes_back_of_a_server_certificate(account: Account):
    """Key or none, the whole chain or its first, and how the texts end."""
    pem, key = make_certificate()
    cert = pem + make_ca()[0]
    number = account("cas", "UploadUserCertificate", Name="server", Cert=cert, Key=key)["CertId"]
    assert (detail(account, number)["Cert"], detail(account, number)["Key"]) == (cert, key)
    choose(account, pem_end="stripped")
    assert (detail(account, number)["Cert"], detail(account, number)["Key"]) == (cert[:-1], key[:-1])
    choose(account, pem_end="newline", certificate_chain="leaf", private_key="withheld")
    assert (detail(account, number)["Cert"], detail(account, number)["Key"]) == (pem, "")


@pytest.mark.parametrize("status", ["400", "404"])
def test_a_server_certificate_that_is_missing(account: Account, status: str):
    """One code, two kinds of HTTP status."""
    choose(account, missing_certificate=status)
    assert account.error("cas", "GetUserCertificateDetail", CertId=1) == (int(status), "NotFound")


@pytest.mark.parametrize(("answer", "parent"), [("top-level", "test"), ("zone", "example.test"), ("unsaid", None)])
def test_where_a_proof_goes(account: Account, answer: str, parent: str | None):
    """The zone above, the top-level domain, or nothing; host and value are the same."""
    choose(account, txt_proof=answer)
    proof = account("alidns", "GetTxtRecordForVerify", DomainName="www.example.test", Type="ADD_SUB_DOMAIN")
    assert proof.get("ParentDomainName") == parent and proof["RR"] and proof["Value"]


def test_a_revoked_authority_that_stays(account: Account):
    """A CA that was bought is refused; the default deletes it (test_cloud_pca)."""
    choose(account, revoked_authority="refused")
    subject = {
        "CommonName": "root",
        "Organization": "Acme",
        "OrganizationUnit": "Edge",
        "Locality": "SG",
        "State": "SG",
    }
    id_ = account("pca", "CreateRootCACertificate", Years=5, **subject)["Identifier"]
    account("pca", "UpdateCACertificateStatus", Identifier=id_, Status="REVOKE")
    assert account.error("pca", "DeleteClientCertificate", Identifier=id_) == (400, "CertificateStatusError")


def test_the_control_path_refuses_what_there_is_not(account: Account):
    """Nothing is changed then."""
    import http.client

    connection = http.client.HTTPConnection(account.cloud.api_address, timeout=5)
    body = json.dumps({"jobs": "minute", "list-order": "none"})
    connection.request("POST", "/-/behaviours", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert (answer.status, "allowed made, reverse" in answer.read().decode()) == (400, True)
    assert account.cloud._context.behaviours.is_(behaviours.JOBS, "short")
