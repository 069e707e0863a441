"""The Pulumi plugin `mtlsedge`: it serves this program's own resources, and the components to other languages."""
