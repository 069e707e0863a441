"""RAM users of the local cloud: what a policy says to an action, who is refused how, and the checked-in policies."""

import json
import re

import pytest

from local.cloud import catalogue
from local.cloud.access import identities, policy
from local.cloud.access.policy import PolicyError, Request, read
from local.places import ACCOUNT_ID, CHECKOUT, REGION
from scripts import permissions
from tests.local.conftest import Account

RECORD = json.loads((CHECKOUT / permissions.RECORD).read_text())
FILES = {name: json.loads((CHECKOUT / permissions.FOLDER / name).read_text()) for name in ("preview.json", "up.json")}
READ_ALB = {"Effect": "Allow", "Action": ["alb:List*", "alb:GetListenerAttribute"], "Resource": "*"}


def document(*statements):
    """A policy document."""
    return {"Version": "1", "Statement": list(statements)}


def verdict(action, *statements):
    """What a policy of these statements says to an action in the local account's region."""
    return read(document(*statements)).verdict(Request(action, REGION, ACCOUNT_ID))


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("alb:ListListeners", "Allow"),
        ("alb:List", "Allow"),
        ("alb:GetListenerAttribute", "Allow"),
        ("alb:GetListenerAttributes", "ImplicitDeny"),
        ("alb:GetListener", "ImplicitDeny"),
        ("alb:CreateListener", "ImplicitDeny"),
        ("xalb:ListListeners", "ImplicitDeny"),
        ("vpc:ListListeners", "ImplicitDeny"),
        ("alb:listlisteners", "ImplicitDeny"),
    ],
)
def test_a_star_stands_for_any_characters_and_nothing_else_does(action, said):
    """Names that are close, longer, shorter, of another product or in another case stay outside."""
    assert verdict(action, READ_ALB) == said


@pytest.mark.parametrize(
    ("denied", "said"),
    [
        ("alb:ListAcls", "ExplicitDeny"),
        ("alb:listacls", "ExplicitDeny"),
        ("*", "ExplicitDeny"),
        ("alb:ListAcl", "Allow"),
        ("*:ListAcls", None),
    ],
)
def test_a_deny_wins_in_any_case_and_wherever_it_stands(denied, said):
    """Before or after the Allow; a near miss denies nothing; a star for the product alone is no RAM action."""
    deny = {"Effect": "Deny", "Action": denied, "Resource": "*"}
    if said is None:
        with pytest.raises(PolicyError, match="Action"):
            verdict("alb:ListAcls", READ_ALB, deny)
    else:
        assert {verdict("alb:ListAcls", READ_ALB, deny), verdict("alb:ListAcls", deny, READ_ALB)} == {said}


def test_not_action_is_everything_else():
    """Allowed is all but what is named, in any case; denied is all but what is named exactly."""
    allow = {"Effect": "Allow", "NotAction": "alb:Delete*", "Resource": "*"}
    assert [verdict(f"alb:{name}", allow) for name in ("DeleteAcl", "deleteAcl", "CreateAcl")] == [
        "ImplicitDeny", "ImplicitDeny", "Allow",
    ]  # fmt: skip
    deny = {"Effect": "Deny", "NotAction": "alb:List*", "Resource": "*"}
    assert [verdict(f"alb:{name}", READ_ALB, deny) for name in ("ListAcls", "GetListenerAttribute")] == [
        "Allow", "ExplicitDeny",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ("*", "Allow"),
        ("acs:alb:*:*:*", "Allow"),
        (f"acs:alb:{REGION}:{ACCOUNT_ID}:*", "Allow"),
        (f"acs:*:{REGION}:*:*", "Allow"),
        ("acs:ecs:*:*:*", "ImplicitDeny"),
        ("acs:alb:cn-hangzhou:*:*", "ImplicitDeny"),
        ("acs:alb:*:1234567890123457:*", "ImplicitDeny"),
    ],
)
def test_a_resource_narrows_product_region_and_account(resource, said):
    """Each of the three, and one that is close to each."""
    assert verdict("alb:ListAcls", {"Effect": "Allow", "Action": "alb:*", "Resource": resource}) == said


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ([], "found list"),
        ({"Version": "2", "Statement": READ_ALB}, "Version: found '2'"),
        ({"Version": "1"}, "Statement: found none"),
        ({"Version": "1", "Statement": ["Allow"]}, r"Statement\[0\]: found str"),
        ({**document(READ_ALB), "Id": "x"}, "Id: found it"),
        (document({**READ_ALB, "Effect": "allow"}), "Effect: found 'allow'"),
        (document({**READ_ALB, "Action": []}), "Action: found nothing"),
        (document({**READ_ALB, "Action": "List*"}), r"Action: found 'List\*'"),
        (document({**READ_ALB, "Action": "alb:List?cls"}), r"Action: found 'alb:List\?cls'"),
        (document({**READ_ALB, "NotAction": "alb:*"}), "both or neither"),
        (document({"Effect": "Allow", "Resource": "*"}), "both or neither"),
        (document({"Effect": "Allow", "Action": "alb:*"}), "Resource: found nothing"),
        (document({**READ_ALB, "Resource": "acs:alb:*:*:loadbalancer/alb-1"}), "Resource: found 'acs:alb"),
        (document({**READ_ALB, "Condition": {}}), "Condition: found it"),
        (
            document({**READ_ALB, "Action": ["ram:CreateServiceLinkedRole", "alb:*"], "Condition": {}}),
            "Condition: found it",
        ),
        (document({**READ_ALB, "action": "alb:*"}), "action: found it"),
    ],
)
def test_what_is_no_policy_or_cannot_be_decided_is_refused(wrong, told):
    """Nothing is guessed: a condition or an object that is not understood would let somebody in or keep him out wrongly."""
    with pytest.raises(PolicyError, match=told):
        read(wrong)


def test_every_problem_is_told_at_once():
    """Two statements, a problem each, and the version."""
    with pytest.raises(PolicyError) as caught:
        read({"Version": 1, "Statement": [{**READ_ALB, "Effect": "No"}, {**READ_ALB, "Action": "?"}]})
    assert re.findall(r"^(\S+):", str(caught.value), re.MULTILINE) == [
        "Version", "Statement[0].Effect", "Statement[1].Action",
    ]  # fmt: skip


def as_user(cloud, *statements, name="reader"):
    """The account's calls as a RAM user with this policy."""
    pair = identities.put(cloud.folder / identities.FILE, name, document(*statements))
    return Account(cloud, pair.access_key_secret, pair.access_key_id)


def test_a_user_does_what_the_policy_allows_and_no_more(cloud_account):
    """A read passes, a write is refused and not done; the account's own key is not concerned."""
    user = as_user(cloud_account.cloud, {"Effect": "Allow", "Action": "vpc:Describe*", "Resource": "*"})
    assert user("vpc", "DescribeVpcs", RegionId=REGION)["TotalCount"] == 0
    assert user.error("vpc", "CreateVpc", RegionId=REGION) == (403, "Forbidden.RAM")
    assert cloud_account.cloud.store.is_empty()
    assert cloud_account("vpc", "CreateVpc", RegionId=REGION)["VpcId"]


def test_a_refusal_names_the_action_and_who_asked(cloud_account):
    """In the vendor's own fields; a Deny says that it is one; each product answers with its own status."""
    allow = {"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}
    user = as_user(cloud_account.cloud, allow, {"Effect": "Deny", "Action": "ecs:DescribeDisks", "Resource": "*"})
    status, body = user.raw("ecs", "DescribeDisks", RegionId=REGION)
    detail = body["AccessDeniedDetail"]
    assert (status, body["Code"], detail["AuthAction"]) == (403, "Forbidden.RAM", "ecs:DescribeDisks")
    assert (detail["NoPermissionType"], detail["AuthPrincipalOwnerId"]) == ("ExplicitDeny", ACCOUNT_ID)
    status, body = user.raw("cas", "ListCert")
    assert (status, body["AccessDeniedDetail"]["AuthAction"]) == (403, "yundun-cert:ListCert")
    assert body["AccessDeniedDetail"]["NoPermissionType"] == "ImplicitDeny"
    assert user.raw("alidns", "DescribeDomainRecords", DomainName="example.test")[0] == 400


def test_no_refusal_is_taken_for_gone_or_repeated_for_minutes(cloud_account):
    """The provider looks for these texts anywhere in an error (openapi-contract.md §4.2)."""
    user = as_user(cloud_account.cloud, {"Effect": "Allow", "Action": "sts:*", "Resource": "*"})
    for action in catalogue.TABLE.values():
        if action.product in ("alb", "cas", "vpc", "ecs", "alidns"):
            product = (
                "cas-names"
                if action.version == "2018-08-13"
                else "pca"
                if action.version == "2020-06-30"
                else action.product
            )
            status, body = user.raw(product, action.name)
            told = json.dumps({key: value for key, value in body.items() if key != "RequestId"})
            assert (status in (400, 403), body["Code"]) == (True, "Forbidden.RAM"), action.name
            assert not re.search(r"500|notfound|-\d", told, re.IGNORECASE), told


def test_identity_of_a_user(cloud_account):
    """STS names whoever signed; ids of users hold no text that the provider looks for in errors."""
    user = as_user(cloud_account.cloud, {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"})
    told = user("sts", "GetCallerIdentity")
    assert (told["AccountId"], told["Arn"]) == (ACCOUNT_ID, f"acs:ram::{ACCOUNT_ID}:user/reader")
    assert told["UserId"] != cloud_account("sts", "GetCallerIdentity")["UserId"]
    assert not set(told["UserId"]) & set("05")


def test_a_policy_is_changed_and_a_user_removed_while_the_cloud_runs(cloud_account):
    """The next call sees it: the same key, another policy; then no such key."""
    file = cloud_account.cloud.folder / identities.FILE
    user = as_user(cloud_account.cloud, {"Effect": "Allow", "Action": "alb:*", "Resource": "*"})
    assert user.raw("vpc", "DescribeVpcs", RegionId=REGION)[0] == 403
    again = as_user(cloud_account.cloud, {"Effect": "Allow", "Action": "vpc:*", "Resource": "*"})
    assert again.key == user.key
    assert user.raw("vpc", "DescribeVpcs", RegionId=REGION)[0] == 200
    assert identities.remove(file, "reader") and not identities.remove(file, "reader")
    assert user.raw("vpc", "DescribeVpcs", RegionId=REGION)[1]["Code"] == "InvalidAccessKeyId"


def test_a_users_secret_opens_no_other_key(cloud_account):
    """The key of one with the secret of another, both ways, is a wrong signature."""
    user = as_user(cloud_account.cloud, {"Effect": "Allow", "Action": "*", "Resource": "*"})
    for secret, key in ((user.secret, cloud_account.key), (cloud_account.secret, user.key)):
        assert (
            Account(cloud_account.cloud, secret, key).raw("vpc", "DescribeVpcs")[1]["Code"] == "SignatureDoesNotMatch"
        )


def test_keys_of_users_are_readable_by_their_owner_only(tmp_path):
    """Mode 0600; a bad name or policy writes nothing."""
    file = tmp_path / identities.FILE
    for name, wrong in (("local", document(READ_ALB)), ("../x", document(READ_ALB)), ("fine", {})):
        with pytest.raises(ValueError, match="found"):
            identities.put(file, name, wrong)
    assert not file.exists()
    identities.put(file, "fine", document(READ_ALB))
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", list(FILES))
def test_each_action_of_a_checked_in_policy_suffices_and_is_needed(name):
    """The recorded calls pass under the policy; under the policy less one action, exactly that action's call is refused."""
    whole = FILES[name]
    asked = [*whole["Statement"][0]["Action"]]
    assert refused_of(whole, asked) == []
    for action in asked:
        less = document({**whole["Statement"][0], "Action": [one for one in asked if one != action]})
        assert refused_of(less, asked) == [action]


def test_the_recorded_life_passes_under_its_policies():
    """Every call of every phase under `up`; reading under `preview`, under which each writing call of the life is refused."""
    calls = {phase: {permissions.named(call) for call in made} for phase, made in RECORD.items()}
    assert not any(refused_of(FILES["up.json"], made) for made in calls.values())
    assert refused_of(FILES["preview.json"], calls["read"]) == []
    writes = {permissions.named(f"{one.product}:{one.name}") for one in catalogue.TABLE.values() if one.writes}
    for made in calls.values():
        assert set(refused_of(FILES["preview.json"], made)) == made & writes


def refused_of(whole, actions):
    """Which actions a policy refuses."""
    decided = policy.read(whole)
    return [one for one in actions if decided.verdict(Request(one, REGION, ACCOUNT_ID)) != "Allow"]
