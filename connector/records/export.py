"""What a node keeps for export control: how datasets are classified, which routes are open, where partners sit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from connector.records.collection import Collection, Record


class ExportProfile(Record, kw_only=True):
    """How a dataset is classified; `id` is the dataset's, `kind:<type of data address>`, or `*` for all others.

    `elements` classifies single ones, `<submodel>/<idShortPath>` -> class; others are of `data_class`. `persons` and
    `sensitive_persons` are those whose information the dataset holds.
    """

    origin: str
    data_class: str
    elements: dict[str, str] = {}
    persons: int = 0
    sensitive_persons: int = 0
    is_critical_operator: bool = False
    legal_basis: str = ""
    actor: str
    recorded_at: datetime


class ExportApproval(Record, kw_only=True):
    """A route that is open: a filed contract, a certificate, an assessment; empty lists mean any."""

    route: Literal["contract", "certificate", "assessment"]
    rule_set: str
    reference: str
    destinations: list[str] = []
    partners: list[str] = []
    datasets: list[str] = []
    valid_from: datetime
    valid_until: datetime | None = None
    actor: str
    recorded_at: datetime


class PartnerSeat(Record, kw_only=True):
    """Where a partner sits (ISO 3166-1 alpha-2); `id` is its DID or BPN."""

    country: str
    source: str
    actor: str
    recorded_at: datetime


class ExportedYear(Record, kw_only=True):
    """Whose information left in a calendar year outside of what this node counts; `id` is the year."""

    persons: int = 0
    sensitive_persons: int = 0
    actor: str
    recorded_at: datetime


EXPORT_PROFILES = Collection("export_profile", ExportProfile)
EXPORT_APPROVALS = Collection("export_approval", ExportApproval, index=("rule_set",))
PARTNER_SEATS = Collection("partner_seat", PartnerSeat)
EXPORTED_YEARS = Collection("exported_year", ExportedYear)
