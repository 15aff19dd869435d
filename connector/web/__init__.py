"""The doors of a node: HTTP to use cases and back, one file for each API."""
