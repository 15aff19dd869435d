"""Countries and the regions they lie in, as the statistics division of the United Nations groups them (M49)."""

from __future__ import annotations

_COUNTRIES: dict[str, str] = {
    "Australia and New Zealand": "AU NZ CX CC HM NF",
    "Central Asia": "KZ KG TJ TM UZ",
    "Eastern Asia": "CN HK MO JP KP KR MN",
    "Eastern Europe": "BY BG CZ HU PL MD RO RU SK UA",
    "Latin America and the Caribbean": (
        "AG AI AR AW BB BL BO BQ BR BS BV BZ CL CO CR CU CW DM DO EC FK GD GF GP GS GT GY HN HT JM KN KY LC MF MQ MS "
        "MX NI PA PE PR PY SR SV SX TC TT UY VC VE VG VI"
    ),
    "Melanesia": "FJ NC PG SB VU",
    "Micronesia": "GU KI MH FM NR MP PW UM",
    "Northern Africa": "DZ EG LY MA SD TN EH",
    "Northern America": "BM CA GL PM US",
    "Northern Europe": "AX DK EE FO FI GG IE IM IS JE LV LT NO SJ SE GB",
    "Polynesia": "AS CK NU PF PN TK TO TV WF WS",
    "South-eastern Asia": "BN KH ID LA MY MM PH SG TH TL VN",
    "Southern Asia": "AF BD BT IN IR LK MV NP PK",
    "Southern Europe": "AL AD BA HR GI GR VA IT MT ME MK PT SM RS SI ES",
    "Sub-Saharan Africa": (
        "AO BF BI BJ BW CD CF CG CI CM CV DJ ER ET GA GH GM GN GQ GW IO KE KM LR LS MG ML MR MU MW MZ NA NE NG RE RW "
        "SC SH SL SN SO SS ST SZ TD TF TG TZ UG YT ZA ZM ZW"
    ),
    "Western Asia": "AM AZ BH CY GE IQ IL JO KW LB OM PS QA SA SY TR AE YE",
    "Western Europe": "AT BE FR DE LI LU MC NL CH",
}
_REGION_OF = {country: region for region, countries in _COUNTRIES.items() for country in countries.split()}

_LARGER: dict[str, str] = {
    "Australia and New Zealand": "Oceania", "Melanesia": "Oceania", "Micronesia": "Oceania", "Polynesia": "Oceania",
    "Central Asia": "Asia", "Eastern Asia": "Asia", "South-eastern Asia": "Asia", "Southern Asia": "Asia",
    "Western Asia": "Asia", "Eastern Europe": "Europe", "Northern Europe": "Europe", "Southern Europe": "Europe",
    "Western Europe": "Europe", "Northern Africa": "Africa", "Sub-Saharan Africa": "Africa",
    "Northern America": "Americas", "Latin America and the Caribbean": "Americas",
}  # fmt: skip


def place_of(country: str) -> str | None:
    """The subregion of a country (ISO 3166-1, two capitals), or None where the list has no such country."""
    return _REGION_OF.get(country)


def lies_in(country: str, region: str) -> bool | None:
    """Whether `country` lies in `region` or one of its parts; None where that cannot be said."""
    found = _REGION_OF.get(country)
    if found is None or region in ("Global", "Several"):
        return None
    return region in (found, _LARGER[found])
