"""A listener's own TLS, from a certificate chain and its key."""

from __future__ import annotations

import ssl
from pathlib import Path

from connector.notation.problems import Invalid


def context(folder: Path, certificate: str, private_key: str) -> ssl.SSLContext | None:
    """The context of a listener, None where it has no certificate. Raises Invalid (`settings/certificate`)."""
    if not certificate:
        return None
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        made.load_cert_chain(folder / certificate, folder / private_key if private_key else None)
    except OSError as error:
        raise Invalid("settings/certificate", f"{certificate}: {error}") from None
    return made
