"""Existing clients of EDC's Management API, unmodified, on two nodes: `python -m tests.conformance.clients`."""
