"""Identifiers as the HTTP API carries them: base64url of UTF-8 without padding (AAS Part 2, "Design Decisions")."""

from __future__ import annotations

import base64
import binascii

from connector.notation.problems import Invalid


def encoded(text: str) -> str:
    """An identifier as paths carry it."""
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def read_encoded(text: str) -> str:
    """The identifier in its one base64url form without padding. Raises Invalid (`aas/encoding`)."""
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        plain = raw.decode()
    except (UnicodeError, binascii.Error):
        plain = ""
    if not plain or encoded(plain) != text:
        raise Invalid("aas/encoding", f"{text[:100]!r} is not an identifier in base64url without padding")
    return plain
