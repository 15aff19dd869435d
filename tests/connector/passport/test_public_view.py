"""What a resolver shows: the public part in words, the same marks for every passport, and a page that runs nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2
import pytest

from connector.notation import exact_json
from connector.notation.digests import digest
from connector.notation.problems import Refused
from connector.passport.disclosure import AUDIENCES, cut
from connector.passport.elements import POINTS
from connector.passport.languages import LANGUAGES, text
from connector.passport.versions import new_version
from connector.passport.view import GROUPS, NOTICE_ALL, NOTICE_MORE, public_view
from connector.passport.wording import LABELS, UNITS, label, sign

TEMPLATES = Path(__file__).resolve().parents[3] / "connector/web/templates"
PAGES = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined)
OTHERS = [f"?lang={code}" for code in LANGUAGES if code != "en"]
"""The page's own links."""
URL = "http://localhost:8101/p/00000000000000000"
HOSTILE = "<script>alert('x')</script>\"><img src=https://evil.example/x onerror=alert(1)>"

DOCUMENT = {"header": "Policy 2026", "content": "https://zell.example/policy.pdf", "type": "URL", "category": "Other"}
PAYLOAD: dict[str, Any] = {
    "identification": {
        "typeId": "NZ-62",
        "category": "EV",
        "localIdentifier": [{"key": "PartInstanceId", "value": "NZ62-000815"}],
    },
    "generalInformation": {
        "intoServiceDate": "2026-10-02",
        "lifespan": [{"key": "guaranteed lifetime", "value": 96, "unit": "unit:month"}],
        "manufacturer": {
            "facility": {
                "left": {
                    "thoroughfare": {"value": "Hafenweg", "number": "3", "technicalKey": "STREET"},
                    "locality": {"value": "Rostock", "technicalKey": "CITY"},
                    "postCode": {"value": "18069", "technicalKey": "REGULAR"},
                    "country": {"shortName": ""},
                }
            }
        },
    },
    "physicalDimension": {"weight": {"value": Decimal("412.50"), "unit": "unit:kilogram"}},
    "performance": {
        "rated": {"capacity": {"value": Decimal("175.0")}, "testReport": [DOCUMENT | {"header": "Secret report"}]},
        "dynamic": {"stateOfCharge": {"value": Decimal("81.25"), "time": "2026-11-21T12:00:00Z"}},
    },
    "circularity": {
        "carbonFootprint": [
            {"value": Decimal("61.10"), "unit": "kg CO2 eq/kWh", "lifecycle": "distribution"},
            {"value": Decimal("2.5"), "unit": "kg CO2 eq/kWh", "lifecycle": "end of life"},
        ],
        "status": "re-used",
    },
    "conformity": {"dueDiligencePolicy": [DOCUMENT]},
}


def view(payload: Any = PAYLOAD, audience: Any = "public") -> dict[str, Any]:
    version = new_version(
        None, payload, actor="a", role="b", time=datetime(2026, 11, 21, 12, tzinfo=UTC), reason="issued"
    )
    return public_view(payload, version, unit_url=URL, audience=audience)


def rows(shown: dict[str, Any]) -> dict[str, Any]:
    return {row["label"]: row for group in shown["groups"] for row in group["rows"]}


def page(payload: Any = PAYLOAD) -> str:
    return drawn(view(payload))


def drawn(shown: dict[str, Any], language: str = "en") -> str:
    template = PAGES.get_template("passport.html")
    return template.render(view=shown, say=lambda said: text(said, language), language=language, languages=LANGUAGES)


def test_values_stand_with_label_and_unit() -> None:
    shown = rows(view())
    assert shown["Weight"] == {"label": "Weight", "value": "412.50", "unit": "kg"}
    assert shown["Capacity"] == {"label": "Capacity", "value": "175.0", "unit": "Ah"}
    assert shown["Lifespan – Guaranteed lifetime"]["value"] == "96"
    assert shown["Lifespan – Guaranteed lifetime"]["unit"] == "months"
    assert shown["Local identifier – Part instance id"]["value"] == "NZ62-000815"
    assert shown["Manufacturer – Manufacturing plant"]["value"] == "Hafenweg 3, 18069 Rostock"
    assert shown["Due diligence policy"]["href"] == "https://zell.example/policy.pdf"
    assert shown["#2 – Value"] == {"label": "#2 – Value", "value": "2.5", "unit": "kg CO2 eq/kWh"}
    assert shown["#2 – Lifecycle"]["value"] == "end of life"


def test_title_version_and_digest_are_of_what_is_shown() -> None:
    shown = view()
    assert (shown["title"], shown["unit"], shown["audience"]) == ("NZ-62", URL, "public")
    assert shown["version"] == {"number": 1, "time": "2026-11-21T12:00:00Z", "digest": digest(shown["passport"])}
    assert shown["passport"] == cut(PAYLOAD, "public")
    assert exact_json.decode(exact_json.encode(shown))["groups"] == shown["groups"]


def test_the_public_sees_nothing_restricted() -> None:
    written = exact_json.encode(view()).decode() + page()
    for restricted in ("81.25", "re-used", "Secret report", "2026-10-02", "State of charge"):
        assert restricted not in written
        assert restricted in exact_json.encode(view(audience="legitimate-interest")).decode() or restricted.startswith(
            "Sec"
        )


def test_a_person_with_legitimate_interest_sees_the_condition_with_its_time() -> None:
    charge = rows(view(audience="legitimate-interest"))["State of charge"]
    assert charge == {"label": "State of charge", "value": "81.25", "unit": "%", "time": "2026-11-21T12:00:00Z"}


def notices(shown: dict[str, Any]) -> dict[str, str]:
    return {group["id"]: group["notice"] for group in shown["groups"] if group["notice"]}


def test_marks_do_not_depend_on_the_payload() -> None:
    expected = {
        "origin": NOTICE_MORE,
        "performance": NOTICE_MORE,
        "materials": NOTICE_MORE,
        "circularity": NOTICE_MORE,
        "safety": NOTICE_MORE,
        "conformity": NOTICE_MORE,
        "condition": NOTICE_ALL,
        "sources": NOTICE_ALL,
    }
    assert notices(view()) == notices(view({})) == notices(view({"performance": {"rated": {}}})) == expected


def test_each_audience_has_its_own_marks() -> None:
    assert "condition" not in notices(view(audience="legitimate-interest"))
    assert notices(view(audience="authority"))["condition"] == NOTICE_ALL
    with pytest.raises(Refused):
        view(audience="everyone")


def test_every_element_of_the_model_belongs_to_a_group() -> None:
    prefixes = [path for _, _, paths in GROUPS for path in paths]
    for path in POINTS:
        assert sum(path == prefix or path.startswith((prefix + ".", prefix + "[")) for prefix in prefixes) == 1, path


def test_every_element_of_a_full_document_is_shown_somewhere() -> None:
    document: dict[str, Any] = {}
    for number, path in enumerate(POINTS):
        put(document, path.replace("[]", ".[]").split("."), f"v{number}v")
    written = {row["value"] for group in view(lists(document), "commission")["groups"] for row in group["rows"]}
    shown = " ".join(written)
    part = cut(lists(document), "commission")
    hidden = [value for value in leaves(part) if value not in shown]
    paths = [path for number, path in enumerate(POINTS) if f"v{number}v" in hidden]
    assert {path.rpartition(".")[2] for path in paths} <= {"key", "unit", "type", "category", "technicalKey"}


def put(node: dict[str, Any], steps: list[str], value: str) -> None:
    for step in steps[:-1]:
        node = node.setdefault(step, {})
    node[steps[-1]] = value


def lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    return [lists(node["[]"])] if "[]" in node else {name: lists(below) for name, below in node.items()}


def leaves(node: Any) -> Iterator[str]:
    if isinstance(node, dict | list):
        for below in node.values() if isinstance(node, dict) else node:
            yield from leaves(below)
    else:
        yield node


def test_units_and_labels_name_elements_of_the_model() -> None:
    plain = {path.replace("[]", "").replace(".left", "").replace(".right", "") for path in POINTS}
    assert {path for path in UNITS if path not in plain and path + ".value" not in plain} == set()
    names = {step for path in plain for step in path.split(".")}
    assert set(LABELS) <= names


def test_labels_and_signs() -> None:
    assert label("cycleLifeTesting") == "Cycle life testing"
    assert label("GTIN") == "GTIN"
    assert label("50PercentLife") == "At 50 % of cycle life"
    assert (sign("unit:kilogram"), sign("unit:furlong"), sign("kg CO2 eq")) == ("kg", "furlong", "kg CO2 eq")


@pytest.mark.parametrize("payload", [None, [], "x", {"identification": 5}, {"performance": {"rated": []}}])
def test_payloads_of_another_shape_give_an_empty_view(payload: Any) -> None:
    shown = view(payload)
    assert shown["title"] == "Battery passport"
    assert rows(shown) == {}


class Reader(HTMLParser):
    """Collects tags with attributes and checks that they close in order."""

    VOID = frozenset({"meta", "br", "img", "input", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    assert reader.open == []
    return reader


def test_the_page_runs_nothing_and_loads_nothing() -> None:
    html = page()
    reader = read(html)
    names = {tag for tag, _ in reader.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "form", "video", "audio", "svg"}
    attributes = {name for _, attrs in reader.tags for name in attrs}
    assert not attributes & {"src", "srcset", "style", "action", "ping"}
    assert not any(name.startswith("on") for name in attributes)
    assert "url(" not in html
    assert "@import" not in html


def test_the_page_can_be_read_by_all() -> None:
    reader = read(page())
    tags = dict(reader.tags)
    assert tags["html"]["lang"] == "en"
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in reader.tags
    assert [tag for tag, _ in reader.tags].count("h1") == 1
    ids = {attrs["id"] for _, attrs in reader.tags if "id" in attrs}
    pointed = {attrs["aria-labelledby"] for tag, attrs in reader.tags if tag == "section"}
    assert pointed <= ids
    assert len(pointed) == sum(tag == "section" for tag, _ in reader.tags)


def test_the_page_shows_version_values_and_notices() -> None:
    text = " ".join(" ".join(read(page()).text).split())
    for part in ("Version 1 ,", "412.50 kg", "NZ-62", NOTICE_ALL, NOTICE_MORE, URL):
        assert part.replace(" ,", ",") in text.replace(" ,", ","), part


def poison(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: poison(below) for name, below in node.items()}
    if isinstance(node, list):
        return [poison(below) for below in node]
    return HOSTILE


def test_hostile_strings_stay_text() -> None:
    html = page(poison(PAYLOAD))
    reader = read(html)
    assert HOSTILE in "".join(reader.text)
    assert {tag for tag, _ in reader.tags} == {tag for tag, _ in read(page()).tags} - {"a"} | {"a"}
    assert "<img" not in html
    assert "<script" not in html


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://a b", "https://x\n", " https://x"]
)
def test_only_web_addresses_become_links(address: str) -> None:
    payload = {"conformity": {"dueDiligencePolicy": [DOCUMENT | {"content": address}]}}
    (row,) = rows(view(payload)).values()
    assert "href" not in row
    assert [attrs["href"] for tag, attrs in read(page(payload)).tags if tag == "a"] == ["#content", *OTHERS]


def test_quotes_in_a_link_cannot_leave_their_attribute() -> None:
    address = 'https://x.example/"onmouseover="alert(1)'
    payload = {"conformity": {"dueDiligencePolicy": [DOCUMENT | {"content": address}]}}
    links = [attrs for tag, attrs in read(page(payload)).tags if tag == "a"]
    assert links[-1] == {"href": address, "rel": "noopener noreferrer nofollow"}


def test_all_audiences_render() -> None:
    assert len({drawn(view(audience=audience)) for audience in AUDIENCES}) == len(AUDIENCES) - 1
