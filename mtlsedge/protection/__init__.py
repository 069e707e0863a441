"""What keeps a request without a verdict out of a branch, on each host: what is set, what is wanted, what remains open."""
