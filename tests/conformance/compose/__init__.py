"""`compose/` held to the Compose Specification and run as local processes: `python -m tests.conformance.compose`."""
