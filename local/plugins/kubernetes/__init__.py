"""A stand-in for the vendor's kubernetes plugin, for machines that cannot download it. Only the local stack uses it.

It speaks the provider protocol for `pulumi_kubernetes` with the vendor's semantics where the stack depends on them:
diffs compare inputs, an unreachable cluster does not stop a preview, only another `clusterIdentifier` replaces, objects
are written by server-side apply, and an Ingress is waited for. Everything else of the vendor's is refused by name.
"""

NAME = "kubernetes"
VERSION = "4.32.0"
"""The plugin's version has to equal that of the PyPI package, or the engine looks for another plugin."""
TITLE = "stand-in kubernetes plugin"
"""How it calls itself wherever it shows."""
