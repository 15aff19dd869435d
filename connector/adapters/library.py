"""The documents that travel with the product: aspect models, policies, JSON-LD contexts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from connector.notation.exact_json import decode
from connector.notation.problems import Unknown

_PACKAGE = Path(__file__).resolve().parent.parent
_CONTEXTS = Path(__file__).resolve().parent / "contexts"
_FOLDERS: Final = ("samm-models", "policies", "docs")
_NAMESPACE_VERSION = re.compile(r"([a-z0-9_][a-z0-9_.-]*):([0-9]+\.[0-9]+\.[0-9]+)", re.ASCII | re.IGNORECASE)


def _data(folder: str) -> Path:
    """A data folder: inside the installed package, or at the root of a checkout."""
    installed = _PACKAGE / "_data" / folder
    return installed if installed.is_dir() else _PACKAGE.parent / folder


class FolderLibrary:
    """See ports.Library. `roots` are further model roots, laid out `<namespace>/<version>/*.ttl`."""

    def __init__(self, roots: Sequence[Path] = ()) -> None:
        self._roots = (*roots, _data("samm-models"))

    def turtle(self, namespace_version: str) -> Sequence[tuple[str, str]]:
        """See ports.Library.turtle; the files of an earlier root hide those of the same name in a later one.

        Bytes that are no UTF-8 are kept as lone surrogates, for the reader to say where they stand.
        """
        match = _NAMESPACE_VERSION.fullmatch(namespace_version)
        if match is None:
            return []
        files: dict[str, Path] = {}
        for root in self._roots:
            for file in sorted((root / match.group(1) / match.group(2)).glob("*.ttl")):
                files.setdefault(file.name, file)
        return [(str(file), file.read_text("utf-8", errors="surrogateescape")) for file in files.values()]

    def namespaces(self) -> Sequence[str]:
        """See ports.Library.namespaces."""
        folders = {file.parent for root in self._roots for file in root.glob("*/*/*.ttl")}
        names = {f"{folder.parent.name}:{folder.name}" for folder in folders}
        return sorted(name for name in names if _NAMESPACE_VERSION.fullmatch(name))

    def contexts(self) -> Mapping[str, Any]:
        """See ports.Library.contexts."""
        return _contexts()

    def text(self, path: str) -> str:
        """See ports.Library.text; `path` starts with one of the folders of _FOLDERS."""
        folder, _, rest = path.partition("/")
        root = _data(folder).resolve()
        file = (root / rest).resolve()
        if folder not in _FOLDERS or root not in file.parents or not file.is_file():
            raise Unknown("library/unknown", f"the library has no document {path!r}")
        return file.read_text("utf-8")


@cache
def _contexts() -> Mapping[str, Any]:
    index = decode((_CONTEXTS / "index.json").read_bytes())
    # Plain numbers here: the JSON-LD library compares @version with the float 1.1, and no amount stands in a context.
    return {iri: json.loads((_CONTEXTS / name).read_bytes()) for iri, name in index.items()}
