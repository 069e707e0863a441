"""The commands of `python -m mtlsedge`, a module each; `mtlsedge.command` puts them together."""
