"""Aspect models to JSON Schema and AAS as cold processes, beside the Java libraries of ESMF."""
