"""What the AAS server costs beside its peers: `python -m tests.benchmarks.aas`."""
