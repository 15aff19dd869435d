"""The rule sets of export control: those that travel with the product, and the operator's own files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from connector.adapters.library import FolderLibrary
from connector.export.rules import RuleSet, read
from connector.notation.exact_json import decode
from connector.notation.problems import Invalid


def rule_sets(library: FolderLibrary, files: Sequence[Path] = ()) -> list[RuleSet]:
    """All of them; one of the operator's replaces that of the same id. Raises Invalid (`export/rule-set`)."""
    names = decode(library.text("policies/export/index.json").encode())
    found = [read(decode(library.text(f"policies/export/{name}").encode()), name) for name in names]
    own = [_read(file) for file in files]
    replaced = {each.id for each in own}
    return [*(each for each in found if each.id not in replaced), *own]


def _read(file: Path) -> RuleSet:
    try:
        return read(decode(file.read_bytes()), file.name)
    except OSError as error:
        raise Invalid("export/rule-set", f"the rule set {file} cannot be read: {error.strerror}") from None
