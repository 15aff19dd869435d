"""The rules of a WIA record as one table, and the findings that name them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from connector.notation.findings import Finding, Severity

# rule -> (clause, error code of the format or "", what it asks)
RULES: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "VAL-001": ("8.1", "", "passportId is BP-, four digits, -, six digits"),
        "VAL-002": ("8.1", "", "batteryId is BAT-, four digits, -, two capitals, -, six digits"),
        "VAL-003": ("8.1", "", "a state of health lies between 0 and 100"),
        "VAL-004": ("8.1", "", "the nominal voltage is above 0"),
        "VAL-005": ("8.1", "", "the manufacturing date exists and is not in the future"),
        "BUS-001": ("8.2", "ERR_MATERIAL_SUM", "the percentages of the materials add up to 100"),
        "BUS-002": ("8.2", "ERR_SOH_INCREASE", "the state of health stays or falls"),
        "BUS-003": ("8.2", "ERR_CYCLE_DECREASE", "the cycle count stays or rises"),
        "BUS-004": ("8.2", "ERR_MISSING_SOH", "the end of life needs a state of health measured before"),
        "BUS-005": ("8.2", "ERR_COBALT_CERT", "cobalt has a certificate of being free of conflict"),
        "LIFE": ("5.3", "", "a status follows one that leads to it"),
        "EVT": ("7.1", "", "an event has the data that its type asks for"),
        "SOH": ("5.4", "", "the state of health is current by original capacity, 80 warns, 70 ends"),
        "CO2": ("5.5", "", "the parts of the carbon footprint add up"),
        "CATH": ("6.1", "", "voltage and energy density fit the cathode"),
        "SRC": ("6.2", "", "a critical material has the certificates of its source"),
        "WARR": ("4.3", "", "the warranty's dates agree; a claim stands where health fell below its floor in time"),
        "DIG": ("3.1", "", "the integrity hash is that of the record; links lead to it"),
        "PLAUS": ("3 and 4", "", "figures of one record agree with each other"),
        "REQ": ("4.1 and 5", "", "required members are there"),
        "ENUM": ("5", "", "a value is one of its list"),
        "TYPE": ("4.1", "", "a value has its type"),
        "RANGE": ("4.1", "", "a number lies in its range"),
        "FORMAT": ("4.1", "", "a text has its form"),
        "PREVIOUS": ("3.2", "", "the record before is one of the same battery"),
    }
)


def finding(
    rule: str, message: str, pointer: str, *, severity: Severity = "error", wanted: Any = None, found: Any = None
) -> Finding:
    """A finding of `rule` at `pointer`: code `wia/<rule>`, its source names the clause and the format's error code."""
    clause, error_code, _ = RULES[rule]
    source = f"WIA 1.0.0, {clause}" + (f", {error_code}" if error_code else "")
    return Finding(f"wia/{rule}", message, pointer, severity, wanted, found, source)


def report(of: Finding) -> dict[str, Any]:
    """A finding as the format speaks: `code` is its error code where it has one (ERR_...), `rule` the rule's name."""
    rule = of.code.removeprefix("wia/")
    error_code = RULES[rule][1] if rule in RULES else ""
    return (
        {"code": error_code or of.code, "rule": rule}
        | {name: value for name, value in of.as_dict().items() if name != "code"}
        | {"pointer": of.pointer}
    )
