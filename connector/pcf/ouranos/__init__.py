"""An Ouranos-style region: models on the wire, their rules, and the mapping to the canonical footprint."""
