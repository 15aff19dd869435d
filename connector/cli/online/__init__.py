"""Commands that talk to a node over its management listener."""
