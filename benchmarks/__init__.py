"""What `make bench` measures: every figure as a ratio against something run beside it."""
