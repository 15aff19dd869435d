"""What decisions read: the one written table of facts, the interface between identity and policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from connector.notation.problems import Invalid


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact: its member of `Facts`, its type, where it comes from, how long it holds, and which operands read it."""

    name: str
    type: str
    source: str
    valid_until: str
    operands: tuple[str, ...]


FACTS: Final = (
    FactRow("participant_id", "DID", "verified self-issued ID token (sub)", "this request", ()),
    FactRow("bpn", "BPNL", "BpnCredential", "end of the credential", ("BusinessPartnerNumber",)),
    FactRow("membership", '"active"', "MembershipCredential", "end of the credential", ("Membership",)),
    FactRow(
        "framework_agreements",
        "agreement name -> set of versions",
        "<name>Credential (contractVersion)",
        "end of the credential",
        ("FrameworkAgreement",),
    ),
    FactRow(
        "purposes",
        "set of purposes",
        "policy of the ContractRequestMessage; later the purposes stated with the request",
        "this request",
        ("UsagePurpose",),
    ),
    FactRow(
        "agreement_signed_at",
        "UTC instant",
        "agreement in force (timestamp)",
        "end of the agreement",
        ("DataUsageEndDurationDays",),
    ),
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a verified credential says: `value` as the table above has it, `source` the credential's id.

    After `valid_until` (None: no end) the fact counts as absent, and the reason of a refusal says so.
    """

    value: Any
    valid_until: datetime | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that one decision may know about the participant who asks; `now` is the moment of the decision, with zone.

    Raises Invalid (`odrl/time-without-zone`) where a time has no zone.
    """

    now: datetime
    participant_id: str = ""
    bpn: Fact | None = None
    membership: Fact | None = None
    framework_agreements: Mapping[str, Fact] = field(default_factory=dict)
    purposes: frozenset[str] | None = None
    agreement_signed_at: datetime | None = None

    def __post_init__(self) -> None:
        credentials = (self.bpn, self.membership, *self.framework_agreements.values())
        ends = (fact.valid_until for fact in credentials if fact is not None)
        for moment in (self.now, self.agreement_signed_at, *ends):
            if moment is not None and moment.utcoffset() is None:
                raise Invalid("odrl/time-without-zone", f"the time {moment.isoformat()} has no zone: give UTC")

    def holds(self, fact: Fact | None) -> bool:
        """Whether `fact` is there and not ended at `now`."""
        return fact is not None and (fact.valid_until is None or self.now < fact.valid_until)
