"""How the rules look at a resource: known values, and what a preview does not know yet.

The host wraps properties so that touching a value that is known after `up` only raises; a rule that cannot judge lets
that through, and the host turns it into an advice that says so. So no rule is silent in a preview and fails in `up`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_policy import EnforcementLevel, PolicyConfigSchema, ResourceValidationPolicy, StackValidationPolicy
from pulumi_policy.proxy import UnknownValueError

from exposure import tls

LOAD_BALANCER = "alicloud:alb/loadBalancer:LoadBalancer"
SECURITY_RULE = "alicloud:ecs/securityGroupRule:SecurityGroupRule"
NLB_LISTENER = "alicloud:nlb/listener:Listener"
NLB_SERVER = "alicloud:nlb/serverGroupServerAttachment:ServerGroupServerAttachment"
CERTIFICATE = "mtlsedge:index:Certificate"
PRIVATE_KEY = "mtlsedge:index:PrivateKey"
ALB_CONFIG = "kubernetes:alibabacloud.com/v1:AlbConfig"
ADOPTED_ALB_CONFIG = "mtlsedge:index:AdoptedAlbConfig"

TLS_1_2_OR_NEWER = frozenset(tls.STRENGTH)
"""System policies of ALB whose floor is TLS 1.2 (ALB user guide, "TLS security policies")."""


@dataclass(frozen=True)
class Finding:
    """What is wrong, why that matters, where it is written, and what to do."""

    what: str
    reason: str
    source: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}. Reason: {self.reason}. Source: {self.source}. Remedy: {self.remedy}."


Check = Callable[[Any], Iterator[Finding]]
StackCheck = Callable[[Any], Iterator[tuple[Finding, str]]]


def rule(
    name: str, check: Check, *, advisory: bool = False, schema: PolicyConfigSchema | None = None
) -> ResourceValidationPolicy:
    """A rule about one resource; a pack's configuration may set another level."""

    def validate(args: Any, report: Callable[..., None]) -> None:
        for finding in check(args):
            report(str(finding))

    return ResourceValidationPolicy(
        name=name,
        description=_first_line(check),
        validate=validate,
        enforcement_level=_level(advisory=advisory),
        config_schema=schema,
    )


def stack_rule(
    name: str, check: StackCheck, *, advisory: bool = False, schema: PolicyConfigSchema | None = None
) -> StackValidationPolicy:
    """A rule about all resources together; its findings carry the URN they belong to."""

    def validate(args: Any, report: Callable[..., None]) -> None:
        for finding, urn in check(args):
            report(str(finding), urn)

    return StackValidationPolicy(
        name=name,
        description=_first_line(check),
        validate=validate,
        enforcement_level=_level(advisory=advisory),
        config_schema=schema,
    )


def is_known(values: Any, key: Any) -> bool:
    """Whether a value can be read now."""
    try:
        values[key]
    except UnknownValueError:
        return False
    except (KeyError, IndexError):
        return True
    return True


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text that is known now, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key in value:
            if is_known(value, key):
                yield from texts(value[key], f"{path}.{key}" if path else str(key))
    elif isinstance(value, Sequence):
        for index in range(len(value)):
            if is_known(value, index):
                yield from texts(value[index], path)


def unknown_paths(value: Any, path: str = "") -> Iterator[str]:
    """Paths of the values that are known after `up` only."""
    keys: Any = value if isinstance(value, Mapping) else range(len(value)) if _is_list(value) else ()
    for key in keys:
        inner = f"{path}.{key}" if path else str(key)
        if is_known(value, key):
            yield from unknown_paths(value[key], inner)
        else:
            yield inner


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _level(*, advisory: bool) -> EnforcementLevel:
    return EnforcementLevel.ADVISORY if advisory else EnforcementLevel.MANDATORY


def _first_line(check: Any) -> str:
    return str(check.__doc__).strip().splitlines()[0]
