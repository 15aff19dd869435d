"""An encrypted store of pieces in a folder: each piece once, named by a keyed digest, nothing readable without the key.

AES-256-GCM with a random nonce for each piece, its name as associated data: a piece that was changed, cut or exchanged
for another does not open. The key comes from a passphrase by scrypt (its salt lies in the folder) or from a file of 32
bytes. Everything is written beside its place first and moved there: a vault that lost its power is a vault.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from connector.notation.problems import Invalid, Unavailable, Unknown

_NONCE: Final = 12
_COST: Final = 2**15
_HEADER: Final = "vault.json"
_KNOWN: Final = b"ionport vault 1"


class Vault:
    """A folder of pieces and named records. Raises Invalid (`backup/key`) where the key is another one's."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._cipher = AESGCM(hmac.digest(key, b"encrypt", "sha256"))
        self._names = hmac.digest(key, b"name", "sha256")

    @classmethod
    def open(cls, folder: Path, *, passphrase: str = "", key: bytes = b"", create: bool = False) -> Vault:
        """The vault at `folder`, made where it is not there and `create` is given; exactly one of the keys."""
        if bool(passphrase) == bool(key):
            raise Invalid("backup/key", "a vault is opened by a passphrase or by a key file, one of the two")
        if key and len(key) != 32:
            raise Invalid("backup/key", f"a key file holds 32 bytes, this one {len(key)}")
        header = folder / _HEADER
        if not header.is_file():
            if not create:
                raise Unknown("backup/no-vault", f"there is no backup in {folder}")
            return cls._made(folder, passphrase, key)
        found = _read_header(header)
        vault = cls(folder, key or _derived(passphrase, bytes.fromhex(found["salt"])))
        vault._check(bytes.fromhex(found["check"]))
        return vault

    @classmethod
    def _made(cls, folder: Path, passphrase: str, key: bytes) -> Vault:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        salt = secrets.token_bytes(16)
        vault = cls(folder, key or _derived(passphrase, salt))
        header = {"format": 1, "salt": salt.hex(), "check": vault._sealed(_KNOWN, _HEADER).hex()}
        _put(folder / _HEADER, json.dumps(header).encode())
        return vault

    def _check(self, sealed: bytes) -> None:
        try:
            known = self._opened(sealed, _HEADER)
        except Invalid:
            known = b""
        if known != _KNOWN:
            raise Invalid("backup/key", "the passphrase or key file is not that of this backup")

    def put(self, piece: bytes) -> tuple[str, bool]:
        """Keep a piece; its name, and whether it is new."""
        name = hmac.new(self._names, piece, "sha256").hexdigest()
        file = self._file(name)
        if file.is_file():
            return name, False
        file.parent.mkdir(parents=True, exist_ok=True)
        _put(file, self._sealed(zlib.compress(piece, 3), name))
        return name, True

    def get(self, name: str) -> bytes:
        """A piece. Raises Invalid (`backup/damaged`) where it is missing, changed or another one."""
        try:
            sealed = self._file(name).read_bytes()
        except OSError:
            raise Invalid("backup/damaged", f"piece {name[:12]}... of the backup is missing") from None
        piece = zlib.decompress(self._opened(sealed, name))
        if hmac.new(self._names, piece, "sha256").hexdigest() != name:
            raise Invalid("backup/damaged", f"piece {name[:12]}... of the backup is another one")
        return piece

    def record(self, name: str, content: bytes) -> None:
        """Keep a named record; one that is there is replaced."""
        _put(self._folder / f"{name}.backup", self._sealed(zlib.compress(content), name))

    def recorded(self, name: str) -> bytes:
        """A named record. Raises Unknown (`backup/unknown`), Invalid (`backup/damaged`)."""
        try:
            sealed = (self._folder / f"{name}.backup").read_bytes()
        except OSError:
            raise Unknown("backup/unknown", f"there is no backup {name} in {self._folder}") from None
        return zlib.decompress(self._opened(sealed, name))

    def records(self) -> Iterator[str]:
        """The names of the records, in their order."""
        yield from sorted(file.stem for file in self._folder.glob("*.backup"))

    def _file(self, name: str) -> Path:
        return self._folder / "pieces" / name[:2] / name

    def _sealed(self, content: bytes, name: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, content, name.encode())

    def _opened(self, sealed: bytes, name: str) -> bytes:
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
        except (InvalidTag, ValueError):
            raise Invalid("backup/damaged", f"{name[:24]} of the backup was changed, cut or exchanged") from None


def _derived(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_COST, r=8, p=1).derive(passphrase.encode())


def _read_header(file: Path) -> dict[str, str]:
    try:
        header: dict[str, str] = json.loads(file.read_bytes())
        bytes.fromhex(header["salt"] + header["check"])
    except (OSError, ValueError, KeyError, TypeError):
        raise Invalid("backup/damaged", f"{file} is no header of a backup") from None
    return header


def _put(file: Path, content: bytes) -> None:
    """Write beside the place, make it durable, move it there."""
    beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)
    except OSError as error:
        raise Unavailable("backup/unwritable", f"{file} cannot be written: {error.strerror}") from None
