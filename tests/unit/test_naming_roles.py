"""Physical names: within the cloud's limits, distinct, stable, and overridable."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlsedge_components.naming import (
    CAREFUL,
    DIGEST_SUFFIX,
    ROLES,
    accepts_identifier,
    accepts_name,
    derived_name,
    physical_name,
)
from tests.unit.settings_sample import local, read

pytestmark = pytest.mark.slow  # thousands of generated names

NAMED = sorted(role for role in ROLES if ROLES[role].longest and not ROLES[role].verbatim)
PULUMI_NAME = st.from_regex(r"[A-Za-z0-9_.-]{1,100}", fullmatch=True)
ARGUMENTS = st.tuples(
    PULUMI_NAME | st.sampled_from(["a", "a-b", "mtlsedge"]),
    PULUMI_NAME | st.sampled_from(["dev", "b-c", "c"]),
    st.sampled_from(NAMED),
    st.lists(
        st.sampled_from(["web", "repository", "a-b", "a", "b", "rule"]) | st.text(min_size=1, max_size=80), max_size=2
    ),
)


@settings(max_examples=300)
@given(ARGUMENTS)
def test_names_keep_within_the_limits(arguments):
    """Whatever project, stack and parts are called, the cloud takes the name."""
    project, stack, role, parts = arguments
    name = derived_name(project, stack, role, *parts)
    assert 2 <= len(name) <= ROLES[role].longest
    assert CAREFUL.fullmatch(name)


@settings(max_examples=300)
@given(st.lists(ARGUMENTS, max_size=6))
def test_names_are_distinct(several):
    """Two different things never get one name, in a stack or across stacks."""
    distinct = {(project, stack, role, *parts) for project, stack, role, parts in several}
    assert len(distinct) == len({derived_name(*elements) for elements in distinct})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a-b", "c", "vpc"), ("a", "b-c", "vpc")),
        (("p", "s", "ca", "repository"), ("p", "s", "ca-repository")),
        (("p", "s", "vswitch", "a-b", "c"), ("p", "s", "vswitch", "a", "b-c")),
        (("p", "s", "rule", "x" * 200), ("p", "s", "rule", "x" * 201)),
        (("p", "s", "rule", "a b"), ("p", "s", "rule", "a/b")),
    ],
)
def test_ambiguous_names_end_in_a_digest(one, other):
    """Where dashes, cuts or replaced characters would make two names one, a digest keeps them apart."""
    assert derived_name(*one) != derived_name(*other)
    assert re.fullmatch(r".+-[0-9a-f]{8}", derived_name(*one))


def test_common_names_are_plain():
    """The names people meet are project, stack, role and part."""
    stack = read(local())
    assert physical_name(stack, "vpc") == "mtlsedge-local-vpc"
    assert physical_name(stack, "server-group", "web") == "mtlsedge-local-server-group-web"
    assert physical_name(stack, "vswitch", "ap-southeast-1a") == "mtlsedge-local-vswitch-ap-southeast-1a"
    assert stack.ca_repository.name == physical_name(stack, "ca-repository") == "mtlsedge-local-ca-repository"


def test_demonstration_server_keeps_its_name():
    """The tutorial's servers are called, and answer as, ECS01 and ECS02."""
    assert physical_name(read(local()), "instance", "ECS01") == "ECS01"
    assert CAREFUL.fullmatch(derived_name("p", "s", "instance", "1"))


def test_names_can_be_overridden_by_role():
    """`names` addresses a thing by role and part, and only that thing."""
    stack = read(local({"names": {"server-group/web": "edge", "ca-repository": "pki"}}))
    assert physical_name(stack, "server-group", "web") == "edge"
    assert physical_name(stack, "server-group", "api") == "mtlsedge-local-server-group-api"
    assert stack.ca_repository.name == "pki"


def test_unknown_role_is_an_error():
    """A role that nobody listed is a mistake in the program."""
    with pytest.raises(KeyError, match="router"):
        physical_name(read(local()), "router")


def test_certificate_names_leave_room_for_a_digest():
    """Certificates get digits of their fingerprint appended and still fit (63 characters; 64 for a CA)."""
    assert ROLES["server-certificate"].longest + DIGEST_SUFFIX == 63
    assert ROLES["ca"].longest + DIGEST_SUFFIX == 64


def test_identifiers_are_those_of_their_role():
    """An id of another kind is not taken, nor any id for a role that is looked up by itself."""
    assert accepts_identifier("listener", "lsn-1a2b")
    assert not accepts_identifier("listener", "alb-1a2b")
    assert not accepts_identifier("ca", "1ed65580")


def test_names_made_by_hand_are_tolerated():
    """Things named in the console may carry Chinese characters and blanks; the first one is no sign."""
    assert accepts_name("load-balancer", "边缘 edge")
    assert not accepts_name("load-balancer", "-edge")
    assert not accepts_name("load-balancer", "e")
