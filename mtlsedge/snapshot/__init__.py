"""Public snapshots of a stack: what a pull-request job needs to preview it, and no secret in it. All of it is pure."""
