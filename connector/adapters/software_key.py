"""A signing key in a file: P-256, PKCS#8 PEM, readable by its owner alone."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from connector.notation.problems import Unavailable

_MAX_BYTES = 16 * 1024
_FORBIDDEN_MODE = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, repr=False)
class SoftwareKey:
    """A signer whose key lies in memory: `public_jwk` has kty, crv, x, y; `key_id` is the RFC 7638 thumbprint."""

    public_jwk: dict[str, str]
    key_id: str
    _private: ec.EllipticCurvePrivateKey

    @classmethod
    def load_or_create(cls, path: Path) -> SoftwareKey:
        """The key in `path`, made there (mode 0600, whole or not at all) where there is none.

        Two that create at once end up with one key. Raises Unavailable: `key/mode` where others may read the file,
        `key/file` where it is no regular file or too large, `key/format` where it holds no P-256 private key.
        """
        try:
            return cls._from_pem(_read(path), path)
        except FileNotFoundError:
            _create(path, _new_pem())
        return cls._from_pem(_read(path), path)

    def sign(self, data: bytes) -> bytes:
        """ES256 over `data`: r and s, 32 bytes each."""
        r, s = utils.decode_dss_signature(self._private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    def __repr__(self) -> str:
        return f"SoftwareKey({self.key_id})"

    @classmethod
    def _from_pem(cls, pem: bytes, path: Path) -> SoftwareKey:
        try:
            private = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError):
            raise Unavailable("key/format", f"{path} is not an unencrypted private key in PEM") from None
        if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
            raise Unavailable("key/format", f"the key in {path} is not on the curve P-256")
        jwk = _public_jwk(private)
        return cls(jwk, _thumbprint(jwk), private)


def _public_jwk(private: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    from joserfc.jwk import ECKey

    members = ECKey.import_key(private.public_key()).as_dict(private=False)
    return {member: str(members[member]) for member in ("kty", "crv", "x", "y")}


def _thumbprint(jwk: dict[str, str]) -> str:
    from joserfc.jwk import ECKey

    return ECKey.import_key({**jwk}).thumbprint()


def _new_pem() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _read(path: Path) -> bytes:
    """The file's bytes; looked at through the open file, so that it cannot be exchanged between look and read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unavailable("key/file", f"the key file {path} cannot be read: {error.strerror}") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
            raise Unavailable("key/file", f"{path} is not a regular file of at most {_MAX_BYTES} bytes")
        if status.st_mode & _FORBIDDEN_MODE:
            raise Unavailable("key/mode", f"others may touch the key file {path}; make it private: chmod 600 {path}")
        return os.read(descriptor, _MAX_BYTES)
    finally:
        os.close(descriptor)


def _create(path: Path, pem: bytes) -> None:
    """Write `pem` beside `path` and link it there; where somebody was faster, theirs stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(descriptor)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
