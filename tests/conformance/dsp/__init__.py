"""The Dataspace Protocol's test kit (DSP-TCK) against a node: `python -m tests.conformance.dsp`."""
