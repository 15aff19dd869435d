"""A real Eclipse EDC as the other participant, both ways: `python -m tests.conformance.edc`."""
