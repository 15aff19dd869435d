"""A dry run: would a partner see a dataset, and at which moment of an exchange does it fail? Nothing is changed by it.

Of a dataset of ours the partner is judged as it stands in our books, for each contract definition and for the contract
in force. Of a partner's dataset we ourselves are judged, on the contract or the last offer that we know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal

from connector.notation.problems import Problem, Unknown
from connector.odrl.comparison import purposes_of
from connector.odrl.decision import Decision
from connector.odrl.facts import Facts
from connector.odrl.operands import Phase
from connector.odrl.terms import ends_of
from connector.ports import Clock, Reader, Store
from connector.records.catalog_order import gate
from connector.records.exchange import AGREEMENTS, NEGOTIATIONS, Agreement
from connector.records.offers import ASSETS, CONTRACT_DEFINITIONS, ContractDefinition
from connector.services.catalog import shelves
from connector.services.catalog.shelves import Gate, Shut
from connector.services.identity.counterparties import Counterparties
from connector.services.identity.identity import Counterparty, Identity
from connector.services.usage import circumstances
from connector.services.usage.export import ExportGate
from connector.services.usage.usage import Policies, Usage

MomentName = Literal["identity", "publication", "catalog", "offer", "agreement", "transfer", "request", "after"]
_HELD: Final = Decision(True, "odrl/permitted", sentence="the credentials that the partner presented hold")
_AFTER_CATALOG: Final = (Phase.OFFER, Phase.AGREEMENT, Phase.TRANSFER, Phase.REQUEST, Phase.AFTER)
_CONTRACT: Final = (Phase.TRANSFER, Phase.REQUEST, Phase.AFTER)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the partner would ask for; None and empty: what the offer grants, now."""

    purposes: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    recipient: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of an exchange and what is decided in it."""

    name: MomentName
    decision: Decision


@dataclass(frozen=True, slots=True)
class Way:
    """One way to the dataset: by a contract definition, by a contract, or by an offer that a partner made us."""

    kind: Literal["definition", "agreement", "offer"]
    id: str
    moments: Sequence[Moment]
    policy: str = ""
    usage_ends: datetime | None = None

    @property
    def fails_at(self) -> str:
        """The first moment that says no; empty where none does."""
        return next((one.name for one in self.moments if not one.decision.permitted), "")


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a dry run found; `fails_at` is that of the way that leads furthest."""

    dataset_id: str
    partner: str
    bpn: str
    at: datetime
    is_ours: bool
    identity: Moment
    ways: Sequence[Way] = ()
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def sees(self) -> bool:
        """Whether the dataset is shown to the partner in our catalog."""
        shown = [one for way in self.ways for one in way.moments if one.name == "catalog"]
        return self.identity.decision.permitted and any(one.decision.permitted for one in shown)

    @property
    def fails_at(self) -> str:
        """Where it ends: empty where some way leads to the data."""
        if not self.identity.decision.permitted:
            return self.identity.name
        if not self.ways:
            return "publication"
        return max(self.ways, key=_reach).fails_at


class DryRuns:
    """Plays exchanges through without a message, a record or a count."""

    def __init__(
        self,
        *,
        identity: Identity,
        counterparties: Counterparties,
        store: Store,
        policies: Policies,
        usage: Usage,
        export: ExportGate,
        clock: Clock,
    ) -> None:
        self._export = export
        self._identity = identity
        self._counterparties = counterparties
        self._store = store
        self._policies = policies
        self._usage = usage
        self._clock = clock

    async def play(
        self, partner: str, dataset_id: str = "", definition_id: str = "", wish: Wish | None = None
    ) -> DryRun:
        """Play it for a partner (DID, or a BPN that we know). Raises Unknown (`dry-run/nothing`)."""
        wanted = wish or Wish()
        did = self._did(partner)
        if not dataset_id:
            dataset_id = await self._store.read(lambda reader: _dataset_of(reader, definition_id))
        is_ours = await self._store.read(lambda reader: reader.get(ASSETS, dataset_id)) is not None
        if is_ours:
            return await self._of_ours(did, dataset_id, definition_id, wanted)
        return await self._store.read(lambda reader: self._of_theirs(reader, did, dataset_id, wanted))

    def _did(self, partner: str) -> str:
        known = self._identity.own.partners
        return next((did for did, bpn in known.items() if bpn == partner), partner)

    # --- a dataset of ours

    async def _of_ours(self, did: str, dataset_id: str, definition_id: str, wish: Wish) -> DryRun:
        identity, counterparty = Moment("identity", _HELD), self._identity.counterparty(did, [])
        try:
            counterparty = await self._counterparties.look_at(did)
        except Problem as problem:
            identity = Moment("identity", Decision(False, problem.code, sentence=problem.detail))
        asking = self._at(counterparty, wish)

        def look(reader: Reader) -> list[Way]:
            held = [self._by_agreement(reader, each, asking, wish) for each in _held(reader, dataset_id, did)]
            about = shelves.definitions_about(reader, dataset_id)
            named = [each for each in about if definition_id in ("", each.id)]
            return [*held, *(self._by_definition(reader, each, dataset_id, asking, wish) for each in named)]

        ways = await self._store.read(look)
        notes = [] if ways else ["no contract definition offers this dataset: nobody can see it"]
        if not identity.decision.permitted:
            notes.append("what follows is judged without credentials")
        now = wish.at or self._clock.now()
        return DryRun(dataset_id, did, counterparty.bpn, now, True, identity, ways, notes)

    def _at(self, counterparty: Counterparty, wish: Wish) -> Counterparty:
        facts = replace(counterparty.facts, now=wish.at or self._clock.now())
        return replace(counterparty, facts=facts)

    def _by_definition(
        self, reader: Reader, definition: ContractDefinition, dataset_id: str, asking: Counterparty, wish: Wish
    ) -> Way:
        facts = circumstances.in_groups(reader, asking.facts)
        pair = (definition.access_policy_id, definition.contract_policy_id)
        own = Gate(gate(*pair), *pair, definition.id)
        seen = shelves.decide(reader, self._policies, own, facts, is_browsing=True)
        if isinstance(seen, Shut):
            refused = Decision(False, seen.code, operand=seen.operand, sentence=f"{seen.by} policy: {seen.reason}")
            return Way("definition", definition.id, [Moment("catalog", refused)])
        shown = Decision(True, "odrl/permitted", sentence="the catalog shows the dataset to this partner")
        policy = self._policies.policy(seen.policy)
        asked = self._asked(reader, facts, seen.policy, wish)
        holder = circumstances.exclusive_holder(reader, dataset_id)
        moments = [Moment("catalog", shown), *self._decided(seen.policy, asked, _AFTER_CATALOG)]
        if holder not in ("", asking.did):
            taken = Decision(False, "negotiation/exclusive", sentence="another partner has the exclusive use")
            moments[1] = Moment("offer", taken)
        moments = self._exported(reader, dataset_id, asking, moments)
        ends = ends_of(policy, asked.now, self._policies.profile)
        return Way("definition", definition.id, moments, self._policies.digest(seen.policy), ends.usage)

    def _asked(self, reader: Reader, facts: Facts, document: Mapping[str, Any], wish: Wish) -> Facts:
        """The facts of a contract that would be made at this moment, nothing delivered, its terms accepted."""
        policy = self._policies.policy(document)
        return replace(
            facts,
            purposes=wish.purposes or purposes_of(policy),
            uses=wish.uses,
            recipient=circumstances.recipient_of(reader, wish.recipient),
            agreement_signed_at=facts.now,
            deliveries=0,
            version_change="none",
            other_holders=facts.other_holders if facts.other_holders is not None else frozenset(),
            terms_accepted=True,
        )

    def _decided(self, document: Mapping[str, Any], facts: Facts, phases: Sequence[Phase]) -> Iterator[Moment]:
        for phase in phases:
            yield Moment(_NAMES[phase], self._policies.decide(document, facts, phase))

    def _by_agreement(self, reader: Reader, agreement: Agreement, asking: Counterparty, wish: Wish) -> Way:
        decide = self._usage.decide
        moments = [
            Moment(
                _NAMES[phase],
                decide(reader, agreement, asking, phase, wish.purposes, uses=wish.uses, recipient=wish.recipient),
            )
            for phase in _CONTRACT
        ]
        if agreement.role == "provider":
            moments = self._exported(reader, agreement.dataset_id, asking, moments)
        ends = ends_of(self._policies.policy(agreement.policy), agreement.signed_at, self._policies.profile)
        return Way("agreement", agreement.id, moments, self._policies.digest(agreement.policy), ends.usage)

    def _exported(self, reader: Reader, dataset_id: str, asking: Counterparty, moments: list[Moment]) -> list[Moment]:
        """What export control says, in the moments that it stands before."""
        judged = self._export.judge(reader, dataset_id, asking.did, asking.bpn, asking.facts.now)
        if judged.verdict.permitted:
            return moments
        refused = Decision(False, judged.verdict.code, sentence=f"export control: {judged.verdict.sentence}")
        return [
            Moment(one.name, refused) if one.name in ("offer", "request") and one.decision.permitted else one
            for one in moments
        ]

    # --- a partner's dataset

    def _of_theirs(self, reader: Reader, did: str, dataset_id: str, wish: Wish) -> DryRun:
        own = self._at(self._identity.own_facts_in(reader), wish)
        ways = [self._by_agreement(reader, each, own, wish) for each in _held(reader, dataset_id, "", provider=did)]
        offered = reader.find(
            NEGOTIATIONS, {"role": "consumer", "counterparty": did}, order="created_at", descending=True, limit=1000
        )
        last = next((each for each in offered if each.dataset_id == dataset_id), None)
        if last is not None:
            asked = self._asked(reader, own.facts, last.offer, wish)
            moments = list(self._decided(last.offer, asked, _AFTER_CATALOG))
            ways.append(Way("offer", last.id, moments, self._policies.digest(last.offer)))
        if not ways:
            said = f"{dataset_id!r} is no dataset of ours, and we know no contract or offer of {did} on it"
            raise Unknown("dry-run/nothing", said)
        judged = Decision(
            True, "odrl/permitted", sentence="judged by our own credentials, as the partner would see them"
        )
        note = "the dataset is the partner's: what its access policy says, and what it adds, is not known here"
        return DryRun(dataset_id, did, own.bpn, own.facts.now, False, Moment("identity", judged), ways, [note])


_NAMES: Final[Mapping[Phase, MomentName]] = {
    Phase.OFFER: "offer",
    Phase.AGREEMENT: "agreement",
    Phase.TRANSFER: "transfer",
    Phase.REQUEST: "request",
    Phase.AFTER: "after",
}
_ORDER: Final = ("identity", "publication", "catalog", "offer", "agreement", "transfer", "request", "after")


def _reach(way: Way) -> int:
    """How far a way leads."""
    return len(_ORDER) if not way.fails_at else _ORDER.index(way.fails_at)


def _dataset_of(reader: Reader, definition_id: str) -> str:
    """The first dataset that a definition offers. Raises Unknown (`dry-run/nothing`)."""
    definition = reader.get(CONTRACT_DEFINITIONS, definition_id)
    if definition is not None and definition.only:
        return definition.only
    assets = reader.find(ASSETS, limit=1000) if definition is not None else []
    found = next((each.id for each in assets if definition and shelves.is_selected(definition, each)), None)
    if found is None:
        raise Unknown(
            "dry-run/nothing", f"no contract definition {definition_id!r} offers anything here: name a dataset"
        )
    return found


def _held(reader: Reader, dataset_id: str, consumer: str, *, provider: str = "") -> list[Agreement]:
    """Contracts with a partner on a dataset, the newest first; ended ones only where none is in force."""
    where = {"dataset_id": dataset_id, **({"consumer": consumer} if consumer else {"provider": provider})}
    found = reader.find(AGREEMENTS, where, order="signed_at", descending=True, limit=100)
    return [each for each in found if each.ended_at is None] or found[:1]
