"""The documents that travel with the product, and nothing beside them."""

from pathlib import Path

import pytest

from connector.adapters.library import FolderLibrary
from connector.adapters.system_clock import SystemClock
from connector.notation.jsonld import expand
from connector.notation.problems import Unknown


def test_models_are_found_by_namespace_and_version(tmp_path: Path) -> None:
    library = FolderLibrary()
    found = library.turtle("io.catenax.battery.battery_pass:4.0.0") or library.turtle("io.catenax.pcf:9.0.0")
    assert found
    assert all(name.endswith(".ttl") and "@prefix" in text for name, text in found)
    own = tmp_path / "own.space" / "1.0.0"
    own.mkdir(parents=True)
    (own / "A.ttl").write_text("a", "utf-8")
    assert FolderLibrary([tmp_path]).turtle("own.space:1.0.0") == [(str(own / "A.ttl"), "a")]


@pytest.mark.parametrize(
    "name", ["", "x", "none:1.0.0", "..:1.0.0", "a/b:1.0.0", "x:1", "x:1.0.0/..", "io.catenax.pcf:9.0.0\n"]
)
def test_other_names_give_nothing(name: str) -> None:
    assert FolderLibrary().turtle(name) == []


@pytest.mark.parametrize(
    "path", ["", "policies", "policies/", "policies/none", "policies/../pyproject.toml", "/etc/passwd", "docs/x"]
)
def test_other_documents_are_unknown(path: str) -> None:
    with pytest.raises(Unknown) as caught:
        FolderLibrary().text(path)
    assert caught.value.code == "library/unknown"


def test_every_context_can_be_used() -> None:
    contexts = FolderLibrary().contexts()
    assert "https://w3id.org/dspace/2025/1/context.jsonld" in contexts
    for iri in contexts:
        assert isinstance(expand({"@context": iri, "@id": "urn:x", "@type": "urn:t"}, contexts), list)


def test_the_clock_gives_aware_times_and_fresh_ids() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() is not None
    assert len({clock.new_id() for _ in range(100)}) == 100
    assert len(clock.random(16)) == 16
    assert clock.random(16) != clock.random(16)
