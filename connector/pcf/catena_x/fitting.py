"""Canonical values made to fit a version of io.catenax.pcf: spellings, units, rules as texts; what has no form is told.

Each function changes the values in place. Nothing is guessed: a value without a form is taken out (`pcf/lost`), or
left for the check to refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from connector.notation.findings import Finding
from connector.pcf import standards
from connector.pcf.footprint import ASSUMED, LOST, NOT_DERIVABLE
from connector.pcf.forms import checking
from connector.pcf.forms.model import Values
from connector.pcf.geography import place_of
from connector.pcf.rules import RULEBOOK
from connector.pcf.standards import Spelled

VERSION_9 = "io.catenax.pcf:9.0.0"
VERSION_10 = "io.catenax.pcf:10.0.0"
CRADLE_TO_GATE = "Cradle-to-gate"
LONGEST_VALIDITY_YEARS = 3
NOT_APPLICABLE = "not applicable"
_STANDARDS = "standards.cross_sectoral"
_FREE = "mass_balancing.free_attribution"


def fit_9(values: Values, findings: list[Finding], source: str) -> None:
    """To 9.0.0: standards are free texts, rules a list of names, free attribution and its scheme are answered."""
    fit_shared(values, findings, source)
    if source != VERSION_9:
        respell(values, findings, standards.spell_9)
    if source == VERSION_10 and values.get("mass_balancing.used") is False:
        for name in (_FREE, "mass_balancing.scheme"):
            if values.get(name) is None:
                values[name] = NOT_APPLICABLE
                message = f"{name} is {NOT_APPLICABLE!r}, because no mass balancing is used"
                findings.append(Finding(ASSUMED, message, "", "info", found=NOT_APPLICABLE, source=VERSION_9))


def fit_10(values: Values, findings: list[Finding], source: str) -> None:
    """To 10.0.0: one standard out of its list; free attribution is true, false or absent."""
    fit_shared(values, findings, source)
    respell(values, findings, standards.spell_10)
    _keep_one_standard(values, findings)
    if values.get(_FREE) == NOT_APPLICABLE:
        values.pop(_FREE)
        lose(findings, _FREE, NOT_APPLICABLE, "10.0.0 says true, false or nothing")


def fit_shared(values: Values, findings: list[Finding], source: str) -> None:
    """What every version of Catena-X wants: rules and sources as texts, a region to a country."""
    sets = values.pop("standards.rule_sets", None)
    if sets is not None and "standards.product_rules" not in values:
        values["standards.product_rules"] = tuple(dict.fromkeys(name for one in sets for name in one["names"]))
        for one in sets:
            if one["operator"] != "Other" or one.get("other"):
                lose(findings, "standards.rule_sets", one.get("other") or one["operator"], "the rules' operator")
    pairs = values.pop("secondary_pairs", None)
    if pairs is not None and "secondary_sources" not in values:
        values["secondary_sources"] = tuple(dict.fromkeys(f"{name} {version}" for name, version in pairs))
    factors = values.pop("gwp_factors", None)
    if factors is not None and "gwp" not in values:
        _newest_factor(values, factors, findings)
    if values.get("region") is None:
        derive_region(values, findings)
    from_pact(values, findings, source)
    if "product_classifications" not in values and values.get("product_code_cpc"):
        values["product_classifications"] = (values.pop("product_code_cpc"),)


def from_pact(values: Values, findings: list[Finding], source: str) -> None:
    """What PACT says by its rules rather than in a member: cradle to gate, three years valid, no place is the world."""
    values.pop("production.fossil_and_aircraft", None)
    if not source.startswith("pact:"):
        return
    drop_share_of_other_total(values, findings)
    rule = [("scope", CRADLE_TO_GATE, "a footprint of PACT ends at the gate")]
    if not any(values.get(name) for name in ("region", "country", "subdivision")):
        rule.append(("region", "Global", "a footprint of PACT without a place is global"))
    end = checking.moment(values.get("reference_end"))
    last = checking.years_after(end, LONGEST_VALIDITY_YEARS) if end else None
    if last is not None:
        until = last.isoformat().replace("+00:00", "Z")
        rule.append(("valid_until", until, "a footprint of PACT is valid for three years after its reference period"))
    if values.get("packaging.excluding") is not None:
        rule.append(("packaging.included", "yes", "emissions of packaging are stated"))
    for name, value, message in rule:
        if values.get(name) is None:
            values[name] = True if name == "packaging.included" else value
            findings.append(Finding(ASSUMED, message, "", "info", found=value, source="PACT v3"))


def drop_share_of_other_total(values: Values, findings: list[Finding]) -> None:
    """Catena-X states the primary data share of T1, PACT that of T2; they are one only where no uptake parts them."""
    share, including = values.get("primary_data_share"), values.get("total_including")
    if share is None or including == values.get("total_excluding"):
        return
    values.pop("primary_data_share")
    message = "the primary data share refers to another total (T1 with, T2 without biogenic uptake), and they differ"
    findings.append(Finding(NOT_DERIVABLE, message, "", "warning", found=share, source=RULEBOOK))


def respell(values: Values, findings: list[Finding], spell: Callable[[str], Spelled]) -> None:
    """Every standard in the spelling of the form; one that loses its meaning is told."""
    stated: Iterable[str] | None = values.get(_STANDARDS)
    if stated is None:
        return
    made: list[str] = []
    for standard in stated:
        spelled = spell(standard)
        if not spelled.is_exact:
            lose(findings, _STANDARDS, standard, f"it is written as {spelled.text!r}")
        made.append(spelled.text)
    values[_STANDARDS] = tuple(made if list(stated) == made else dict.fromkeys(made))


def _keep_one_standard(values: Values, findings: list[Finding]) -> None:
    stated = values.get(_STANDARDS)
    if not stated:
        values.pop(_STANDARDS, None)
        return
    values[_STANDARDS] = stated[:1]
    for standard in stated[1:]:
        lose(findings, _STANDARDS, standard, "10.0.0 names one standard, the first is kept")


def _newest_factor(values: Values, factors: tuple[str, ...], findings: list[Finding]) -> None:
    """Catena-X names one report; with several there is no saying which one counts, so none is taken."""
    if len(factors) == 1:
        values["gwp"] = factors[0]
        return
    lose(findings, "gwp", list(factors), "Catena-X names one assessment report")


def derive_region(values: Values, findings: list[Finding]) -> None:
    """The region of a stated country, by the grouping of the United Nations."""
    country = values.get("country") or (values.get("subdivision") or "")[:2]
    region = place_of(country)
    if region is not None:
        values["region"] = region
        message = f"the region of {country} is {region}"
        findings.append(Finding(ASSUMED, message, "", "info", found=region, source="UN M49"))


def lose(findings: list[Finding], name: str, value: Any, why: str) -> None:
    """Tell that `value` went."""
    findings.append(Finding(LOST, f"{name} cannot be told whole: {why}", "", "info", found=value))
