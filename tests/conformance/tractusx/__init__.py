"""The Python SDK of Tractus-X, unmodified, on two nodes: `python -m tests.conformance.tractusx`."""
