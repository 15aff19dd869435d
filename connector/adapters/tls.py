"""A listener's own TLS, from a certificate chain and its key."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from cryptography import x509

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


def ends(folder: Path, certificates: Iterable[str]) -> Iterator[tuple[str, datetime]]:
    """Each certificate's file, and when the first certificate in it ends; a file that cannot be read is left out."""
    for name in dict.fromkeys(each for each in certificates if each):
        try:
            chain = x509.load_pem_x509_certificates((folder / name).read_bytes())
        except (OSError, ValueError):
            continue
        yield name, min(one.not_valid_after_utc for one in chain)
