"""Published descriptions of APIs, tried on a node by schemathesis: `python -m tests.conformance.apis`."""
