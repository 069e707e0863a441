"""How a component's resources are called in the cloud, which of them exist already, and which are guarded.

Every component asks here for the physical name, the tags and the options of its children, so that one
`identity` argument holds for every role alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi

from mtlsedge_components.naming import ROLES, physical_name


class IdentityArgs(TypedDict):
    """Names, tags, import ids and protection of a component's resources. A role is `role` or `role/part`, such as
    `load-balancer` or `server-group/web`; `mtlsedge_components.naming` lists them.
    """

    project: NotRequired[str]
    """First part of every derived name, and the tag `mtlsedge:project`. Default: the Pulumi project."""
    stack: NotRequired[str]
    """Second part of every derived name, and the tag `mtlsedge:stack`. Default: the Pulumi stack."""
    names: NotRequired[dict[str, str]]
    """Role -> physical name, where it is not the derived one."""
    adopt: NotRequired[dict[str, str]]
    """Role -> id of a resource that exists already. It is imported, and stays in the cloud on destroy."""
    tags: NotRequired[dict[str, str]]
    """Tags beside the two above, on everything that takes tags."""
    protect: NotRequired[bool]
    """Whether CA keys, CA certificates and the load balancer are protected. Default: no.

    A protected resource makes `destroy` fail; removal takes `pulumi state unprotect` first.
    """


@dataclass(frozen=True)
class Identity:
    """Names, tags and resource options, made from `IdentityArgs`."""

    project: str
    stack: str
    names: Mapping[str, str]
    adopt: Mapping[str, str]
    tags: dict[str, str]
    """What marks a resource as this stack's, and what the caller adds."""
    protect: bool | None
    """True for what cannot be made again as it was; None leaves the parent's word."""

    @classmethod
    def of(cls, args: IdentityArgs | None) -> "Identity":
        """The identity a component was given, or the one of the running Pulumi program."""
        said = args or {}
        project, stack = said.get("project") or pulumi.get_project(), said.get("stack") or pulumi.get_stack()
        own = {"mtlsedge:project": project, "mtlsedge:stack": stack}
        return cls(
            project=project,
            stack=stack,
            names=said.get("names") or {},
            adopt=said.get("adopt") or {},
            tags={**(said.get("tags") or {}), **own},
            protect=said.get("protect") or None,
        )

    def name(self, role: str, *parts: str) -> str:
        """The physical name of a role, within the cloud's limits (`mtlsedge_components.naming`)."""
        return physical_name(self, role, *parts)

    def content_name(self, fingerprint: pulumi.Input[str], role: str, *parts: str) -> pulumi.Output[str]:
        """A physical name that ends in eight digits of a fingerprint, so that old and new can exist side by side.

        `fingerprint` is a plain value: a name made from a secret would be one.
        """
        suffix = pulumi.Output.from_input(fingerprint).apply(lambda digits: digits[:8].lower())
        return pulumi.Output.concat(self.name(role, *parts), "-", suffix)

    def adopted(self, role: str, *parts: str) -> str | None:
        """Id of what already plays this role."""
        return self.adopt.get("/".join((role, *parts)))

    def child(self, parent: pulumi.Resource, role: str, *parts: str) -> pulumi.ResourceOptions:
        """Options of a cloud resource that plays a role: below its component, imported if it exists already.

        As long as it stands in `adopt`, what was imported is never deleted, and keeps its tags, a name that `names`
        does not say, and what no argument speaks of: adoption alone changes nothing.
        """
        adopted = self.adopted(role, *parts)
        if not adopted:
            return pulumi.ResourceOptions(parent=parent)
        return pulumi.ResourceOptions(
            parent=parent, import_=adopted, retain_on_delete=True, ignore_changes=self._kept(role, *parts)
        )

    def _kept(self, role: str, *parts: str) -> list[str]:
        limits = ROLES[role]
        is_named = not limits.named_by or "/".join((role, *parts)) in self.names
        return [*limits.kept, *([] if is_named else [limits.named_by])]
