"""The contract desk of a node: the services of this room and the books that policies ask, joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from connector.ports import Clock, Store, Transport
from connector.services.audit import AuditLog
from connector.services.catalog.catalog import Catalog
from connector.services.catalog.partners import Partners
from connector.services.contracts.agreements import AgreementBook
from connector.services.contracts.approvals import Approvals
from connector.services.contracts.clearing import ClearingHouse, ClearingReporter
from connector.services.contracts.dry_runs import DryRuns
from connector.services.contracts.evidence import EvidenceMaker
from connector.services.contracts.expiries import Expiries
from connector.services.contracts.renewals import Renewals
from connector.services.events import Events
from connector.services.exchange.negotiations import Negotiations
from connector.services.exchange.terms import Terms
from connector.services.identity.counterparties import Counterparties
from connector.services.identity.identity import Identity
from connector.services.usage.accept_list import AcceptList
from connector.services.usage.export import ExportGate
from connector.services.usage.groups import AffiliateRegistry, Groups
from connector.services.usage.usage import Policies, Usage


@dataclass(frozen=True, slots=True)
class Desk:
    """What people do with contracts."""

    groups: Groups
    affiliates: AffiliateRegistry
    accept_list: AcceptList
    agreements: AgreementBook
    evidence: EvidenceMaker
    approvals: Approvals
    dry_runs: DryRuns
    renewals: Renewals
    expiries: Expiries
    reporter: ClearingReporter
    clearing_house: ClearingHouse


def open_desk(
    *,
    identity: Identity,
    counterparties: Counterparties,
    store: Store,
    policies: Policies,
    usage: Usage,
    catalog: Catalog,
    negotiations: Negotiations,
    export: ExportGate,
    partners: Partners,
    transport: Transport,
    events: Events,
    house: str,
    certificates: Callable[[], Iterable[tuple[str, datetime]]],
    log: AuditLog,
    clock: Clock,
) -> Desk:
    """All of it on one store."""
    book = AgreementBook(
        identity=identity, store=store, policies=policies, usage=usage, negotiations=negotiations, clock=clock
    )
    return Desk(
        groups=Groups(store=store, clock=clock),
        affiliates=AffiliateRegistry(store),
        accept_list=AcceptList(store=store, policies=policies),
        agreements=book,
        evidence=EvidenceMaker(
            identity=identity,
            counterparties=counterparties,
            store=store,
            policies=policies,
            book=book,
            log=log,
            clock=clock,
        ),
        approvals=Approvals(
            store=store,
            negotiations=negotiations,
            catalog=catalog,
            counterparties=counterparties,
            terms=Terms(policies, identity.own.did, export),
        ),
        dry_runs=DryRuns(
            identity=identity,
            counterparties=counterparties,
            store=store,
            policies=policies,
            usage=usage,
            export=export,
            clock=clock,
        ),
        renewals=Renewals(store=store, policies=policies, partners=partners, negotiations=negotiations),
        expiries=Expiries(store=store, policies=policies, clock=clock, certificates=certificates),
        reporter=ClearingReporter(
            house=house,
            identity=identity,
            counterparties=counterparties,
            store=store,
            transport=transport,
            events=events,
        ),
        clearing_house=ClearingHouse(identity=identity, counterparties=counterparties, store=store, clock=clock),
    )
