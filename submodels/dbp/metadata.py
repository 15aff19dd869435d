"""The rows of part 8, DppMetadata (IDTA 02099-1): what the passport says of itself."""

from __future__ import annotations

from typing import Any

from submodels.dbp import conversions as to
from submodels.dbp.mapping import DYNAMIC, FACILITY, NO_TIME, OPERATOR, Row
from submodels.dbp.parts import METADATA
from submodels.dbp.site import Site

# Status of 4.0.0 -> base values of EN 18223.
STATUSES = {"approved": "active", "draft": "inactive", "expired": "archived", "invalid": "invalid"}


def status(value: Any, site: Site) -> str | None:
    """The status in the words of EN 18223."""
    known = STATUSES.get(value) if isinstance(value, str) else None
    if known is None:
        site.note("not-in-value-list", f"The status is none of {', '.join(STATUSES)}.", found=str(value)[:100])
    return known


def contents(_: Any, site: Site) -> list[str]:
    """The content specifications of the passport: the semantic ids of its seven submodels."""
    return list(site.scene.semantic_ids)


NUMBER = METADATA.number
CONFIGURED = "4.0.0 does not say it: the configured one stands there."
NAMELESS = "The passport has no identifier of its own: the unit's URL stands there."
STATELESS = "The payload names no status: the configured one stands there."
ROWS: tuple[Row, ...] = (
    Row(NUMBER, "metadata.passportIdentifier.{left,right}", "digitalProductPassportId", to.text),
    Row(NUMBER, "context.unit_url", "digitalProductPassportId", to.text, "assumed", NAMELESS),
    Row(NUMBER, "identification.idDmc", "uniqueProductIdentifier", to.uri),
    Row(NUMBER, "context.unit_url", "uniqueProductIdentifier", to.text),
    Row(NUMBER, "context.granularity", "granularity", to.text, "assumed", CONFIGURED),
    Row(NUMBER, "context.schema_version", "dppSchemaVersion", to.text, "assumed", CONFIGURED),
    Row(NUMBER, "metadata.status", "dppStatus", status, "derived", "In the words of EN 18223, by our table."),
    Row(NUMBER, "context.status", "dppStatus", to.text, "assumed", STATELESS),
    Row(NUMBER, "context.last_update", "lastUpdate", to.moment),
    Row(NUMBER, DYNAMIC, "lastUpdate", to.latest_time, "assumed", NO_TIME),
    Row(NUMBER, f"{OPERATOR}.right[].businessIdentifier.{{left,right}}", "economicOperatorId", to.text),
    Row(NUMBER, "context.operator_id", "economicOperatorId", to.text),
    Row(
        NUMBER,
        f"{OPERATOR}.left.companyName",
        "economicOperatorId",
        to.first,
        "assumed",
        "The payload gives no id of the economic operator: its name stands there.",
        "warning",
    ),
    Row(NUMBER, FACILITY, "facilityId", to.bpns),
    Row(NUMBER, "context.facility_bpns", "facilityId", to.text),
    Row(NUMBER, FACILITY, "facilityId", to.text),
    Row(NUMBER, "context.asset_id", "contentSpecificationIds[]", contents),
)
