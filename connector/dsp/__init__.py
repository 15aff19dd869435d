"""Dataspace Protocol 2025-1, no input or output: state machines, messages, schemas, reading what peers send."""
