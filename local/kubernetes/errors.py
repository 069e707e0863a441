"""The one error of the cluster that a person sees; nothing dear is imported with it."""


class ClusterError(Exception):
    """The cluster cannot run here; one line for the reader."""
