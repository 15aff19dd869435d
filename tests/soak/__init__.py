"""Exchanges during which nodes die: `python -m tests.soak`."""
