"""Battery passports: published, changed version by version, read, exported."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from connector.notation.exact_json import decode, encode
from connector.notation.findings import Finding, has_errors
from connector.notation.problems import Conflict, Invalid, Unknown, Unprocessable
from connector.passport import identifiers, versions
from connector.passport.versions import Evidence
from connector.ports import Clock, Reader, Store, Transaction
from connector.records.passports import PASSPORT_VERSIONS, PASSPORTS, Passport, PassportVersion, StoredSubmodel
from connector.records.shells import ASSET_LINKS
from connector.services.events import Events
from connector.services.locks import Locks
from connector.services.passports import editions
from connector.services.passports.aspects import BATTERY_PASS, Aspects
from connector.services.passports.changes import Change, with_carbon_footprint
from connector.services.passports.editions import Edition, as_version, version_id
from connector.services.passports.offering import offer, offer_registry
from connector.services.passports.renderings import Rendering, render
from connector.services.passports.terms import Defaults, terms_of
from connector.services.usage.export import ExportGate
from submodels.aas.serialization import Metamodel

if TYPE_CHECKING:
    from submodels.dbp.back.foreign import Imported

Form = Literal["json", "xml", "aasx"]
DatasetMode = Literal["per-passport", "per-submodel-type"]
_BPN = re.compile(r"BPNL[0-9A-Z]{12}", re.ASCII)
Also = Callable[[Transaction, PassportVersion], None]
MEDIA_TYPES: Mapping[Form, str] = {
    "json": "application/json",
    "xml": "application/xml",
    "aasx": "application/asset-administration-shell-package",
}


class Passports:
    """The passports of this node. `public_url` is what labels show (scheme and host, at most 30 characters).

    `defaults` hold for what a passport does not say itself.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        aspects: Aspects,
        events: Events,
        locks: Locks,
        public_url: str,
        bpn: str,
        defaults: Defaults | None = None,
        datasets: DatasetMode = "per-passport",
        visible_to: Sequence[str] = (),
        export: ExportGate | None = None,
    ) -> None:
        self._export = export
        self._store = store
        self._clock = clock
        self._aspects = aspects
        self._events = events
        self._locks = locks
        self._public_url = public_url
        self._bpn = bpn
        self._defaults = defaults or Defaults()
        self._datasets = datasets
        self._visible_to = list(visible_to)

    # --- making versions

    async def validate(self, payload: Any) -> list[Finding]:
        """What is wrong with a BatteryPass 4.0.0 payload by its aspect model."""
        return await self._aspects.findings(BATTERY_PASS, payload)

    async def read_back(self, raw: bytes) -> Imported:
        """A partner's submodels as one view and payload, in a thread. Raises Invalid (`dbp/foreign-form`, ...)."""
        from submodels.dbp.back.foreign import imported

        return await asyncio.to_thread(lambda: imported({"body": raw}, self._aspects.model(BATTERY_PASS)))

    async def publish(
        self,
        payload: Any,
        *,
        actor: str,
        access_policy_id: str,
        usage_policy_id: str,
        role: str = "economic operator",
        context: Mapping[str, Any] | None = None,
        terms: Mapping[str, Any] | None = None,
        global_asset_id: str = "",
        notes: str = "",
        datasets: DatasetMode | None = None,
        visible_to: Mapping[str, Sequence[str]] | None = None,
    ) -> Edition:
        """Version 1 of a new passport, stored and on offer in one transaction.

        `context`: members of `submodels.dbp.context.PassportContext` but the node's own; `terms`: members of `Terms`;
        both over the node's defaults. `datasets`: one dataset for the passport, or one for each type of submodel;
        `visible_to`: which specific id (`*`: each) is seen by whom in the registry, BPNs or PUBLIC_READABLE. None:
        as the node is set. The payload's idDmc becomes the unit's URL, unless it is a free one of this node already.
        Raises Unprocessable with findings (`passport/payload`, `/incomplete`, `/aas`, `/policy`), Invalid
        (`passport/context`, `/terms`, `/visibility`, `/url-too-long`), Conflict (`passport/exists`) where the payload's
        own id or the global asset id is taken.
        """
        payload = _plain(payload)
        unit_id = self._own_id(payload) or identifiers.new_unit_id(self._clock.random(identifiers.RANDOM_BYTES))
        passport = self._new(unit_id, global_asset_id, context or {}, terms or {})
        passport.visible_to = self._readers(visible_to)
        if (datasets or self._datasets) == "per-submodel-type":
            passport.dataset_id = ""
        payload, told = _with_unit_url(payload, passport.unit_url)
        await self._store.read(lambda reader: _refuse_taken(reader, unit_id, global_asset_id))
        rendering, findings = await asyncio.to_thread(self._prepare, passport, payload, 1)

        def issue(tx: Transaction) -> PassportVersion:
            _refuse_taken(tx, unit_id, global_asset_id)
            passport.created_at = tx.now
            said = "; ".join(part for part in (notes, *(finding.message for finding in told)) if part)
            version = versions.new_version(
                None, payload, actor=actor, role=role, time=tx.now, reason=versions.FIRST_REASON, notes=said
            )
            record = editions.append(tx, passport, version, rendering, previous=None)
            offer(tx, passport, access_policy_id, usage_policy_id, self._export)
            tx.audit("passport.published", unit_id, _audited(passport, version), actor=actor)
            return record

        record = await self._store.write(issue)
        self._events.publish("passport.published", unit_id, passport)
        return Edition(passport, record, (*told, *findings))

    async def update(
        self,
        unit_id: str,
        change: Change,
        *,
        actor: str,
        role: str,
        reason: str,
        notes: str = "",
        expected_version: int | None = None,
        evidence: Iterable[Evidence] = (),
        provisional: Sequence[str] = (),
        also: Also | None = None,
    ) -> Edition:
        """The next version; those before it stay. `also` runs in the same transaction.

        `change` comes from `passport_changes`; `reason` is one of `connector.passport.versions.REASONS`; `provisional`
        are JSON pointers of values that are not final. Raises Unknown, Conflict (`passport/version-conflict` where the
        current version is not `expected_version`, `passport/unchanged`), else as `publish`.
        """
        said = _Said(actor, role, reason, notes, tuple(evidence), tuple(provisional))
        async with self._locks.hold(f"passport {unit_id}"):
            current = await self.edition(unit_id)
            passport = current.passport
            if expected_version not in (None, passport.version):
                raise _outdated(unit_id, passport.version, expected_version)
            payload, told = _with_unit_url(_plain(change(current.version.payload)), passport.unit_url)
            rendering, findings = await asyncio.to_thread(self._prepare, passport, payload, passport.version + 1)
            record = await self._store.write(lambda tx: _follow(tx, current, payload, rendering, said, also))
        self._events.publish("passport.updated", unit_id, passport)
        return Edition(passport, record, (*told, *findings))

    async def set_visibility(self, unit_id: str, visible_to: Mapping[str, Sequence[str]], *, actor: str) -> Passport:
        """Say who sees which specific asset id in the registry from now on; no new version. Raises Unknown, Invalid."""
        readers = self._readers(visible_to)

        def change(tx: Transaction) -> Passport:
            passport = _need(tx, unit_id)
            passport.visible_to = readers
            shell = editions.with_readers(decode(passport.shell), readers)
            passport.shell = encode(shell).decode()
            tx.put(PASSPORTS, passport)
            editions.keep_readers(tx, unit_id, shell)
            tx.audit("passport.visibility", unit_id, {"visibleTo": readers}, actor=actor)
            return passport

        passport = await self._store.write(change)
        self._events.publish("passport.visibility", unit_id, passport)
        return passport

    async def offer_registry(self, access_policy_id: str, usage_policy_id: str, *, actor: str) -> str:
        """Put the registry of twins on offer under these policies; its dataset's id. Raises Unprocessable."""

        def offer_it(tx: Transaction) -> str:
            dataset_id = offer_registry(tx, access_policy_id, usage_policy_id)
            said = {"accessPolicy": access_policy_id, "usagePolicy": usage_policy_id}
            tx.audit("registry.offered", dataset_id, said, actor=actor)
            return dataset_id

        return await self._store.write(offer_it)

    def _readers(self, visible_to: Mapping[str, Sequence[str]] | None) -> dict[str, list[str]]:
        """Raises Invalid (`passport/visibility`)."""
        if visible_to is None:
            return {editions.EACH: self._visible_to} if self._visible_to else {}
        for name, subjects in visible_to.items():
            for subject in subjects:
                if subject != editions.ANYBODY and not _BPN.fullmatch(subject):
                    raise Invalid(
                        "passport/visibility",
                        f"who sees {name!r} is a BPNL or {editions.ANYBODY}, not {subject[:40]!r}",
                    )
        return {name: list(dict.fromkeys(subjects)) for name, subjects in visible_to.items()}

    async def set_carbon_footprint(
        self,
        unit_id: str,
        entries: list[dict[str, Any]],
        *,
        actor: str,
        role: str = "economic operator",
        provisional: bool = True,
        notes: str = "",
        evidence: Iterable[Evidence] = (),
    ) -> Edition:
        """The next version with these `circularity.carbonFootprint[]`; `provisional` marks them all so."""
        marked = [f"/circularity/carbonFootprint/{place}" for place in range(len(entries))] if provisional else []
        return await self.update(
            unit_id,
            with_carbon_footprint(entries),
            actor=actor,
            role=role,
            reason="footprint-updated",
            notes=notes,
            evidence=evidence,
            provisional=marked,
        )

    def _new(
        self, unit_id: str, global_asset_id: str, context: Mapping[str, Any], terms: Mapping[str, Any]
    ) -> Passport:
        now = self._clock.now()
        bpnl = {"manufacturer_bpnl": self._bpn} if self._bpn else {}
        return Passport(
            id=unit_id,
            global_asset_id=global_asset_id or f"urn:uuid:{self._clock.new_id()}",
            unit_url=identifiers.unit_url(self._public_url, unit_id),
            dataset_id=f"urn:uuid:{self._clock.new_id()}",
            context={**bpnl, **self._defaults.context, **context},
            terms=self._defaults.terms.with_wishes(terms).as_dict(),
            created_at=now,
            updated_at=now,
        )

    def _own_id(self, payload: Any) -> str:
        """The unit id that the payload has already, if it is one of this node's."""
        identification = payload.get("identification") if isinstance(payload, dict) else None
        named = identification.get("idDmc") if isinstance(identification, dict) else None
        try:
            base, unit_id = identifiers.parse_unit_url(named if isinstance(named, str) else "")
        except Invalid:
            return ""
        return unit_id if base == self._public_url else ""

    def _prepare(self, passport: Passport, payload: Any, number: int) -> tuple[Rendering, tuple[Finding, ...]]:
        """Judge and build (in a thread)."""
        from submodels.dbp.context import read_context
        from submodels.dbp.verdict import tolerated

        terms = terms_of(passport.terms)
        findings = tolerated(self._aspects.judge(BATTERY_PASS, payload), terms.strictness)
        if has_errors(findings):
            first = next(finding for finding in findings if finding.severity == "error")
            raise Unprocessable(
                "passport/payload",
                f"the payload is not a BatteryPass 4.0.0: {first}",
                pointer=first.pointer,
                findings=findings,
            )
        context = read_context(
            passport.context,
            asset_id=passport.global_asset_id,
            unit_url=passport.unit_url,
            version=number,
            last_update=self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        rendering = render(payload, context, terms, self._aspects.model(BATTERY_PASS))
        return rendering, (*findings, *rendering.findings)

    # --- reading

    async def get(self, unit_id: str) -> Passport:
        """The passport. Raises Unknown (`passport/unknown`)."""
        return await self._store.read(lambda reader: _need(reader, unit_id))

    async def list(self, *, limit: int = 100, offset: int = 0) -> list[Passport]:
        """Passports, the newest first."""
        return await self._store.read(
            lambda reader: reader.find(PASSPORTS, order="created_at", descending=True, limit=limit, offset=offset)
        )

    async def edition(self, unit_id: str, number: int | None = None) -> Edition:
        """The passport with a version (None: the current one). Raises Unknown."""

        def look(reader: Reader) -> Edition:
            passport = _need(reader, unit_id)
            return Edition(passport, _need_version(reader, passport, number))

        return await self._store.read(look)

    async def version(self, unit_id: str, number: int | None = None) -> PassportVersion:
        """One version (None: the current one). Raises Unknown (`passport/unknown`, `passport/version-unknown`)."""
        return (await self.edition(unit_id, number)).version

    async def versions(self, unit_id: str, *, limit: int = 100, offset: int = 0) -> Sequence[PassportVersion]:
        """Versions, the oldest first. Raises Unknown."""

        def look(reader: Reader) -> Sequence[PassportVersion]:
            _need(reader, unit_id)
            return reader.find(PASSPORT_VERSIONS, {"unit_id": unit_id}, order="number", limit=limit, offset=offset)

        return await self._store.read(look)

    async def check_history(self, unit_id: str) -> Sequence[Finding]:
        """What does not fit in the chain of all versions: an edited, missing or added one."""
        history = await self.versions(unit_id, limit=1_000_000)
        return await asyncio.to_thread(lambda: versions.verify([as_version(record) for record in history]))

    async def submodels(self, unit_id: str, number: int | None = None) -> Sequence[StoredSubmodel]:
        """The submodels of a version: seven, DppMetadata, and the payload's own. Raises Unknown."""

        def look(reader: Reader) -> Sequence[StoredSubmodel]:
            return editions.submodels_of(reader, _need_version(reader, _need(reader, unit_id), number))

        return await self._store.read(look)

    async def export(self, unit_id: str, form: Form, number: int | None = None, metamodel: Metamodel = "3.0") -> bytes:
        """The AAS environment of a version: shell and submodels as JSON, XML (namespace of the metamodel) or AASX."""
        version = await self.version(unit_id, number)
        stored = await self.submodels(unit_id, version.number)
        documents = ",".join(submodel.document for submodel in stored)
        text = f'{{"assetAdministrationShells":[{version.shell}],"submodels":[{documents}]}}'
        return text.encode() if form == "json" else await asyncio.to_thread(_converted, text, form, metamodel)


@dataclass(frozen=True, slots=True)
class _Said:
    """What whoever changes a passport says about the change."""

    actor: str
    role: str
    reason: str
    notes: str
    evidence: tuple[Evidence, ...]
    provisional: tuple[str, ...]


def _follow(
    tx: Transaction, current: Edition, payload: Any, rendering: Rendering, said: _Said, also: Also | None
) -> PassportVersion:
    """Store the version after `current`, if that is current still."""
    passport = current.passport
    held = _need(tx, passport.id)
    if held.version != passport.version:
        raise _outdated(passport.id, held.version, passport.version)
    version = versions.new_version(
        as_version(current.version),
        payload,
        actor=said.actor,
        role=said.role,
        time=max(tx.now, current.version.created_at),
        reason=said.reason,
        notes=said.notes,
        evidence=said.evidence,
    )
    record = editions.append(tx, passport, version, rendering, previous=current.version, provisional=said.provisional)
    if also is not None:
        also(tx, record)
    tx.audit("passport.updated", passport.id, _audited(passport, version), actor=said.actor)
    return record


def _converted(text: str, form: Form, metamodel: Metamodel) -> bytes:
    from submodels.aas.aasx import to_aasx
    from submodels.aas.environment import read_json, to_xml

    environment = read_json(text)
    writer = to_xml if form == "xml" else to_aasx
    return writer(environment, metamodel=metamodel)


def _plain(payload: Any) -> Any:
    """The payload as it will be read from the store: what is digested now is what is digested then."""
    return decode(encode(payload))


def _with_unit_url(payload: Any, unit_url: str) -> tuple[Any, tuple[Finding, ...]]:
    """The payload under the unit's URL, and the finding that says so where it had another id."""
    identification = payload.get("identification") if isinstance(payload, dict) else None
    if not isinstance(identification, dict) or identification.get("idDmc") == unit_url:
        return payload, ()
    found = identification.get("idDmc")
    named = {**payload, "identification": {**identification, "idDmc": unit_url}}
    message = f"identification.idDmc became the unit's URL {unit_url}"
    if isinstance(found, str) and found:
        message += f"; the payload said {found[:200]}"
    return named, (Finding("passport/unit-url", message, "/identification/idDmc", "info", unit_url, found),)


def _need(reader: Reader, unit_id: str) -> Passport:
    passport = reader.get(PASSPORTS, unit_id)
    if passport is None:
        raise Unknown("passport/unknown", f"there is no passport of a unit {unit_id[:64]!r}")
    return passport


def _need_version(reader: Reader, passport: Passport, number: int | None) -> PassportVersion:
    record = reader.get(PASSPORT_VERSIONS, version_id(passport.id, passport.version if number is None else number))
    if record is None:
        raise Unknown("passport/version-unknown", f"{passport.id} has versions 1 to {passport.version}, not {number}")
    return record


def _refuse_taken(reader: Reader, unit_id: str, global_asset_id: str) -> None:
    if reader.get(PASSPORTS, unit_id) is not None:
        raise Conflict(
            "passport/exists",
            f"the unit {unit_id} has a passport: change that one, or leave the unit's URL out of identification.idDmc",
            pointer="/identification/idDmc",
        )
    other = reader.one(ASSET_LINKS, {"name": "globalAssetId", "value": global_asset_id}) if global_asset_id else None
    if other is not None:
        raise Conflict("passport/exists", f"the unit {other.unit_id} has a passport of the asset {global_asset_id}")


def _outdated(unit_id: str, current: int, expected: int | None) -> Conflict:
    return Conflict(
        "passport/version-conflict",
        f"the passport of {unit_id} is at version {current}, not {expected}: read it again, then repeat the change",
    )


def _audited(passport: Passport, version: versions.PassportVersion) -> dict[str, Any]:
    return {
        "version": version.number,
        "reason": version.reason,
        "role": version.role,
        "payloadDigest": version.payload_digest,
        "versionDigest": version.digest,
        "dataset": passport.dataset_id,
    }
