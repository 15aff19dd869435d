"""What every room writes with: exact JSON, canonical JSON and digests, JSON-LD forms, pointers, findings, limits."""
