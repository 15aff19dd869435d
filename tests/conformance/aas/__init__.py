"""Outside judges of the AAS files and of the AAS server: `python -m tests.conformance.aas`."""
