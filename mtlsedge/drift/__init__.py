"""`mtlsedge drift`: what was changed in the cloud outside a stack."""
