"""`/api/dry-run`: would this partner see this dataset, and at which moment does it fail? Nothing changes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from connector.notation.problems import Invalid
from connector.services.contracts.dry_runs import DryRun, DryRuns, Moment, Way, Wish
from connector.web.api.operations import Call, Form, Instant, Operation


class DryRunQuery(Form):
    """What is played through: a dataset, or the datasets of a contract definition, for a partner."""

    partner: str = Field(min_length=1, max_length=2048, description="the partner's DID, or a BPN of [partners]")
    dataset: str = Field(default="", max_length=2048, description="the dataset: ours, or one of the partner's")
    definition: str = Field(default="", max_length=2048, description="only by this contract definition of ours")
    purpose: str = Field(default="", max_length=200, description="what for; default: what the offer grants")
    use: Literal["", "share", "manipulate", "derive", "analyse", "remove-provider"] = Field(
        default="", description="what is done with the data beyond reading"
    )
    recipient: str = Field(default="", pattern=r"^(BPNL[0-9A-Z]{12})?$", description="the company that they reach")
    at: Instant | None = Field(default=None, description="a future time: would it work then?")


class MomentForm(Form):
    """What is decided at one moment."""

    moment: str
    permitted: bool
    outcome: str
    code: str
    operand: str
    sentence: str
    rule: str
    wanted: Any = None
    found: Any = None
    duties: list[str]


class WayForm(Form):
    """One way to the data: `kind` is definition, agreement or offer; `failsAt` is empty where it leads to them."""

    kind: str
    id: str
    fails_at: str
    policy: str
    usage_ends: Instant | None = None
    moments: list[MomentForm]


class DryRunForm(Form):
    """`sees`: the catalog shows the dataset to the partner. `failsAt`: the moment that ends the best way, or empty."""

    dataset: str
    partner: str
    bpn: str
    at: Instant
    is_ours: bool
    sees: bool
    fails_at: str
    identity: MomentForm
    ways: list[WayForm]
    notes: list[str]


class DryRunApi:
    """One operation."""

    def __init__(self, dry_runs: DryRuns) -> None:
        self._dry_runs = dry_runs

    def operations(self) -> list[Operation]:
        """It needs `read`: it tells what policies say, and no content."""
        return [
            Operation(
                "GET",
                "/api/dry-run",
                self._play,
                "Find out whether a partner would see a dataset, and at which moment it fails",
                query=DryRunQuery,
                answers=DryRunForm,
            )
        ]

    async def _play(self, call: Call) -> DryRunForm:
        asked: DryRunQuery = call.query
        if not asked.dataset and not asked.definition:
            raise Invalid("http/query", "name a dataset or a definition", pointer="/dataset")
        wish = Wish(
            frozenset({asked.purpose} if asked.purpose else ()),
            frozenset({asked.use} if asked.use else ()),
            asked.recipient,
            asked.at,
        )
        return _form(await self._dry_runs.play(asked.partner, asked.dataset, asked.definition, wish))


def _form(found: DryRun) -> DryRunForm:
    return DryRunForm(
        dataset=found.dataset_id,
        partner=found.partner,
        bpn=found.bpn,
        at=found.at,
        is_ours=found.is_ours,
        sees=found.sees,
        fails_at=found.fails_at,
        identity=_moment(found.identity),
        ways=[_way(way) for way in found.ways],
        notes=list(found.notes),
    )


def _way(way: Way) -> WayForm:
    return WayForm(
        kind=way.kind,
        id=way.id,
        fails_at=way.fails_at,
        policy=way.policy,
        usage_ends=way.usage_ends,
        moments=[_moment(moment) for moment in way.moments],
    )


def _moment(moment: Moment) -> MomentForm:
    said = moment.decision
    return MomentForm(
        moment=moment.name,
        permitted=said.permitted,
        outcome=said.outcome,
        code=said.code,
        operand=said.operand,
        sentence=said.sentence,
        rule=said.rule,
        wanted=said.wanted,
        found=said.found,
        duties=list(said.duties),
    )
