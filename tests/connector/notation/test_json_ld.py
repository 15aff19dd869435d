"""JSON-LD with local contexts: no network, no base, no shared state that a message could change."""

import copy
from decimal import Decimal

import pytest

from connector.notation.jsonld import as_list, compact, expand, id_of
from connector.notation.problems import Invalid

_KNOWN = {
    "urn:ctx:a": {"@context": {"@vocab": "http://v/", "ref": {"@id": "http://v/ref", "@type": "@id"}}},
    "urn:ctx:b": {"@context": {"name": "http://b/name"}},
}


def test_relative_ids_stay_as_they_were_written() -> None:
    document = {"@context": "urn:ctx:a", "@id": "asset1", "ref": "other"}
    assert expand(document, _KNOWN) == [{"@id": "asset1", "http://v/ref": [{"@id": "other"}]}]
    assert compact(document, "urn:ctx:a", _KNOWN) == document


def test_amounts_survive_expansion_and_compaction() -> None:
    amount = Decimal("0.10000000000000000555")
    document = {"@context": "urn:ctx:a", "n": amount, "typed": {"@value": Decimal("1.10"), "@type": "http://x/decimal"}}
    node = expand(document, _KNOWN)[0]
    assert str(node["http://v/n"][0]["@value"]) == "0.10000000000000000555"
    assert str(node["http://v/typed"][0]["@value"]) == "1.10"
    assert str(compact(document, "urn:ctx:a", _KNOWN)["n"]) == "0.10000000000000000555"


def test_the_version_in_a_context_is_read_whatever_number_it_was_decoded_to() -> None:
    context = {"@version": Decimal("1.1"), "n": {"@id": "http://v/n", "@context": {"@version": Decimal("1.1")}}}
    amount = Decimal("0.10")
    assert expand({"@context": context, "n": amount}, {}) == [{"http://v/n": [{"@value": amount}]}]
    assert compact([{"http://v/n": amount}], context, {})["n"] == amount


@pytest.mark.parametrize(
    "document",
    [
        {"@context": "http://unknown.example/ctx", "a": 1},
        {"@context": ["urn:ctx:a", "http://unknown.example/ctx"], "a": 1},
        {"@context": "urn:ctx:a", "inner": {"@context": "http://unknown.example/ctx", "a": 1}},
        {"@context": {"t": {"@id": "http://v/t", "@context": "http://unknown.example/ctx"}}, "t": {"a": 1}},
    ],
)
def test_an_unknown_context_is_named(document: object) -> None:
    for act in (lambda: expand(document, _KNOWN), lambda: compact(document, {}, _KNOWN)):
        with pytest.raises(Invalid) as caught:
            act()
        assert caught.value.code == "jsonld/context"
        assert "http://unknown.example/ctx" in caught.value.detail


@pytest.mark.parametrize(
    "document",
    [
        {"@context": {"@import": "urn:ctx:b", "name": "http://evil/"}},
        {"@context": ["urn:ctx:a", {"@import": "urn:ctx:b"}], "name": "x"},
        {"@context": {"t": {"@id": "http://v/t", "@context": {"@import": "urn:ctx:b"}}}},
        {"@context": "urn:ctx:a", "deep": [{"@context": {"@version": 1.1, "@import": "urn:ctx:b"}}]},
    ],
)
def test_imports_are_refused_and_change_nothing(document: object) -> None:
    before = copy.deepcopy(_KNOWN)
    with pytest.raises(Invalid) as caught:
        expand(document, _KNOWN)
    assert caught.value.code == "jsonld/context"
    assert before == _KNOWN
    assert expand({"@context": "urn:ctx:b", "name": "x"}, _KNOWN) == [{"http://b/name": [{"@value": "x"}]}]


def test_a_context_to_compact_with_may_not_import_either() -> None:
    with pytest.raises(Invalid) as caught:
        compact({"@context": "urn:ctx:a", "n": 1}, {"@import": "urn:ctx:b"}, _KNOWN)
    assert caught.value.code == "jsonld/context"


def test_a_member_named_import_outside_a_context_is_data() -> None:
    assert expand({"@context": "urn:ctx:a", "n": {"import": 1}}, _KNOWN)[0]["http://v/n"]


@pytest.mark.parametrize(
    "document",
    [
        {"@context": 7},
        {"@context": {"a": 7}},
        {"@context": {"@vocab": 7}},
        {"@context": {"@base": 3}},
        {"@context": {"a": {"@id": "b"}, "b": {"@id": "a"}}, "a": 1},
        {"@context": {"a": {"@container": {}}}},
        {"@context": {"a": Decimal("0.1")}},
        {"@context": {"@version": Decimal("1.2")}},
        {"@context": "urn:ctx:a", "@id": 3},
        {"@context": "urn:ctx:a", "@type": {}},
        {"@context": "urn:ctx:a", "x": {"@value": {}, "@type": 3}},
        {"@context": "urn:ctx:a", "x": {"@list": [], "@set": []}},
        {"@context": "urn:ctx:a", "@reverse": 3},
        {"@context": "urn:ctx:a", "@included": "x"},
        {"@context": "relative-context"},
        {"@context": {"@propagate": 1}},
        "http://unknown.example/document",
    ],
)
def test_odd_input_is_invalid_never_a_crash(document: object) -> None:
    with pytest.raises(Invalid) as caught:
        expand(document, _KNOWN)
    assert caught.value.code.startswith("jsonld/")
    assert "\n" not in caught.value.detail


def test_endless_nesting_is_invalid() -> None:
    document: dict[str, object] = {}
    for _ in range(20_000):
        document = {"n": document}
    with pytest.raises(Invalid):
        expand({"@context": "urn:ctx:a", **document}, _KNOWN)


def test_plain_forms() -> None:
    assert [as_list(value) for value in (None, 1, [1, 2], [])] == [[], [1], [1, 2], []]
    assert id_of("x") == id_of({"@id": "x"}) == id_of({"@value": "x"}) == id_of([{"@id": "x"}]) == "x"
    assert id_of([]) is id_of(["a", "b"]) is id_of(3) is id_of({}) is id_of(None) is None
