"""An AASX package put together on this machine: an environment, files beside it, and a thumbnail."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

from connector.cli.offline import documents
from connector.notation.exact_json import decode, encode

FOLDER: Final = "aasx/files/"
_BINARY: Final = "application/octet-stream"


def packed(
    environment: bytes, files: Sequence[Path], thumbnail: Path | None, metamodel: Literal["3.0", "3.1"]
) -> bytes:
    """The package of an environment (JSON) with supplementary files.

    A File whose address ends in the name of one of `files` points into the package. Raises Invalid (`cli/file`,
    `aas/part-name`).
    """
    from submodels.aas.aasx import to_aasx
    from submodels.aas.environment import read_json

    attached = [*files, *([thumbnail] if thumbnail else [])]
    parts = {FOLDER + file.name: (_kind(file), documents.read_bytes(file)) for file in attached}
    names = {file.name: f"/{FOLDER}{file.name}" for file in files}
    pointing = encode(_pointing(decode(environment), names))
    shown = FOLDER + thumbnail.name if thumbnail else ""
    return to_aasx(read_json(pointing), parts, metamodel=metamodel, thumbnail=shown)


def _kind(file: Path) -> str:
    return mimetypes.guess_type(file.name)[0] or _BINARY


def _pointing(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_pointing(one, names) for one in node]
    if not isinstance(node, dict):
        return node
    if node.get("modelType") == "File" and str(node.get("value", "")).rpartition("/")[2] in names:
        return {**node, "value": names[str(node["value"]).rpartition("/")[2]]}
    return {name: _pointing(member, names) for name, member in node.items()}
