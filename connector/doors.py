"""The listeners of a node: which doors stand at which of them, in which forms they answer, and what guards them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.typedefs import Middleware

from connector import __version__
from connector.notation.limits import Limits
from connector.services.catalog.imports import Imports
from connector.services.footprints.pact import Pact
from connector.services.trades.accounts import RegionAccounts
from connector.web import aas, browse, dsp, en18222, guards
from connector.web.aas import AasDoor
from connector.web.api import openapi
from connector.web.api.audit import AuditApi
from connector.web.api.browse import BrowseApi
from connector.web.api.contracts.agreements import AgreementsApi
from connector.web.api.contracts.approvals import ApprovalsApi
from connector.web.api.contracts.clearing import ClearingApi
from connector.web.api.contracts.dry_run import DryRunApi
from connector.web.api.contracts.expiries import ExpiriesApi
from connector.web.api.contracts.export import ExportApi
from connector.web.api.contracts.groups import GroupsApi
from connector.web.api.contracts.policies import PoliciesApi
from connector.web.api.decisions import Decisions
from connector.web.api.events import EventsApi
from connector.web.api.exchange import ExchangeApi
from connector.web.api.footprints import FootprintDoor
from connector.web.api.issuer import Credentials
from connector.web.api.keys import KeysApi
from connector.web.api.links import LinkDoor
from connector.web.api.models import ModelDoor
from connector.web.api.operations import HasOperations, Operation
from connector.web.api.operations import routes as api_routes
from connector.web.api.pact import PactApi
from connector.web.api.passports import PassportDoor
from connector.web.api.readings import ReadingDoor
from connector.web.api.region import RegionDoor
from connector.web.api.twins import TwinDoor
from connector.web.bodies import LIMITS
from connector.web.browse import BrowseDoor
from connector.web.checks import ChecksDoor
from connector.web.clearing import ClearingDoor
from connector.web.contracts import ContractsDoor
from connector.web.data import DataDoor
from connector.web.dcp import DcpDoor
from connector.web.dsp import DspDoor
from connector.web.en18222 import DppDoor
from connector.web.guards import Forms, RateLimit
from connector.web.management import described
from connector.web.management.access import access
from connector.web.management.discovery import DiscoveryDoor
from connector.web.management.edrs import EdrsDoor
from connector.web.management.errors import error_form as management_error_form
from connector.web.management.offers import OffersDoor
from connector.web.management.parties import Parties as ManagementParties
from connector.web.management.planes import PlanesDoor
from connector.web.management.processes import ProcessesDoor
from connector.web.management.retirements import RetirementsDoor
from connector.web.regions.ouranos import OuranosDoor
from connector.web.regions.pact import PactDoor
from connector.web.resolver import ResolverDoor

if TYPE_CHECKING:
    from connector.node import Node


def public_app(node: Node) -> web.Application:
    """The public listener: protocol, identity, data."""
    protocol = web.Application()
    protocol.add_routes(
        DspDoor(
            counterparties=node.counterparties,
            catalog=node.catalog,
            negotiations=node.negotiations,
            transfers=node.transfers,
            egress=node.egress,
            contexts=node.library.contexts(),
        ).routes()
    )
    app = _guarded(node, (("/dsp", dsp.error_form), (en18222.PREFIX, en18222.error_form)))
    app.add_routes(
        DcpDoor(
            identity=node.identity,
            wallet=node.wallet,
            issuer=node.issuer,
            name=node.settings.node.name,
            public_url=node.settings.public.url,
            is_clearing_house=node.settings.audit.is_clearing_house,
        ).routes()
    )
    app.add_routes(ContractsDoor(node.notices).routes())
    if node.settings.audit.is_clearing_house:
        app.add_routes(ClearingDoor(node.desk.clearing_house).routes())
    app.add_routes(
        DataDoor(
            contents=node.contents,
            inventory=node.inventory,
            transfers=node.transfers,
            counterparties=node.counterparties,
        ).routes()
    )
    app.add_routes(
        ResolverDoor(passports=node.passports, did=node.settings.node.did, dsp_endpoint=node.settings.dsp_url).routes()
    )
    app.add_routes(DppDoor(node.dpps, operator=node.settings.node.did, is_owner=False).routes())
    app.add_subapp("/dsp", protocol)
    return app


def management_app(node: Node) -> web.Application:
    """The management listener: EDC's API, our own, the owner's AAS API, checks; a key before each but liveness."""
    contexts = node.library.contexts()
    parties = ManagementParties(
        partners=node.partners,
        policies=node.policies,
        egress=node.egress,
        backends=node.backend_egress,
        bpns=node.settings.partners,
        any_name=node.settings.identity.unsafe_mock_identity,
    )
    forms = (
        ("/management", management_error_form),
        (browse.PREFIX, browse.error_form),
        ("/api/v3", aas.error_form),
        (en18222.PREFIX, en18222.error_form),
        ("/", guards.own_form),
    )
    app = _guarded(node, forms, access(node.keys))
    for door in (
        OffersDoor(offers=node.offers, clock=node.clock, backends=node.backend_egress, contexts=contexts),
        ProcessesDoor(
            exchanges=node.exchanges,
            negotiations=node.negotiations,
            transfers=node.transfers,
            callbacks=node.callbacks,
            parties=parties,
            contexts=contexts,
        ),
        EdrsDoor(edrs=node.edrs, parties=parties, contexts=contexts),
        DiscoveryDoor(partners=node.partners, parties=parties, contexts=contexts),
        RetirementsDoor(retirements=node.retirements, contexts=contexts),
        PlanesDoor(kinds=node.contents.kinds, endpoint=f"{node.settings.public.url}/data"),
    ):
        app.add_routes(door.routes())
    app.add_routes(AasDoor(node.shells, node.settings.aas.package_bytes).routes())
    app.add_routes(DppDoor(node.dpps, operator=node.settings.node.did, is_owner=True).routes())
    app.add_routes(
        BrowseDoor(
            federation=node.federation,
            browsing=node.browsing,
            exchanges=node.exchanges,
            store=node.store,
            node=node.settings.node.did,
        ).routes()
    )
    offered = operations(node)
    app.add_routes(ChecksDoor(node.monitor).routes())
    app.add_routes(api_routes(offered))
    app.add_routes([described.route(__version__)])
    app.add_routes([openapi.route(offered, version=__version__)])
    return app


def operations(node: Node) -> list[Operation]:
    """Every operation of `/api`."""
    doors: list[HasOperations] = [
        KeysApi(node.keys),
        AuditApi(node.audit_log),
        ExchangeApi(exchanges=node.exchanges, transfers=node.transfers, inventory=node.inventory, doctor=node.doctor),
        Decisions(
            exchanges=node.exchanges,
            negotiations=node.negotiations,
            transfers=node.transfers,
            partners=node.partners,
        ),
        *_contract_doors(node),
        EventsApi(feed=node.feed, store=node.store),
        BrowseApi(federation=node.federation, browsing=node.browsing, partners=node.partners),
        PassportDoor(node.passports),
        TwinDoor(node.passports),
        ModelDoor(node.aspects),
        ReadingDoor(node.telemetry),
        FootprintDoor(footprints=node.footprints, own=node.own_footprints, clock=node.clock),
        *_region_doors(node),
        *([PactApi(node.pact)] if node.pact else []),
        *([Credentials(node.issuer)] if node.issuer else []),
    ]
    return [operation for door in doors for operation in door.operations()]


def _contract_doors(node: Node) -> list[HasOperations]:
    imports = Imports(store=node.store, identity=node.identity, policies=node.policies)
    return [
        AgreementsApi(imports, node.desk.agreements, node.desk.evidence, node.desk.renewals),
        ApprovalsApi(node.desk.approvals),
        DryRunApi(node.desk.dry_runs),
        ExpiriesApi(node.desk.expiries, node.clock, node.settings.node.did),
        ExportApi(node.export, node.clock),
        *([ClearingApi(node.desk.clearing_house)] if node.settings.audit.is_clearing_house else []),
        GroupsApi(node.desk.groups, node.desk.affiliates),
        PoliciesApi(
            policies=node.policies,
            offers=node.offers,
            accept_list=node.desk.accept_list,
            library=node.library,
            clock=node.clock,
        ),
    ]


def _region_doors(node: Node) -> list[HasOperations]:
    if node.region is None:
        return []
    keep = node.region_secrets.keep
    return [
        LinkDoor(node.links),
        RegionDoor(accounts=node.region_accounts, trades=node.trades, keep_secret=keep),
    ]


def region_app(node: Node, accounts: RegionAccounts, address: str) -> web.Application:
    """The listener of the platform's stand-in, in the region's own forms."""
    door = OuranosDoor(accounts=accounts, platform=node.platform, clock=node.clock, address=address)
    app = _guarded(node, (("/", door.error_form),))
    app.add_routes(door.routes())
    return app


def pact_app(node: Node, pact: Pact, address: str) -> web.Application:
    """The listener of the PACT facade."""
    door = PactDoor(pact=pact, address=address)
    app = _guarded(node, (("/", door.error_form),))
    app.add_routes(door.routes())
    return app


def _guarded(node: Node, forms: Forms, *inner: Middleware) -> web.Application:
    limits = node.settings.limits
    rate = RateLimit(limits.requests_per_second, limits.burst)
    app = web.Application(middlewares=[guards.guard(rate, forms), *inner], client_max_size=limits.body_bytes)
    app[LIMITS] = Limits(size=limits.body_bytes, depth=limits.depth)
    return app
