"""The JSON-LD contexts of the node, by IRI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "connector" / "adapters" / "contexts"


@pytest.fixture(scope="session")
def contexts() -> dict[str, Any]:
    index = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))
    return {iri: json.loads((FOLDER / name).read_text(encoding="utf-8")) for iri, name in index.items()}
