"""Where the local controller differs from the vendor's source of September 2024 on purpose, and why."""

ROWS = (
    ("`caEnabled` is sent to ALB", "the managed controller does so from 2.11.0 on; `controller-ca=dropped` plays the open one"),
    ("pods are attached by their addresses, as servers of type Ip", "the local cluster has no Nodes; the managed controller attaches Nodes or network interfaces"),
    ("Ingresses get the finalizer `ingress.k8s.alibaba/resources`", "their deletion waits then, which `destroy` has to survive; the open controller has the code and does not call it"),
    ("names of groups and lists begin with `k8s-`; groups have the tags of cluster and AlbConfig alone", "nothing reads them but the controller"),
    ("one group without servers for all listeners of an AlbConfig", "a listener's default action leads to it; the open controller has one a port"),
    ("the ALB comes first, then groups, listeners each with its list, and rules", "the groups' VPC is that of the ALB's vSwitches; the open one knows its cluster's VPC and makes groups first"),
    ("an ALB that is reused with `forceOverride` keeps its name where AlbConfig says none", "the open one gives it a name of its own, and other programs may know it by the old one"),
    ("a health check's codes are sent by the newer name alone", "the open one sends both names"),
    ("an Ingress on a listener that AlbConfig lacks is an event", "the open one writes the listener into AlbConfig, which would then have another owner"),
    ("AlbConfig and Ingress get no label and no zero fields", "they would be fields of another owner; what a preview makes of them nobody here has tried"),
    ("an AlbConfig with a wrong JSON type is an event, and others go on", "the open one stops looking at every AlbConfig of the cluster, without a word"),
    ("a port and protocol given twice, and a port that is no number, are events", "the open one takes the last, or port 80, without a word"),
    ("without zoneMappings there is an event", "the open one looks for vSwitches in the cluster's VPC; the local cluster is in none"),
    ("an access log is switched by ALB's own calls", "the open one asks an inner interface of Log Service, which the local cloud offers, at a public name"),
    ("aclConfig that goes takes its list off the listener; a list made from entries goes with it", "the open one leaves both: the review's V3 and V6"),
    ("a Secret's certificate goes when nothing uses it", "the open one leaves it in the account: the review's V6"),
    ("a reused ALB gets two tags", "the open one gives it a third, by which ours tells an ALB of its own"),
    ("events have the action, the code and the text of a refusal", "the open one shows the text alone"),
    ("a Service's port by its name is refused", "as in the open one; `controller-ports=name` plays one that finds it"),
)  # fmt: skip
"""What it does, and the reason."""


def render() -> str:
    """The part of docs/reference/controller.md about them."""
    head = (
        "",
        "## Where the local controller differs on purpose",
        "",
        "| the local controller | why |",
        "| --- | --- |",
    )
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in ROWS)]) + "\n"
