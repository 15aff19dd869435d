"""The key file: made once, private, whole or not at all."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from joserfc.jwk import ECKey

from connector.adapters.software_key import SoftwareKey
from connector.dcp import jws
from connector.notation.problems import Unavailable


def pem(private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, password: bytes | None = None) -> bytes:
    protection = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)


def write(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_key_is_made_private_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "node.pem"
    made = SoftwareKey.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = SoftwareKey.load_or_create(path)
    assert (again.key_id, again.public_jwk) == (made.key_id, made.public_jwk)
    assert [one.name for one in path.parent.iterdir()] == ["node.pem"]


def test_a_loose_umask_does_not_open_the_file(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        SoftwareKey.load_or_create(tmp_path / "k.pem")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "k.pem").stat().st_mode) == 0o600


def test_the_public_half_has_no_private_member_and_the_thumbprint_is_rfc_7638(tmp_path: Path) -> None:
    key = SoftwareKey.load_or_create(tmp_path / "k.pem")
    assert set(key.public_jwk) == {"kty", "crv", "x", "y"}
    assert key.key_id == ECKey.import_key({**key.public_jwk}).thumbprint()
    assert len(key.key_id) == 43


def test_what_it_signs_is_verified(tmp_path: Path) -> None:
    key = SoftwareKey.load_or_create(tmp_path / "k.pem")
    assert len(key.sign(b"data")) == 64
    token = jws.sign_jwt({"kid": key.key_id}, {"sub": "x"}, key.sign)
    assert jws.verify(token, key.public_jwk) == {"sub": "x"}


def test_the_key_does_not_show_itself(tmp_path: Path) -> None:
    key = SoftwareKey.load_or_create(tmp_path / "k.pem")
    assert repr(key) == f"SoftwareKey({key.key_id})"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602, 0o660])
def test_a_file_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path / "k.pem", pem(ec.generate_private_key(ec.SECP256R1())), mode)
    with pytest.raises(Unavailable) as caught:
        SoftwareKey.load_or_create(path)
    assert caught.value.code == "key/mode"
    assert "chmod 600" in caught.value.detail


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no key",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        pem(ec.generate_private_key(ec.SECP384R1())),
        pem(ed25519.Ed25519PrivateKey.generate()),
        pem(ec.generate_private_key(ec.SECP256R1()), b"password"),
    ],
)
def test_what_is_no_p_256_key_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path / "k.pem", content)
    with pytest.raises(Unavailable) as caught:
        SoftwareKey.load_or_create(path)
    assert caught.value.code == "key/format"
    assert path.read_bytes() == content


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    target = write(tmp_path / "target.pem", pem(ec.generate_private_key(ec.SECP256R1())))
    link, folder, pipe, large = (tmp_path / name for name in ("link", "folder", "pipe", "large"))
    link.symlink_to(target)
    folder.mkdir()
    os.mkfifo(pipe, 0o600)
    write(large, b"x" * 20_000)
    for path in (link, folder, pipe, large):
        with pytest.raises(Unavailable) as caught:
            SoftwareKey.load_or_create(path)
        assert caught.value.code == "key/file", path


def test_two_that_start_at_once_get_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: SoftwareKey.load_or_create(tmp_path / "k.pem"), range(16)))
    assert len({key.key_id for key in keys}) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["k.pem"]


def test_a_key_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        SoftwareKey.load_or_create(tmp_path / "k.pem")
    assert list(tmp_path.iterdir()) == []
