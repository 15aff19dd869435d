"""Digests of bytes and of canonical JSON, in one spelling: `sha256:<64 hex digits>`."""

from __future__ import annotations

import hashlib
from typing import Any

from connector.notation.exact_json import canonical


def digest_bytes(raw: bytes) -> str:
    """SHA-256 of `raw`."""
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON of `value`."""
    return digest_bytes(canonical(value))
