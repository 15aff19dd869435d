"""SAMM aspect models (meta-model 2.0.0 to 2.2.0): loader, JSON Schema, payload findings, example payloads."""
