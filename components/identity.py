"""How the stack's things are called in the cloud, which of them exist already, and which are guarded.

Every component asks here for the physical name, the tags and the options of its children, so that
`names`, `adopt` and `production` of a stack file hold for every role alike.
"""

from dataclasses import dataclass

import pulumi

from components.naming import ROLES, physical_name
from components.settings.model import Settings


@dataclass(frozen=True)
class Identity:
    """Names, tags and resource options, derived from one stack's settings."""

    settings: Settings

    def name(self, role: str, *parts: str) -> str:
        """The physical name of a role, within the cloud's limits (`components.naming`)."""
        return physical_name(self.settings, role, *parts)

    def content_name(self, fingerprint: pulumi.Input[str], role: str, *parts: str) -> pulumi.Output[str]:
        """A physical name that ends in eight digits of a fingerprint, so that old and new can exist side by side.

        `fingerprint` is a plain value: a name made from a secret would be one.
        """
        suffix = pulumi.Output.from_input(fingerprint).apply(lambda digits: digits[:8].lower())
        return pulumi.Output.concat(self.name(role, *parts), "-", suffix)

    @property
    def tags(self) -> dict[str, str]:
        """What marks a thing as this stack's, and what the operator adds to the load balancer's tags."""
        own = {"mtlsedge:project": self.settings.project, "mtlsedge:stack": self.settings.stack}
        balancer = self.settings.load_balancer
        return {**(balancer.tags if balancer else {}), **own}

    @property
    def protect(self) -> bool | None:
        """True in production, for what cannot be made again as it was: CA keys and the load balancer.

        Only there, because a protected resource makes `destroy` of a throw-away stack fail. Removal
        takes two steps: `pulumi state unprotect`, then `destroy`. None leaves the parent's word.
        """
        return self.settings.production or None

    def adopted(self, role: str, *parts: str) -> str | None:
        """Id of what already plays this role, from `mtlsedge:adopt`."""
        return self.settings.adopt.get("/".join((role, *parts)))

    def child(self, parent: pulumi.Resource, role: str, *parts: str) -> pulumi.ResourceOptions:
        """Options of a cloud resource that plays a role: below its component, imported if it exists already.

        As long as it stands in `adopt`, what was imported is never deleted, and keeps its tags, a name that `names`
        does not say, and what no setting speaks of: adoption alone changes nothing.
        """
        adopted = self.adopted(role, *parts)
        if not adopted:
            return pulumi.ResourceOptions(parent=parent)
        return pulumi.ResourceOptions(
            parent=parent, import_=adopted, retain_on_delete=True, ignore_changes=self._kept(role, *parts)
        )

    def _kept(self, role: str, *parts: str) -> list[str]:
        limits = ROLES[role]
        is_named = not limits.named_by or "/".join((role, *parts)) in self.settings.names
        return [*limits.kept, *([] if is_named else [limits.named_by])]
