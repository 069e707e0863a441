"""The operator's command: verify a stack, hand out client bundles, find orphans, draw the topology."""
