"""The picture of a topology, drawn from what the stack says: SVG for a README, Mermaid for a page that renders it."""
