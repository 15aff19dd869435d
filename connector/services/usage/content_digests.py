"""The digest of a body as HTTP says it (RFC 9530), in our spelling and back."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping


def content_digest(headers: Mapping[str, str]) -> str:
    """The SHA-256 of a Content-Digest header (RFC 9530) in our spelling, or empty."""
    for part in headers.get("Content-Digest", "").split(","):
        name, _, value = part.strip().partition("=")
        if name == "sha-256" and value.startswith(":") and value.endswith(":"):
            try:
                return "sha256:" + base64.b64decode(value[1:-1], validate=True).hex()
            except ValueError:
                return ""
    return ""


def content_digest_header(raw: bytes) -> str:
    """The Content-Digest header (RFC 9530) of `raw`."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(raw).digest()).decode()}:"
