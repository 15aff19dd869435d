"""Scanning a label: which form, which part, which headers."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from connector.notation.exact_json import decode
from connector.passport.carrier import decode as read_code
from connector.passport.carrier import qr_matrix_png
from connector.passport.disclosure import cut
from connector.passport.identifiers import new_unit_id
from connector.services.passports import changes as passport_changes
from connector.services.passports.showing import for_public
from connector.web.resolver import HTML, JSON, LINKSET, negotiated
from tests.connector.passport_rig import DID, DSP, URL, Doors, opened_doors

FREE = new_unit_id(bytes(range(10)))


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    async with opened_doors(tmp_path) as doors:
        yield doors


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", HTML),
        ("*/*", HTML),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
        ("application/json", JSON),
        ("application/json; charset=utf-8", JSON),
        ("APPLICATION/JSON", JSON),
        ("application/linkset+json", LINKSET),
        ("application/linkset+json;q=0.5, application/json;q=0.4", LINKSET),
        ("application/json;q=0.5, */*;q=0.1", JSON),
        ("text/html;q=0, application/json;q=0.1", JSON),
        ("application/*", JSON),
        ("application/*, application/json;q=0", LINKSET),
        ("image/png", HTML),
        ("application/json;q=0", HTML),
        ("application/json;q=7", JSON),
        (",,;;/", HTML),
        ("application/json" + "," * 1000, JSON),
    ],
)
def test_the_form_that_is_asked_for(accept: str, form: str) -> None:
    assert negotiated(accept) == form


async def test_a_label_leads_to_the_page(doors: Doors) -> None:
    passport = (await doors.rig.publish()).passport
    scanned = read_code(qr_matrix_png(passport.unit_url))
    status, body, headers = await doors.scan(scanned.removeprefix(URL), "text/html")
    page = body.decode()
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "ION-E75 NMC 400 V" in page
    assert passport.unit_url in page
    assert "not public for you: ask with a contract" in page


async def test_json_is_the_public_part_only(doors: Doors) -> None:
    edition = await doors.rig.publish()
    status, body, headers = await doors.scan(f"/p/{edition.passport.id}", "application/json")
    view = decode(body)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert view["passport"] == cut(for_public(edition.version.payload), "public")
    assert (view["audience"], view["version"]["number"], view["unit"]) == ("public", 1, edition.passport.unit_url)
    assert "dynamic" not in view["passport"]["performance"]
    assert b"68.5" not in body


async def test_what_an_act_has_to_allow_first_is_exchanged_and_not_shown(doors: Doors) -> None:
    edition = await doors.rig.publish()
    assert edition.version.payload["circularity"]["carbonFootprint"]
    assert edition.version.payload["conformity"]["dueDiligencePolicy"]
    for form in ("application/json", "text/html"):
        _, body, _ = await doors.scan(f"/p/{edition.passport.id}", form)
        assert b"ISO 14067" not in body
        assert b"due-diligence" not in body
    footprint = (await doors.rig.passports.submodels(edition.passport.id))[2]
    assert "PcfCO2eq" in footprint.value


async def test_links_lead_to_the_dataset(doors: Doors) -> None:
    passport = (await doors.rig.publish()).passport
    status, body, headers = await doors.scan(f"/p/{passport.id}", "application/linkset+json")
    (context,) = decode(body)["linkset"]
    assert (status, headers["Content-Type"]) == (200, "application/linkset+json")
    assert context["anchor"] == passport.unit_url
    assert context["https://w3id.org/dspace/2025/1/participantId"] == [{"href": DID}]
    assert context["http://www.w3.org/ns/dcat#endpointURL"][0]["href"] == DSP
    assert context["http://www.w3.org/ns/dcat#dataset"] == [{"href": passport.dataset_id}]


@pytest.mark.parametrize("accept", ["text/html", "application/json", "application/linkset+json"])
async def test_every_form_carries_safe_headers_and_the_way_to_the_links(doors: Doors, accept: str) -> None:
    passport = (await doors.rig.publish()).passport
    _, _, headers = await doors.scan(f"/p/{passport.id}", accept)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Vary"] == "Accept, Accept-Language"
    assert f'<{passport.unit_url}>; rel="linkset"' in headers["Link"]
    assert "Set-Cookie" not in headers


async def test_the_policy_lets_in_the_page_s_own_style_alone(doors: Doors) -> None:
    passport = (await doors.rig.publish()).passport
    _, body, headers = await doors.scan(f"/p/{passport.id}", "text/html")
    style = re.search(r"<style>(.*?)</style>", body.decode(), re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    policy = headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert not re.search(r"<script|\son[a-z]+=|\sstyle=", body.decode())


async def test_markup_in_a_payload_stays_text(doors: Doors) -> None:
    payload = doors.rig.example()
    payload["identification"]["typeId"] = "<script>alert(1)</script>"
    passport = (await doors.rig.publish(payload)).passport
    _, body, _ = await doors.scan(f"/p/{passport.id}", "text/html")
    assert b"<script>" not in body
    assert b"&lt;script&gt;alert(1)&lt;/script&gt;" in body


async def test_the_same_bytes_are_not_sent_again(doors: Doors) -> None:
    unit_id = (await doors.rig.publish()).passport.id
    _, first, headers = await doors.scan(f"/p/{unit_id}", "application/json")
    known = {"If-None-Match": f'W/"other", {headers["ETag"]}'}
    status, body, again = await doors.scan(f"/p/{unit_id}", "application/json", **known)
    assert (status, body, again["ETag"]) == (304, b"", headers["ETag"])
    assert (await doors.scan(f"/p/{unit_id}", "text/html", **known))[0] == 200
    change = passport_changes.merged({"identification": {"chemistry": "LFP"}})
    await doors.rig.passports.update(unit_id, change, actor="ops", role="service", reason="corrected")
    status, body, _ = await doors.scan(f"/p/{unit_id}", "application/json", **known)
    assert status == 200
    assert body != first


async def test_a_change_that_is_not_public_shows_only_in_number_and_time(doors: Doors) -> None:
    unit_id = (await doors.rig.publish()).passport.id
    _, before, _ = await doors.scan(f"/p/{unit_id}", "application/json")
    change = passport_changes.merged({"performance": {"dynamic": {"stateOfCharge": {"value": Decimal("12.5")}}}})
    await doors.rig.passports.update(unit_id, change, actor="ops", role="service", reason="reading")
    _, after, _ = await doors.scan(f"/p/{unit_id}", "application/json")
    one, other = decode(before), decode(after)
    assert (one["version"]["number"], other["version"]["number"]) == (1, 2)
    assert one["version"]["digest"] == other["version"]["digest"]
    assert one["passport"] == other["passport"]


@pytest.mark.parametrize("asked", [FREE, "nothing", "%3Cscript%3E", FREE[:-1] + "0", "a" * 500, "%00"])
async def test_an_unknown_unit_is_not_found_in_the_asked_form(doors: Doors, asked: str) -> None:
    status, body, headers = await doors.scan(f"/p/{asked}", "text/html")
    assert (status, headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert b"No battery passport here" in body
    assert b"<script>" not in body
    assert "style-src 'sha256-" in headers["Content-Security-Policy"]
    status, body, headers = await doors.scan(f"/p/{asked}", "application/json")
    assert (status, headers["Content-Type"]) == (404, "application/problem+json")
    assert decode(body)["code"] == "passport/unknown"


async def test_a_typed_id_is_led_to_the_printed_one(doors: Doors) -> None:
    unit_id = (await doors.rig.publish()).passport.id
    status, _, headers = await doors.scan(f"/p/{unit_id.lower()[:8]}-{unit_id.lower()[8:]}")
    assert (status, headers["Location"]) == (308, f"/p/{unit_id}")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_the_resolver_is_only_read(doors: Doors, method: str) -> None:
    unit_id = (await doors.rig.publish()).passport.id
    async with doors.public.request(method, f"/p/{unit_id}") as answer:
        assert answer.status == 405


@pytest.mark.parametrize("below", ["/versions", "/versions/1", "/submodels", "/"])
async def test_nothing_else_is_public(doors: Doors, below: str) -> None:
    unit_id = (await doors.rig.publish()).passport.id
    assert (await doors.scan(f"/p/{unit_id}{below}"))[0] == 404


async def test_the_page_speaks_the_language_of_who_scans(doors: Doors) -> None:
    edition = await doors.rig.publish()
    path = f"/p/{edition.passport.id}"
    for asked, accept, language, word in (
        ("", "ja-JP,ja;q=0.9", "ja", "定格性能"),
        ("?lang=ko", "ja", "ko", "정격 성능"),
        ("", "", "en", "Rated performance"),
    ):
        headers = {"Accept-Language": accept} if accept else {}
        status, body, answered = await doors.scan(path + asked, "text/html", **headers)
        assert (status, answered["Content-Language"]) == (200, language)
        assert word in body.decode()
        assert f'<html lang="{language}">' in body.decode()
    _, body, _ = await doors.scan(path, "application/json", **{"Accept-Language": "ja"})
    assert "Rated performance" in body.decode()
    status, body, _ = await doors.scan("/p/0000000000000000X", "text/html", **{"Accept-Language": "de"})
    assert (status, "Hier ist kein Batteriepass" in body.decode()) == (404, True)
