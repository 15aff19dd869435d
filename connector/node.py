"""A node: the one place where pure rooms, services, adapters and doors are joined."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import web

from connector import doors
from connector.adapters import secret_file, tls
from connector.adapters.content_files import ContentFiles
from connector.adapters.did_web import DidWeb
from connector.adapters.egress import Egress
from connector.adapters.export_rules import rule_sets
from connector.adapters.http import HttpTransport
from connector.adapters.library import FolderLibrary
from connector.adapters.region_secrets import RegionSecrets
from connector.adapters.software_key import SoftwareKey
from connector.adapters.sql.store import SqlStore, neighbours_of
from connector.adapters.system_clock import SystemClock
from connector.faults import fault
from connector.notation.problems import Invalid
from connector.services.audit import AuditLog
from connector.services.catalog.browsing import Browsing
from connector.services.catalog.catalog import Catalog
from connector.services.catalog.doctor import Doctor
from connector.services.catalog.federation import Federation
from connector.services.catalog.offers import Offers
from connector.services.catalog.partners import Partners
from connector.services.contracts.desk import open_desk
from connector.services.events import Events
from connector.services.exchange.behaviour import Approval, Behaviour, named
from connector.services.exchange.callbacks import Callbacks
from connector.services.exchange.edrs import Edrs
from connector.services.exchange.ending.endings import open_endings
from connector.services.exchange.exchanges import Exchanges
from connector.services.exchange.negotiations import Negotiations
from connector.services.exchange.pushes import Pushes
from connector.services.exchange.transfers import Transfers
from connector.services.feed import Feed
from connector.services.footprints.channels import Channels
from connector.services.footprints.footprints import Footprints
from connector.services.footprints.own import EXCHANGE_KIND, STORED_KIND, OwnFootprints
from connector.services.footprints.pact import pact_of
from connector.services.footprints.schema import FootprintSchema
from connector.services.housekeeping import Housekeeping
from connector.services.identity.counterparties import Counterparties
from connector.services.identity.identity import Identity, Own
from connector.services.identity.issuer import Issuer
from connector.services.identity.keys import Keys
from connector.services.identity.wallet import Wallet
from connector.services.locks import Locks
from connector.services.monitor import Monitor
from connector.services.outbox import Outbox
from connector.services.passports.aspects import Aspects
from connector.services.passports.dpps import Dpps
from connector.services.passports.offering import KIND as PASSPORT
from connector.services.passports.offering import REGISTRY_KIND, TYPE_KIND
from connector.services.passports.passports import Passports
from connector.services.passports.shells import Shells
from connector.services.passports.shells.registry import SHELL_KIND
from connector.services.passports.telemetry import Telemetry
from connector.services.passports.terms import Defaults, Terms
from connector.services.together import Together
from connector.services.trades.accounts import RegionAccounts
from connector.services.trades.links import Links
from connector.services.trades.platform import Platform
from connector.services.trades.trades import Trades
from connector.services.usage.contents import Contents
from connector.services.usage.export import ExportGate
from connector.services.usage.http_data import KIND as HTTP_DATA
from connector.services.usage.http_data import HttpData
from connector.services.usage.inventory import Inventory
from connector.services.usage.usage import Policies, Usage
from connector.services.workers import Workers
from connector.settings import ListenerSettings, PassportSettings, RegionSettings, Settings
from connector.web import doorstep
from submodels.aas.packages import Bounds

if TYPE_CHECKING:
    from connector.adapters.ouranos import OuranosRegion

_LOG = structlog.get_logger("node")


class Node:
    """Everything of one participant, wired by its settings; `start` opens the doors, `stop` closes them."""

    def __init__(self, settings: Settings, *, behaviour: Behaviour | None = None) -> None:
        """`behaviour` stands for what `[exchange] behaviour` names."""
        self.settings = settings
        self.behaviour = behaviour or named(settings.exchange.behaviour)
        self.clock = SystemClock()
        self.library = FolderLibrary()
        self._wire_egress()
        self.signer = SoftwareKey.load_or_create(settings.path(settings.identity.key_file))
        self.store = SqlStore(settings.store_url, self.clock, on_commit=fault(settings.node.unsafe_fault))
        self.events = Events()
        self.neighbours = neighbours_of(settings.store_url)
        self.locks = Locks(self.neighbours)
        self._wire_identity()
        self._wire_exchange()
        self._wire_management()
        self._wire_passports()
        self._wire_footprints()
        self._wire_region()
        address = settings.pact_listener.url if settings.pact_listener else ""
        world = (self.store, self.clock, self.signer, self.egress, self.transport)
        self.pact = pact_of(address, settings.pact.unknown_products, world)
        self._wire_together()
        self._runners: list[web.AppRunner] = []

    def _wire_egress(self) -> None:
        """Two ways out: to whom partners name, and to whom own users name."""
        rule = self.settings.egress
        self.egress = Egress(schemes=rule.schemes, hosts=rule.hosts, private=rule.private)
        self.backend_egress = Egress(**rule.backends, setting="egress.backend_private")
        self.transport = HttpTransport(self.egress)
        self.backends = HttpTransport(self.backend_egress)

    def _wire_identity(self) -> None:
        settings = self.settings
        own = Own(
            did=settings.node.did,
            bpn=settings.node.bpn,
            trusted_issuers=frozenset(settings.identity.trusted_issuers),
            partners=settings.partners,
            status_max_age=timedelta(seconds=settings.identity.status_max_age),
            is_mock=settings.identity.unsafe_mock_identity,
        )
        self.identity = Identity(own, store=self.store, signer=self.signer, clock=self.clock)
        self.counterparties = Counterparties(
            self.identity,
            store=self.store,
            clock=self.clock,
            resolver=DidWeb(self.transport, insecure_http=settings.identity.unsafe_did_web_http),
            transport=self.transport,
            locks=self.locks,
        )
        self.wallet = Wallet(
            identity=self.identity, counterparties=self.counterparties, store=self.store, clock=self.clock
        )
        self.issuer = self._issuer()

    def _issuer(self) -> Issuer | None:
        if self.settings.issuer is None:
            return None
        return Issuer(
            identity=self.identity,
            counterparties=self.counterparties,
            store=self.store,
            transport=self.transport,
            clock=self.clock,
            public_url=self.settings.public.url,
            valid_for=timedelta(days=self.settings.issuer.valid_days),
        )

    def _wire_exchange(self) -> None:
        settings = self.settings
        contexts = self.library.contexts()
        self.policies = Policies(contexts, settings.policy_profile)
        self.usage = Usage(
            counterparties=self.counterparties, clock=self.clock, store=self.store, policies=self.policies
        )
        self.partners = Partners(
            identity=self.identity, counterparties=self.counterparties, transport=self.transport, contexts=contexts
        )
        rules = rule_sets(self.library, [settings.path(each) for each in settings.export.rule_sets])
        required = settings.export.required
        self.export = ExportGate(store=self.store, clock=self.clock, rule_sets=rules, is_required=required)
        self.outbox = Outbox(
            store=self.store,
            transport=self.transport,
            authorizer=self.identity,
            locks=self.locks,
            explain=self.partners.mismatch,
        )
        self.catalog = Catalog(
            identity=self.identity,
            store=self.store,
            policies=self.policies,
            clock=self.clock,
            endpoint=settings.dsp_url,
        )
        self.negotiations = Negotiations(
            identity=self.identity,
            store=self.store,
            outbox=self.outbox,
            catalog=self.catalog,
            policies=self.policies,
            events=self.events,
            locks=self.locks,
            clock=self.clock,
            callback=settings.dsp_url,
            behaviour=self.behaviour,
            approval=Approval(settings.exchange.approval == "by-hand", settings.exchange.only_accepted_policies),
            export=self.export,
        )
        self.transfers = Transfers(
            identity=self.identity,
            store=self.store,
            outbox=self.outbox,
            usage=self.usage,
            events=self.events,
            locks=self.locks,
            clock=self.clock,
            callback=settings.dsp_url,
            data_endpoint=f"{settings.public.url}/data",
            token_secret=secret_file.load_or_create(settings.path("token.secret")),
            egress=self.egress,
            behaviour=self.behaviour,
        )
        self.content = ContentFiles(settings.path(settings.store.content))
        self.inventory = Inventory(
            identity=self.identity,
            store=self.store,
            content=self.content,
            transport=self.transport,
            usage=self.usage,
            events=self.events,
            locks=self.locks,
            clock=self.clock,
        )
        self.contents = Contents(store=self.store, usage=self.usage, events=self.events, export=self.export)
        self.contents.register(HTTP_DATA, HttpData(self.backends).serve)
        self.pushes = Pushes(
            store=self.store,
            transfers=self.transfers,
            contents=self.contents,
            transport=self.transport,
            events=self.events,
            locks=self.locks,
        )

    def _wire_management(self) -> None:
        settings = self.settings
        self.keys = Keys(store=self.store, clock=self.clock)
        self.offers = Offers(
            store=self.store,
            policies=self.policies,
            kinds=self.contents.kinds,
            profile=self.settings.policy_profile,
            export=self.export,
        )
        self.exchanges = Exchanges(store=self.store, events=self.events)
        shared: dict[str, Any] = {
            "identity": self.identity,
            "counterparties": self.counterparties,
            "store": self.store,
            "policies": self.policies,
            "transport": self.transport,
            "events": self.events,
            "clock": self.clock,
        }
        self.notices, self.retirements, self.endings = open_endings(
            **shared,
            content=self.content,
            transfers=self.transfers,
            receipt_within=timedelta(seconds=settings.exchange.receipt_within),
        )
        self.feed = Feed(self.events, self.clock)
        self.callbacks = Callbacks(
            store=self.store, transport=self.backends, events=self.events, locks=self.locks, clock=self.clock
        )
        self.edrs = Edrs(
            store=self.store,
            negotiations=self.negotiations,
            transfers=self.transfers,
            inventory=self.inventory,
            callbacks=self.callbacks,
            events=self.events,
            locks=self.locks,
            clock=self.clock,
        )
        self.audit_log = AuditLog(store=self.store, identity=self.identity, clock=self.clock)
        self.doctor = Doctor(identity=self.identity, counterparties=self.counterparties, partners=self.partners)
        self.browsing = Browsing(identity=self.identity, policies=self.policies)
        self.federation = Federation(
            partners=self.partners,
            store=self.store,
            clock=self.clock,
            own=self.settings.node.did,
            listed=self.settings.federation.participants,
            every=self.settings.federation.every,
        )
        self.housekeeping = Housekeeping(store=self.store, clock=self.clock)
        self.desk = open_desk(
            **shared,
            usage=self.usage,
            catalog=self.catalog,
            negotiations=self.negotiations,
            export=self.export,
            partners=self.partners,
            house=settings.audit.clearing_house,
            certificates=lambda: tls.ends(settings.folder, settings.certificates),
            log=self.audit_log,
        )
        self.monitor = Monitor(store=self.store, clock=self.clock)

    def _wire_passports(self) -> None:
        settings = self.settings
        self.aspects = Aspects(self.library)
        self.passports = Passports(
            store=self.store,
            clock=self.clock,
            aspects=self.aspects,
            events=self.events,
            locks=self.locks,
            public_url=settings.public.url,
            bpn=settings.node.bpn,
            defaults=_passport_defaults(settings.passports),
            datasets=settings.aas.datasets,
            visible_to=settings.aas.visible_to,
            export=self.export,
        )
        self.shells = Shells(
            store=self.store,
            clock=self.clock,
            locks=self.locks,
            content=ContentFiles(settings.path(settings.store.content) / "aas"),
            bounds=Bounds(total=settings.aas.package_bytes),
            data_endpoint=f"{settings.public.url}/data",
            dsp_endpoint=settings.dsp_url,
            scalar=settings.aas.scalar,
        )
        self.contents.register(PASSPORT, self.shells.serve, withholds=True)
        self.contents.register(SHELL_KIND, self.shells.serve_shell, withholds=True)
        self.contents.register(TYPE_KIND, self.shells.serve_type, withholds=True)
        self.contents.register(REGISTRY_KIND, self.shells.serve_registry)
        self.dpps = Dpps(store=self.store, passports=self.passports)
        self.telemetry = Telemetry(store=self.store, clock=self.clock, locks=self.locks, passports=self.passports)

    def _wire_footprints(self) -> None:
        schema = FootprintSchema(self.aspects)
        self.own_footprints = OwnFootprints(store=self.store, schema=schema, events=self.events, clock=self.clock)
        channels = Channels(
            store=self.store,
            events=self.events,
            locks=self.locks,
            partners=self.partners,
            policies=self.policies,
            usage=self.usage,
            negotiations=self.negotiations,
            transfers=self.transfers,
        )
        self.footprints = Footprints(
            bpn=self.settings.node.bpn,
            own=self.own_footprints,
            store=self.store,
            content=self.content,
            channels=channels,
            inventory=self.inventory,
            schema=schema,
            events=self.events,
            locks=self.locks,
            clock=self.clock,
            workers=Workers(),
            answers=self.settings.footprints.answers,
            answer_days=self.settings.footprints.answer_days,
        )
        self.contents.register(EXCHANGE_KIND, self.footprints.serve)
        self.contents.register(STORED_KIND, self.own_footprints.serve)

    def _wire_region(self) -> None:
        """The bridge to a regional platform, and the platform's stand-in where the settings have a listener for it."""
        settings = self.settings
        self.region: OuranosRegion | None = None
        self.region_accounts: RegionAccounts | None = None
        if settings.node.profile != "ouranos":
            return
        wanted, listener = settings.region or RegionSettings(), settings.region_listener
        if listener is not None:
            self.platform = Platform(store=self.store, clock=self.clock)
            self.region_accounts = RegionAccounts(
                store=self.store, clock=self.clock, signer=self.signer, issuer=listener.url
            )
        self.region_secrets = RegionSecrets(
            settings.path(wanted.secrets_file),
            account=wanted.operator_account,
            api_key_env=wanted.api_key_env,
            password_env=wanted.password_env,
        )
        from connector.adapters.ouranos import OuranosRegion

        self.region = OuranosRegion(wanted.address or (listener.url if listener else ""), self.region_secrets.of)
        self.links = Links(store=self.store, events=self.events)
        self.trades = Trades(
            store=self.store,
            events=self.events,
            clock=self.clock,
            footprints=self.footprints,
            region=self.region,
            workers=Workers(longest=wanted.longest_poll),
            account=wanted.operator_account,
            response_days=wanted.response_days,
        )

    def _wire_together(self) -> None:
        """What takes up work that a former life of this node left, or another process of it that died."""
        self._resume = [
            self.outbox.start,
            self.negotiations.start,
            self.transfers.start,
            self.pushes.start,
            self.edrs.start,
            self.retirements.start,
            self.endings.start,
            self.desk.reporter.start,
            self.callbacks.start,
            self.footprints.start,
            *([self.trades.start] if self.region is not None else []),
            *([self.pact.start] if self.pact is not None else []),
        ]
        self.together: Together | None = None
        if self.neighbours is not None:
            self.together = Together(self.neighbours, store=self.store, events=self.events, resume=self._resume)

    async def start(self) -> None:
        """Open the doors, then take up what a former life left undone."""
        self._log_unsafe()
        if self.together is not None:
            await self.together.start()
        await self._listen(doors.public_app(self), self.settings.public)
        await self._listen(doors.management_app(self), self.settings.management)
        if self.region_accounts is not None and self.settings.region_listener is not None:
            listener = self.settings.region_listener
            await self._listen(doors.region_app(self, self.region_accounts, listener.url), listener)
        if self.pact is not None and (facade := self.settings.pact_listener) is not None:
            await self._listen(doors.pact_app(self, self.pact, facade.url), facade)
        for resume in self._resume:
            await resume()
        await self.federation.start()
        await self.housekeeping.start()
        _LOG.info("ready", did=self.settings.node.did, public=self.settings.public.url)

    async def stop(self) -> None:
        """Close the doors, finish what is under way, keep what is not."""
        if self.region is not None:
            await self.trades.stop()
            await self.region.close()
        await self.footprints.stop()
        if self.pact is not None:
            await self.pact.stop()
        self.feed.stop()
        await self.federation.stop()
        await self.housekeeping.stop()
        for runner in self._runners:
            await runner.cleanup()
        await self.pushes.stop()
        await self.endings.stop()
        await self.desk.reporter.stop()
        await self.outbox.stop()
        await self.negotiations.stop()
        await self.transfers.stop()
        await self.callbacks.stop()
        await self.events.settle()
        await self.catalog.settle()
        await self.counterparties.refusals.tell()
        await self.transport.close()
        await self.backends.close()
        if self.together is not None:
            await self.together.stop()
        self.store.close()

    async def _listen(self, app: web.Application, listener: ListenerSettings) -> None:
        secured = tls.context(self.settings.folder, listener.certificate, listener.private_key)
        self._runners.append(await doorstep.opened(app, listener.bind, listener.port, secured))

    def _log_unsafe(self) -> None:
        for name, value in (
            ("unsafe_did_web_http", self.settings.identity.unsafe_did_web_http),
            ("unsafe_mock_identity", self.settings.identity.unsafe_mock_identity),
            ("unsafe_fault", self.settings.node.unsafe_fault),
        ):
            if value:
                _LOG.warning("unsafe setting is on", setting=name, value=value)


async def first_key(settings: Settings) -> str | None:
    """Make the signing key and the first management key of a new node; the latter's text, None where there is one."""
    SoftwareKey.load_or_create(settings.path(settings.identity.key_file))
    clock = SystemClock()
    store = SqlStore(settings.store_url, clock)
    try:
        return await Keys(store=store, clock=clock).ensure("admin", "admin")
    finally:
        store.close()


def _passport_defaults(settings: PassportSettings) -> Defaults:
    """What holds for passports that say nothing else. Raises Invalid (`settings/passports`) for unknown templates."""
    terms = Terms(settings.profile, settings.strictness)
    try:
        terms = terms.with_wishes({"templates": settings.templates}) if settings.templates else terms
    except Invalid as problem:
        raise Invalid("settings/passports", f"[passports] templates: {problem.detail}") from None
    return Defaults(terms, settings.context)
