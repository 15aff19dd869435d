"""Passwords and keys of the bridge's accounts in a region: from the environment, else from a file of mode 0600."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector.notation.exact_json import decode, encode
from connector.notation.problems import Unavailable


@dataclass(frozen=True, slots=True)
class RegionSecret:
    """What one account logs in with."""

    api_key: str
    password: str


class RegionSecrets:
    """The secrets: `file` is JSON, `{"<account>": {"apiKey": ..., "password": ...}}`; the environment is for `account`.

    The file is read at each login, so that a change needs no restart.
    """

    def __init__(self, file: Path, *, account: str = "", api_key_env: str = "", password_env: str = "") -> None:
        self._file = file
        self._account = account
        self._api_key_env = api_key_env
        self._password_env = password_env

    def of(self, account: str) -> RegionSecret:
        """The secrets of `account`. Raises Unavailable (`region/secrets`, `region/secrets-mode`)."""
        key, password = os.environ.get(self._api_key_env), os.environ.get(self._password_env)
        if account == self._account and key and password:
            return RegionSecret(key, password)
        entry = self._read().get(account)
        if not (
            isinstance(entry, dict) and isinstance(entry.get("apiKey"), str) and isinstance(entry.get("password"), str)
        ):
            sentence = f"no API key and password of {account!r} are in the environment or in {self._file.name}"
            raise Unavailable("region/secrets", sentence)
        return RegionSecret(entry["apiKey"], entry["password"])

    def keep(self, account: str, api_key: str, password: str) -> None:
        """Write the secrets of `account` into the file."""
        entries = {**self._read(), account: {"apiKey": api_key, "password": password}}
        aside = self._file.with_suffix(".new")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(encode(entries))
        aside.replace(self._file)

    def _read(self) -> dict[str, Any]:
        try:
            with self._file.open("rb") as file:
                self._check_mode(os.fstat(file.fileno()).st_mode)
                entries = decode(file.read())
        except FileNotFoundError:
            return {}
        return entries if isinstance(entries, dict) else {}

    def _check_mode(self, mode: int) -> None:
        if mode & 0o077:
            name = self._file.name
            sentence = f"{name} can be read by others (mode {stat.S_IMODE(mode):04o}): chmod 600 {name}, new passwords"
            raise Unavailable("region/secrets-mode", sentence)
