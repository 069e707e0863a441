"""Every argument of the provider's ALB resources is offered as a setting, said by the program, or refused with a reason."""

import re
from pathlib import Path

import pytest
from pulumi_alicloud import alb

from settings import catalog
from tests.provider_attributes import every, token

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "provider-arguments.md"
RESOURCES = (alb.LoadBalancer, alb.Listener, alb.ServerGroup, alb.Rule)
ON_ALL = "dry_run"


def lines(resource: type) -> dict[str, str]:
    """The page's table of a resource: argument -> who says it."""
    _, _, text = PAGE.read_text().partition(f"## `{token(resource)}`\n")
    return dict(re.findall(r"^\| `([\w.]+)` \| (.+) \|$", text.partition("\n## ")[0], re.MULTILINE))


@pytest.mark.parametrize("resource", RESOURCES, ids=token)
def test_every_argument_has_a_line_and_every_line_an_argument(resource: type) -> None:
    """One that the provider grows has none; a line may stand for all that is below it, and then nothing below has one."""
    said, arguments = set(lines(resource)), set(every(resource)) - {ON_ALL}
    covered = {one for one in arguments if any(one == line or one.startswith(f"{line}.") for line in said)}
    holders = {one for one in arguments if any(line.startswith(f"{one}.") for line in said)}
    assert arguments - covered - holders == set()
    assert said <= arguments and not said & holders


@pytest.mark.parametrize("resource", RESOURCES, ids=token)
def test_what_is_offered_is_a_setting_and_what_is_not_has_a_reason(resource: type) -> None:
    """Settings are named as the reference page names them."""
    known = {path for path, _ in catalog.every()}
    for argument, who in lines(resource).items():
        if named := re.match(r"setting `([^`]+)`", who):
            assert named[1] in known, argument
        else:
            assert re.match(r"the program|not offered(: .+| yet)$", who), argument
