"""Groups of partners and the registry of affiliated companies: what policies ask our own books, with its history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal

from connector.audit.entries import Entry
from connector.notation.problems import Unknown
from connector.ports import Clock, Store, Transaction
from connector.records.contracts import AFFILIATES, GROUP_MEMBERS, Affiliate, GroupMember

REGIONS: Final = ("europe", "northAmerica", "southAmerica", "africa", "asia", "oceania", "antarctica")
"""Where a company can sit, in the words of CX-0152 (AffiliatesRegion)."""
Relation = Literal["affiliate", "managedLegalEntity"]
_ALL: Final = 1_000_000


class Groups:
    """Business partner groups (BusinessPartnerGroup); who was in which group, and when, is never forgotten."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def add(self, group: str, bpns: Sequence[str], *, actor: str) -> list[GroupMember]:
        """Put partners into a group from now on; one that is in it already stays as it is."""

        def join(tx: Transaction) -> list[GroupMember]:
            return [self._join(tx, group, bpn, actor) for bpn in dict.fromkeys(bpns)]

        return await self._store.write(join)

    def _join(self, tx: Transaction, group: str, bpn: str, actor: str) -> GroupMember:
        known = _current(tx, group, bpn)
        if known is not None:
            return known
        made = GroupMember(id=self._clock.new_id(), group=group, bpn=bpn, since=tx.now, actor=actor)
        tx.add(GROUP_MEMBERS, made)
        tx.audit("group.joined", bpn, {"group": group}, actor=actor)
        return made

    async def remove(self, group: str, bpn: str, *, actor: str) -> GroupMember:
        """Take a partner out of a group from now on. Raises Unknown (`group/member`)."""

        def leave(tx: Transaction) -> GroupMember:
            known = _current(tx, group, bpn)
            if known is None:
                raise Unknown("group/member", f"{bpn} is not in the group {group!r}")
            known.until = tx.now
            tx.put(GROUP_MEMBERS, known)
            tx.audit("group.left", bpn, {"group": group, "since": known.since.isoformat()}, actor=actor)
            return known

        return await self._store.write(leave)

    async def members(self, group: str = "", *, at: datetime | None = None) -> list[GroupMember]:
        """Who is in a group (or in any), now or at a moment."""
        moment = at or self._clock.now()
        found = await self.history(group)
        return [one for one in found if one.since <= moment and (one.until is None or moment < one.until)]

    async def history(self, group: str = "", bpn: str = "") -> list[GroupMember]:
        """Every membership there was, the oldest first."""
        where: dict[Any, Any] = {name: value for name, value in (("group", group), ("bpn", bpn)) if value}
        return await self._store.read(lambda reader: reader.find(GROUP_MEMBERS, where, order="since", limit=_ALL))


def _current(tx: Transaction, group: str, bpn: str) -> GroupMember | None:
    found = tx.find(GROUP_MEMBERS, {"group": group, "bpn": bpn}, limit=_ALL)
    return next((one for one in found if one.until is None), None)


class AffiliateRegistry:
    """Companies that data may be given on to (AffiliatesBpnl, AffiliatesRegion): seat, relation, and who says so."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, bpn: str, *, region: str, relation: Relation, source: str, actor: str) -> Affiliate:
        """Enter or correct a company; `source` says on what the entry rests."""

        def enter(tx: Transaction) -> Affiliate:
            known = tx.get(AFFILIATES, bpn)
            made = Affiliate(id=bpn, region=region, relation=relation, source=source, actor=actor, recorded_at=tx.now)
            tx.put(AFFILIATES, made)
            detail = {"region": region, "relation": relation, "source": source}
            tx.audit("affiliate.entered" if known is None else "affiliate.corrected", bpn, detail, actor=actor)
            return made

        return await self._store.write(enter)

    async def remove(self, bpn: str, *, actor: str) -> None:
        """Strike a company out; the log keeps what was said of it. Raises Unknown (`affiliate/unknown`)."""

        def strike(tx: Transaction) -> None:
            known = tx.get(AFFILIATES, bpn)
            if known is None:
                raise Unknown("affiliate/unknown", f"the registry has no company {bpn}")
            tx.remove(AFFILIATES, bpn)
            detail = {"region": known.region, "relation": known.relation, "source": known.source}
            tx.audit("affiliate.removed", bpn, detail, actor=actor)

        await self._store.write(strike)

    async def companies(self) -> list[Affiliate]:
        """All companies, by number."""
        return await self._store.read(lambda reader: reader.find(AFFILIATES, limit=_ALL))

    async def history(self, bpn: str) -> list[Entry]:
        """What was entered, corrected and removed about a company, out of the audit log."""
        entries = await self._store.read(lambda reader: reader.audit_entries(subject=bpn, limit=_ALL))
        return [entry for entry in entries if entry.event.startswith("affiliate.")]
