"""ALB listeners of the local cloud, through the vendor's SDK: what mutual TLS needs, and what is refused."""

from itertools import count

import pytest

from local.cloud import chosen_behaviours, transitions
from tests.local.cloud_life_calls import flat
from tests.local.conftest import forward

_PORTS = count(10_000)


@pytest.fixture(scope="module")
def cloud_parts(cloud_shared, cloud_network, cloud_balancer):
    """Load balancer, server group, server certificate and CA that the tests of this module share."""
    return {
        "LoadBalancerId": cloud_balancer,
        "group": cloud_shared.server_group(cloud_network["vpc"]),
        "certificate": cloud_shared.certificate("listeners"),
        "ca": cloud_shared.authority(),
    }


def https(parts, **changes):
    """Parameters of an HTTPS listener with mutual authentication, on a port of its own."""
    parameters = {
        "LoadBalancerId": parts["LoadBalancerId"],
        "ListenerProtocol": "HTTPS",
        "ListenerPort": next(_PORTS),
        "DefaultActions": forward(parts["group"]),
        "Certificates": [{"CertificateId": parts["certificate"]}],
        "CaEnabled": True,
        "CaCertificates": [{"CertificateId": parts["ca"]}],
        "SecurityPolicyId": "tls_cipher_policy_1_2_strict_with_1_3",
    }
    return {key: value for key, value in {**parameters, **changes}.items() if value is not None}


def create(account, parts, **changes):
    """A running listener's id."""
    id = account("alb", "CreateListener", **https(parts, **changes))["ListenerId"]
    account.until("alb", "GetListenerAttribute", "ListenerStatus", "Running", ListenerId=id)
    return id


def test_a_mutual_tls_listener_comes_back_as_it_was_declared(cloud_shared, cloud_parts):
    """Everything sent is echoed; what was not sent has the service's defaults; no drift for the provider."""
    forwarded = {"XForwardedForClientCertSubjectDNEnabled": True, "XForwardedForClientCertSubjectDNAlias": "x-subject"}
    id = create(cloud_shared, cloud_parts, XForwardedForConfig=forwarded, ListenerDescription="front")
    seen = cloud_shared("alb", "GetListenerAttribute", ListenerId=id)
    assert seen["CaEnabled"] is True
    assert [ca["CertificateId"] for ca in seen["CaCertificates"]] == [cloud_parts["ca"]]
    assert [c["CertificateId"] for c in seen["Certificates"]] == [cloud_parts["certificate"]]
    assert seen["XForwardedForConfig"].items() >= forwarded.items()
    assert (seen["IdleTimeout"], seen["RequestTimeout"], seen["Http2Enabled"]) == (15, 60, True)
    assert seen["AclConfig"]["AclRelations"] == []


def test_the_job_of_a_new_listener_succeeds(cloud_shared, cloud_parts, monkeypatch):
    """ListAsynJobs answers exactly the job asked for, Processing until its time has come, then Succeeded."""
    store = cloud_shared.cloud.store
    with monkeypatch.context() as patched:
        patched.setattr(transitions, "SETTLE_SECONDS", 3600)
        job = cloud_shared("alb", "CreateListener", **https(cloud_parts))["JobId"]
    assert [j["Status"] for j in cloud_shared("alb", "ListAsynJobs", JobIds=[job])["Jobs"]] == ["Processing"]
    with store.transaction():
        for key, pending in store.items(transitions.KIND):
            store.put(transitions.KIND, key, {**pending, "Due": 0})
    cloud_shared("alb", "CreateListener", **https(cloud_parts))  # a new change has the pending ones looked at
    cloud_shared.settled("cloud.job", "Status", "Succeeded")
    assert [j["Id"] for j in cloud_shared("alb", "ListAsynJobs", JobIds=[job])["Jobs"]] == [job]
    assert cloud_shared("alb", "ListAsynJobs", JobIds=["job-unknown"])["Jobs"] == []


def test_switching_verification_off_keeps_the_ca_list(cloud_shared, cloud_parts):
    """An absent key in an update means unchanged, so CaEnabled false then true needs no list."""
    id = create(cloud_shared, cloud_parts)
    for wanted in (False, True):
        cloud_shared("alb", "UpdateListenerAttribute", ListenerId=id, CaEnabled=wanted)
        cloud_shared.settled("alb.listener", "ListenerStatus", "Running")
        seen = cloud_shared("alb", "GetListenerAttribute", ListenerId=id)
        assert (seen["CaEnabled"], len(seen["CaCertificates"])) == (wanted, 1)


REFUSED = {
    "mutual TLS without a CA": ({"CaCertificates": None}, (400, "MissingParameter")),
    "a CA nobody uploaded": (
        {"CaCertificates": [{"CertificateId": "0" * 32}]},
        (404, "ResourceNotFound.CaCertificate"),
    ),
    "no server certificate": ({"Certificates": None}, (400, "InvalidParameter.Certificates")),
    "an unknown server certificate": (
        {"Certificates": [{"CertificateId": "1-ap-southeast-1"}]},
        (404, "ResourceNotFound.Certificate"),
    ),
    "an unknown policy": ({"SecurityPolicyId": "tls_cipher_policy_9"}, (404, "ResourceNotFound.SecurityPolicy")),
    "no default action": ({"DefaultActions": None}, (400, "InvalidParameter.DefaultActions")),
    "an unknown server group": ({"DefaultActions": forward("sgp-none")}, (404, "ResourceNotFound.ServerGroup")),
    "an unknown load balancer": ({"LoadBalancerId": "alb-none"}, (404, "ResourceNotFound.LoadBalancer")),
    "a port out of range": ({"ListenerPort": 65536}, (400, "InvalidParameter.ListenerPort")),
    "a protocol of another kind": ({"ListenerProtocol": "TCP"}, (400, "InvalidParameter.ListenerProtocol")),
    "a timeout out of range": ({"IdleTimeout": 601}, (400, "InvalidParameter.IdleTimeout")),
    "an alias with a bad tail": (
        {"XForwardedForConfig": {"XForwardedForClientCertSubjectDNAlias": "x-subject!"}},
        (400, "InvalidParameter.XForwardedForConfig.XForwardedForClientCertSubjectDNAlias"),
    ),
    "mutual TLS on an HTTP listener": (
        {"ListenerProtocol": "HTTP", "Certificates": None, "SecurityPolicyId": None},
        (400, "InvalidParameter.CaEnabled"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_near_misses_are_refused(cloud_shared, cloud_parts, case):
    """Each listener differs in one thing from one that works, and is refused with the code of that thing."""
    changes, expected = REFUSED[case]
    assert cloud_shared.error("alb", "CreateListener", **https(cloud_parts, **changes)) == expected


def test_two_ca_certificates_are_refused(cloud_shared, cloud_parts):
    """A listener trusts one CA, even if both exist."""
    both = [{"CertificateId": cloud_parts["ca"]}, {"CertificateId": cloud_shared.authority()}]
    refusal = cloud_shared.error("alb", "CreateListener", **https(cloud_parts, CaCertificates=both))
    assert refusal == (400, "InvalidParameter.CaCertificates")


def test_a_certificate_id_with_the_other_sites_suffix_is_refused(cloud_shared, cloud_parts):
    """The suffix is the CAS site of the upload, not the region of the load balancer."""
    wrong = cloud_parts["certificate"].replace("ap-southeast-1", "cn-hangzhou")
    refusal = cloud_shared.error("alb", "CreateListener", **https(cloud_parts, Certificates=[{"CertificateId": wrong}]))
    assert refusal == (404, "ResourceNotFound.Certificate")


@pytest.mark.parametrize(
    ("answer", "suffix", "is_taken"),
    [
        ("region", "eu-central-1", True),
        ("region", "cn-shanghai", False),
        ("region", "x", False),
        ("unseen", "eu-central-1", False),
    ],
)
def test_a_region_of_the_site_is_a_suffix_where_it_is_said_to_be(cloud_account, answer, suffix, is_taken):
    """As upstream's tests write it; neither a region of the other site nor a word that is no region."""
    parts = {"LoadBalancerId": cloud_account.load_balancer(network := cloud_account.network())}
    parts |= {"group": cloud_account.server_group(network["vpc"]), "ca": cloud_account.authority()}
    number = cloud_account.certificate("listeners").partition("-")[0]
    chosen_behaviours.choose(cloud_account.cloud.store, {"other-site": answer})
    sent = flat(https({**parts, "certificate": f"{number}-{suffix}"}))
    assert (cloud_account.raw("alb", "CreateListener", **sent)[0] == 200) is is_taken


def test_a_port_can_be_used_once(cloud_shared, cloud_parts):
    """HTTP and HTTPS share a port with nobody; QUIC is UDP and may."""
    port = next(_PORTS)
    create(cloud_shared, cloud_parts, ListenerPort=port)
    assert cloud_shared.error("alb", "CreateListener", **https(cloud_parts, ListenerPort=port)) == (
        400, "ResourceAlreadyExist.Listener",
    )  # fmt: skip
    quic = https(cloud_parts, ListenerPort=port, ListenerProtocol="QUIC", CaEnabled=None, CaCertificates=None)
    assert cloud_shared("alb", "CreateListener", **{**quic, "SecurityPolicyId": None})["ListenerId"]


def test_the_basic_edition_refuses_mutual_tls(cloud_shared, cloud_network, cloud_parts):
    """Only Standard and StandardWithWaf verify clients; the same listener without CaEnabled is taken."""
    basic = cloud_shared.load_balancer(cloud_network, LoadBalancerEdition="Basic")
    refusal = cloud_shared.error("alb", "CreateListener", **https(cloud_parts, LoadBalancerId=basic))
    assert refusal == (400, "OperationDenied.CaNotSupported")
    plain = https(cloud_parts, LoadBalancerId=basic, CaEnabled=None, CaCertificates=None)
    assert cloud_shared("alb", "CreateListener", **plain)["ListenerId"]


def test_scripts_of_a_listener(cloud_shared, cloud_network, cloud_parts):
    """Made, changed, switched and deleted, all of a call or none; a position stays; they go with their listener."""
    listener = create(cloud_shared, cloud_parts)
    wanted = {"AScriptName": "head", "ScriptContent": "if $uri { rewrite('/', 'break') }\nnow()"}
    foot = {"AScriptName": "foot", "ScriptContent": "time()", "Position": "RequestFoot", "Enabled": True}
    extended = {"ExtAttributeEnabled": True, "ExtAttributes": [{"AttributeKey": "EsDebug", "AttributeValue": "k3y"}]}

    def shown(**filters):
        return {one["AScriptName"]: one for one in cloud_shared("alb", "ListAScripts", **filters)["AScripts"]}

    def kept(id):
        """What the vendor's SDK does not read of an answer, and the provider does."""
        return next(one for one in cloud_shared.cloud.store.list("alb.script") if one["AScriptId"] == id)

    def code(action, **parameters):
        return cloud_shared.error("alb", f"{action}AScripts", **parameters)[1]

    made = cloud_shared("alb", "CreateAScripts", ListenerId=listener, AScripts=[wanted, foot])
    first, second = (one["AScriptId"] for one in made["AScriptIds"])
    assert {one["AScriptStatus"] for one in shown(ListenerIds=[listener]).values()} == {"Creating"}
    assert code("Update", AScripts=[{"AScriptId": first, "Enabled": True}]) == "IncorrectStatus.AScript"
    cloud_shared.settled("alb.script", "AScriptStatus", "Available")
    head = shown(AScriptIds=[first])["head"]
    assert head["ScriptContent"] == wanted["ScriptContent"]
    owner = (head["ListenerId"], head["LoadBalancerId"], head["Enabled"])
    assert owner == (listener, cloud_parts["LoadBalancerId"], False)
    assert [kept(id)["Position"] for id in (first, second)] == ["RequestHead", "RequestFoot"]
    change = {"AScriptId": first, "AScriptName": "renamed", "Enabled": True, **extended}
    assert code("Update", AScripts=[change, {"AScriptId": "as-none", "Enabled": True}]) == "ResourceNotFound.AScript"
    assert set(shown(ListenerIds=[listener])) == {"head", "foot"}
    cloud_shared("alb", "UpdateAScripts", AScripts=[change])
    cloud_shared.settled("alb.script", "AScriptStatus", "Available")
    renamed = shown(AScriptNames=["renamed"])["renamed"]
    assert (renamed["Enabled"], renamed["ScriptContent"]) == (True, wanted["ScriptContent"])
    assert {key: kept(first)[key] for key in extended} == extended
    cloud_shared("alb", "UpdateAScripts", AScripts=[{"AScriptId": first, "ExtAttributeEnabled": False}])
    cloud_shared.settled("alb.script", "AScriptStatus", "Available")
    assert kept(first)["ExtAttributes"] == []
    assert code("Delete", AScriptIds=[first, "as-none"]) == "ResourceNotFound.AScript"
    cloud_shared("alb", "DeleteAScripts", AScriptIds=[first])
    assert shown(AScriptIds=[first]) == {}
    assert set(shown(ListenerIds=[listener])) == {"foot"}
    cloud_shared("alb", "DeleteListener", ListenerId=listener)
    assert shown(AScriptIds=[second]) == {}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"AScriptName": None}, "MissingParameter"),
        ({"ScriptContent": None}, "MissingParameter"),
        ({"AScriptName": "a"}, "InvalidParameter.AScriptName"),
        ({"Position": "RequestBody"}, "InvalidParameter.AScripts.1.Position"),
    ],
)
def test_scripts_that_are_refused(cloud_shared, cloud_parts, change, code):
    """Each lacks one thing, or has one that the service does not take."""
    listener = create(cloud_shared, cloud_parts)
    script = {
        key: value for key, value in ({"AScriptName": "head", "ScriptContent": "now()"} | change).items() if value
    }
    assert cloud_shared.error("alb", "CreateAScripts", ListenerId=listener, AScripts=[script])[1] == code


def test_the_basic_edition_has_no_scripts(cloud_shared, cloud_network, cloud_parts):
    """Only Standard and StandardWithWaf run them."""
    basic = cloud_shared.load_balancer(cloud_network, LoadBalancerEdition="Basic")
    listener = create(cloud_shared, cloud_parts, LoadBalancerId=basic, CaEnabled=None, CaCertificates=None)
    script = {"AScriptName": "head", "ScriptContent": "now()"}
    refusal = cloud_shared.error("alb", "CreateAScripts", ListenerId=listener, AScripts=[script])
    assert refusal[1] == "OperationDenied.AScriptNotSupported"


def test_a_listener_being_changed_takes_no_other_change(cloud_shared, cloud_parts):
    """A second update while Configuring gets the code that the provider repeats."""
    id = create(cloud_shared, cloud_parts)
    cloud_shared("alb", "UpdateListenerAttribute", ListenerId=id, IdleTimeout=20)
    refusal = cloud_shared.error("alb", "UpdateListenerAttribute", ListenerId=id, IdleTimeout=30)
    assert refusal == (400, "IncorrectStatus.Listener")


def test_what_a_listener_uses_cannot_be_deleted(cloud_shared, cloud_parts):
    """Server certificate, CA, repository and server group stay while a listener refers to them."""
    create(cloud_shared, cloud_parts)
    number = int(cloud_parts["certificate"].split("-")[0])
    assert cloud_shared.error("cas", "DeleteUserCertificate", CertId=number)[1] == "CertificateInUse"
    assert cloud_shared.error("cas", "DeletePCACert", Identifier=cloud_parts["ca"])[1] == "CertificateInUse"
    warehouse = cloud_shared("cas", "ListWarehouse")["Data"][0]["WarehouseInstanceId"]
    assert cloud_shared.error("cas", "DeleteWarehouse", WarehouseInstanceId=warehouse)[1] == "WarehouseNotEmpty"
    assert cloud_shared.error("alb", "DeleteServerGroup", ServerGroupId=cloud_parts["group"])[1] == (
        "ResourceInUse.ServerGroup"
    )


def test_additional_certificates_are_listed_apart(cloud_shared, cloud_parts):
    """GetListenerAttribute names the default certificate only; ListListenerCertificates names all."""
    id, extra = create(cloud_shared, cloud_parts), cloud_shared.certificate("extra")
    chosen = [{"CertificateId": extra}]
    cloud_shared("alb", "AssociateAdditionalCertificatesWithListener", ListenerId=id, Certificates=chosen)
    rows = cloud_shared("alb", "ListListenerCertificates", ListenerId=id)["Certificates"]
    assert [(row["CertificateId"], row["IsDefault"]) for row in rows] == [
        (cloud_parts["certificate"], True), (extra, False),
    ]  # fmt: skip
    assert len(cloud_shared("alb", "GetListenerAttribute", ListenerId=id)["Certificates"]) == 1
    assert cloud_shared.error("cas", "DeleteUserCertificate", CertId=int(extra.split("-")[0]))[1] == "CertificateInUse"
    cloud_shared.settled("alb.listener", "ListenerStatus", "Running")
    cloud_shared("alb", "DissociateAdditionalCertificatesFromListener", ListenerId=id, Certificates=chosen)
    assert len(cloud_shared("alb", "ListListenerCertificates", ListenerId=id)["Certificates"]) == 1


def test_acls_of_a_listener(cloud_shared, cloud_parts):
    """An ACL goes on and off, its entries are kept as sent, and it cannot be deleted while it is on."""
    id, acl = create(cloud_shared, cloud_parts), cloud_shared("alb", "CreateAcl", AclName="office")["AclId"]
    cloud_shared("alb", "AddEntriesToAcl", AclId=acl, AclEntries=[{"Entry": "10.0.0.0/8", "Description": "lan"}])
    cloud_shared("alb", "AssociateAclsWithListener", ListenerId=id, AclIds=[acl], AclType="White")
    config = cloud_shared("alb", "GetListenerAttribute", ListenerId=id)["AclConfig"]
    assert config == {"AclType": "White", "AclRelations": [{"AclId": acl, "Status": "Associated"}]}
    assert cloud_shared.error("alb", "DeleteAcl", AclId=acl)[1] == "ResourceInUse.Acl"
    cloud_shared.settled("alb.listener", "ListenerStatus", "Running")
    cloud_shared("alb", "DissociateAclsFromListener", ListenerId=id, AclIds=[acl])
    entries = cloud_shared("alb", "ListAclEntries", AclId=acl)["AclEntries"]
    assert entries == [{"Entry": "10.0.0.0/8", "Description": "lan", "Status": "Available"}]
    cloud_shared("alb", "RemoveEntriesFromAcl", AclId=acl, Entries=["10.0.0.0/8"])
    assert cloud_shared("alb", "DeleteAcl", AclId=acl)["JobId"]


def test_a_custom_policy_is_checked_and_held(cloud_shared, cloud_parts):
    """TLS 1.3 needs suites of its own; a policy in use stays."""
    wrong = {"SecurityPolicyName": "p1", "TLSVersions": ["TLSv1.3"], "Ciphers": ["ECDHE-RSA-AES128-GCM-SHA256"]}
    assert cloud_shared.error("alb", "CreateSecurityPolicy", **wrong)[1] == "InvalidParameter.Ciphers"
    right = {**wrong, "Ciphers": ["TLS_AES_128_GCM_SHA256"]}
    policy = cloud_shared("alb", "CreateSecurityPolicy", **right)["SecurityPolicyId"]
    create(cloud_shared, cloud_parts, SecurityPolicyId=policy)
    assert (
        cloud_shared.error("alb", "DeleteSecurityPolicy", SecurityPolicyId=policy)[1] == "ResourceInUse.SecurityPolicy"
    )
    assert cloud_shared("alb", "ListSecurityPolicies")["SecurityPolicies"][0]["Ciphers"] == right["Ciphers"]


def test_the_list_of_listeners_filters_by_load_balancer(cloud_shared, cloud_parts):
    """ListListeners finds the listeners of a load balancer, and none of an unknown one."""
    create(cloud_shared, cloud_parts)
    known = cloud_shared("alb", "ListListeners", LoadBalancerIds=[cloud_parts["LoadBalancerId"]], MaxResults=100)
    assert {row["LoadBalancerId"] for row in known["Listeners"]} == {cloud_parts["LoadBalancerId"]}
    assert cloud_shared("alb", "ListListeners", LoadBalancerIds=["alb-none"])["Listeners"] == []
