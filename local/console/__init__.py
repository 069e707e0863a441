"""A console to look at the local cloud with: pages at the local API's own address, read-only."""
