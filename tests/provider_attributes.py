"""Every optional attribute of the provider's resources that this program uses, and which of them the cloud fills in.

Read from the provider's Python package; `computed` and `in a set` stand in `provider_attributes.txt`, read once from
upstream's schema (v1.285.0), because the package does not tell them.
"""

import ast
import importlib.metadata
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from packaging.version import Version
from pulumi_alicloud import alb, cas, dns, ecs, sslcertificatesservice, vpc

COMPONENTS = Path(__file__).resolve().parent.parent / "components"
TABLE = Path(__file__).with_suffix(".txt")
USED: tuple[type, ...] = (
    alb.Acl, alb.AScript, alb.Listener, alb.ListenerAclAttachment, alb.ListenerAdditionalCertificateAttachment, alb.LoadBalancer,
    alb.LoadBalancerSecurityGroupAttachment, alb.Rule, alb.ServerGroup, cas.ServiceCertificate, dns.AlidnsDomain, dns.AlidnsRecord, ecs.Instance, ecs.SecurityGroup,
    ecs.SecurityGroupRule, sslcertificatesservice.PcaCertificate, vpc.Network, vpc.Switch,
)  # fmt: skip
Row = tuple[str, str]
"""Resource and path of the attribute, as the Python package has them."""


def token(resource: type) -> str:
    """`alb.Listener`."""
    return f"{resource.__module__.split('.')[1]}.{resource.__name__}"


def is_there(since: str) -> bool:
    """Whether the installed package has what `since` is the first version seen with; empty: the pinned one has it."""
    return not since or Version(importlib.metadata.version("pulumi_alicloud")) >= Version(since)


def optional(resources: tuple[type, ...] = USED) -> list[Row]:
    """Every input that may be left out, those of nested objects too."""
    return [
        (token(resource), path)
        for resource in resources
        for path, is_optional in _of(_arguments(resource))
        if is_optional
    ]


def every(resource: type) -> list[str]:
    """Every input of a resource, those of nested objects too, by its path."""
    return [path for path, _ in _of(_arguments(resource))]


def made() -> set[str]:
    """Tokens of the resources that the components make."""
    return {name for name, _ in _calls() if not name.endswith("Args")}


def stated() -> set[Row]:
    """(class, argument) of every call of a provider's class in the components; nested objects are named as their class."""
    return {(name, word.arg) for name, call in _calls() for word in call.keywords if word.arg}


def nested(parameter: inspect.Parameter, package: ModuleType) -> type | None:
    """The class of a nested object's arguments, whatever the annotation wraps it in; None for a plain value."""
    names = re.findall(r"\b([A-Z]\w+Args)\b", str(parameter.annotation))
    return getattr(package, names[0], None) if names else None


def _arguments(resource: type) -> type:
    found: type = getattr(sys.modules[resource.__module__], f"{resource.__name__}Args")
    return found


def _of(arguments: type, path: str = "") -> Iterator[tuple[str, bool]]:
    """The path of each argument, at every depth, and whether it may be left out."""
    package = sys.modules[arguments.__module__.rpartition(".")[0]]
    for one in inspect.signature(arguments).parameters.values():
        yield path + one.name, one.default is not inspect.Parameter.empty
        if (inner := nested(one, package)) is not None:
            yield from _of(inner, f"{path}{one.name}.")


def _calls() -> Iterator[tuple[str, ast.Call]]:
    modules = {resource.__module__.split(".")[1] for resource in USED}
    for path in sorted(COMPONENTS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            package, name = node.func.value, node.func.attr
            if isinstance(package, ast.Name) and package.id in modules and name[:1].isupper():
                yield f"{package.id}.{name}", node
