"""The three ways to fill a label: a resolver's URL with an opaque id passes, deep links and embedded data do not."""

import pytest

from connector.passport.identifiers import new_unit_id
from connector.passport.label_content import lint

UNIT = new_unit_id(bytes(range(10)))


def rules(content: str, **more: bool) -> set[str]:
    return {finding.code.removeprefix("passport/") for finding in lint(content, **more)}


@pytest.mark.parametrize("content", [f"https://id.example/p/{UNIT}", "https://p.lumina.at/01/09520123456788/21/000123"])
def test_a_resolver_url_with_an_opaque_id_passes(content: str) -> None:
    assert rules(content) == set()


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (f"https://id.example/api/v3/passports/{UNIT}", "label-deep-link"),
        (f"https://id.example/p/{UNIT}/view", "label-deep-link"),
        (f"https://id.example/{UNIT}", "label-deep-link"),
        ("https://id.example/", "label-deep-link"),
        (f"https://id.example/p/{UNIT}?chemistry=NMC", "label-fields"),
        (f"https://id.example/p/{UNIT}#soh=99", "label-fields"),
        (f"https://me:secret@id.example/p/{UNIT}", "label-fields"),
        ('{"id": "1", "chemistry": "NMC811"}', "label-content"),
        ("SN=000123;CAP=201Ah", "label-content"),
        ("BAT-2025-LI-001234", "label-content"),
        ("javascript:alert(1)", "label-content"),
        ("https://[::1", "label-content"),
        (f"https://staging.id.example/p/{UNIT}", "label-environment"),
        (f"https://id-test.example/p/{UNIT}", "label-environment"),
        (f"https://id.example/prod/p/{UNIT}", "label-environment"),
        (f"https://id.example:8443/p/{UNIT}", "label-environment"),
        (f"https://10.0.0.7/p/{UNIT}", "label-environment"),
        (f"https://localhost/p/{UNIT}", "label-environment"),
        (f"http://id.example/p/{UNIT}", "label-address"),
        (f"https://id.example/p/{UNIT[:-1]}{'0' if UNIT[-1] != '0' else '1'}", "unit-id"),
        ("https://id.example/01/09520123456789/21/1", "gtin"),
        ("https://id.example/01/09520123456788", "digital-link"),
        (f"https://a-very-long-host-name.battery.example/p/{UNIT}", "url-too-long"),
    ],
)
def test_each_other_way_is_refused_by_its_name(content: str, rule: str) -> None:
    assert rule in rules(content)


def test_this_machine_passes_for_trying_out() -> None:
    assert rules(f"http://localhost:47779/p/{UNIT}", is_trial=True) == set()
    assert rules(f"http://localhost:47779/p/{UNIT}") == {"label-address", "label-environment"}


def test_a_word_inside_a_word_is_no_environment() -> None:
    assert rules(f"https://greenhouse.example/p/{UNIT}") == set()
