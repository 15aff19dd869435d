"""A bill of materials rolled up: sums by stage, shares and quality by the rulebook, and every gap in sight.

Each part's figures per unit are kept, so that a changed value recomputes only what depends on it. Sums are exact and
do not depend on the order of components.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, Inexact, localcontext
from fractions import Fraction
from typing import Final, Literal, NamedTuple

from connector.notation.findings import Finding
from connector.notation.problems import Invalid, Unknown
from connector.pcf import amounts, rules
from connector.pcf.footprint import ROUNDED, STAGES
from connector.pcf.tree import EXACT, PLACES, Component, Part, Value

UNSPLIT: Final = "unsplit"
"""Where a total is kept whose supplier did not release its stages."""
BUCKETS: Final = (*STAGES, UNSPLIT)
_B, _PDS, _TECHNOLOGICAL, _GEOGRAPHICAL, _TEMPORAL, _VERIFIED, _SECONDARY = range(len(BUCKETS), len(BUCKETS) + 7)
_WIDTH: Final = len(BUCKETS) + 7
_ZERO: Final = Decimal(0)
_NOTHING: Final[tuple[Decimal, ...]] = (_ZERO,) * _WIDTH
_PERCENT_PLACES: Final = 5

Why = Literal["missing", "secondary", "withdrawn", "unverified"]


class Gap(NamedTuple):
    """A part whose value is not final: why, whom it waits on, and what hangs on it.

    `amount` is how much of it the root holds; percent of the root's stated mass and of its emissions with estimates
    (None where nothing tells).
    """

    part: str
    supplier: str
    why: Why
    amount: Decimal
    mass_percent: Decimal | None
    emissions_percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Result:
    """The root's figures per unit: kgCO2e by stage (`unsplit` apart), shares in percent, ratings, gaps, findings."""

    root: str
    stages: Mapping[str, Decimal]
    total: Decimal
    primary_share: Decimal | None
    verified_share: Decimal | None
    secondary_share: Decimal | None
    quality: Mapping[str, Decimal | None]
    gaps: tuple[Gap, ...]
    findings: tuple[Finding, ...]

    @property
    def is_provisional(self) -> bool:
        """Whether any value on which the total rests is not final."""
        return bool(self.gaps)


class RollUp:
    """A tree with its figures; `update` changes one part's value and recomputes what depends on it."""

    def __init__(self, root: str, parts: Mapping[str, Part], *, material_percent: Decimal = _ZERO) -> None:
        """`material_percent`: suppliers below this share of the total need no verification. Raises Invalid
        `pcf/bill` where the root is none of the parts."""
        if root not in parts:
            raise Invalid("pcf/bill", f"the root {root!r} is not among the parts", pointer="/root")
        self.root = root
        self.parts = dict(parts)
        self._material = material_percent
        self._findings: dict[str, list[Finding]] = {}
        self._users: dict[str, list[str]] = {}
        self._figures: dict[str, tuple[Decimal, ...]] = {}
        self._rank: dict[str, int] = {}
        self.recomputed = 0
        for part in self.parts.values():
            for component in part.components:
                self._users.setdefault(component.part, []).append(part.id)
        self._broken = self._cut_cycles()
        for index, part_id in enumerate(self._order):
            self._rank[part_id] = index
            self._compute(part_id)

    def update(self, part_id: str, value: Value | None) -> list[Finding]:
        """Another value for a part; findings of the rulebook about the change. Raises Unknown `pcf/part-unknown`."""
        if part_id not in self._figures:
            raise Unknown("pcf/part-unknown", f"the tree holds no part {part_id!r}")
        old = self.parts[part_id]
        self.parts[part_id] = replace(old, value=value)
        changes: list[Finding] = []
        if old.value is not None and value is not None:
            changes = rules.check_change(None, old.value.total(), None, value.total(), (), f"/{part_id}")
        self.recomputed = 0
        for name in self._above(part_id):
            if not self._compute(name) and name == part_id:
                break
        return changes

    def figures(self, part_id: str) -> Mapping[str, Decimal]:
        """kgCO2e of one unit of a part, by stage."""
        return dict(zip(BUCKETS, self._figures[part_id], strict=False))

    def result(self) -> Result:
        """The root's figures, gaps (the largest first) and findings."""
        vector = self._figures[self.root]
        held = self.held()
        stages = dict(zip(BUCKETS, vector, strict=False))
        findings = [one for name in held for one in self._findings.get(name, ())]
        return Result(
            root=self.root,
            stages=stages,
            total=amounts.total(stages.values()),
            primary_share=_share(vector, _PDS),
            verified_share=_share(vector, _VERIFIED),
            secondary_share=_share(vector, _SECONDARY),
            quality={
                "technological": _share(vector, _TECHNOLOGICAL),
                "geographical": _share(vector, _GEOGRAPHICAL),
                "temporal": _share(vector, _TEMPORAL),
            },
            gaps=tuple(self._gaps(held)),
            findings=tuple(findings),
        )

    # --- figures

    def _compute(self, part_id: str) -> bool:
        """Figures of one part from its own value or its components; whether they changed."""
        self.recomputed += 1
        part = self.parts[part_id]
        self._findings.pop(part_id, None)
        value = _counted(part)
        found = _vector(value) if value is not None else self._summed(part)
        self._notice(part, value)
        changed = self._figures.get(part_id) != found
        self._figures[part_id] = found
        return changed

    def _summed(self, part: Part) -> tuple[Decimal, ...]:
        vector = list(_vector(part.own)) if part.own is not None else list(_NOTHING)
        with localcontext(EXACT):
            for component in part.components:
                figures = self._figures.get(component.part)
                if figures is None or (part.id, component.part) in self._broken:
                    continue
                factor = self._factor(part, component)
                if factor is None:
                    continue
                try:
                    for index, figure in enumerate(figures):
                        if figure:
                            vector[index] += factor * figure
                except Inexact:
                    vector = self._rounded(part, vector, factor, figures)
        return tuple(vector)

    def _rounded(
        self, part: Part, vector: Sequence[Decimal], factor: Decimal, figures: Sequence[Decimal]
    ) -> list[Decimal]:
        self._tell(part.id, ROUNDED, f"sums of more than 400 digits are rounded at {PLACES} decimals", "info")
        return [
            amounts.half_even(Fraction(sum_) + Fraction(factor) * Fraction(figure), PLACES)
            for sum_, figure in zip(vector, figures, strict=True)
        ]

    def _factor(self, part: Part, component: Component) -> Decimal | None:
        """How many units of the component's part: its amount, converted where its unit differs."""
        used = self.parts[component.part]
        if component.unit in ("", used.unit):
            return component.amount
        if used.mass and {component.unit, used.unit} == {"kilogram", "piece"}:
            made = Fraction(component.amount)
            made = made / Fraction(used.mass) if component.unit == "kilogram" else made * Fraction(used.mass)
            exact = amounts.exact(made, PLACES)
            return exact if exact is not None else amounts.half_even(made, PLACES)
        message = f"{component.amount} {component.unit} of {used.id} cannot be converted to {used.unit}: not counted"
        self._tell(part.id, "pcf/unit", message, "error")
        return None

    def _notice(self, part: Part, value: Value | None) -> None:
        if part.value is not None and part.value.is_withdrawn:
            self._tell(part.id, "pcf/withdrawn", f"the value of {part.id} was withdrawn and does not count", "warning")
        if value is None:
            unknown = [one.part for one in part.components if one.part not in self.parts]
            for name in unknown:
                self._tell(part.id, "pcf/part-unknown", f"the component {name} is not among the parts", "error")
            if not part.components and part.own is None:
                self._tell(part.id, "pcf/missing", f"nobody states a value of {part.id}", "warning")
            return
        if value.is_secondary:
            self._tell(part.id, "pcf/secondary", f"{part.id} rests on secondary data: {value.source}", "warning")
        if value.unsplit is not None:
            self._tell(part.id, "pcf/unsplit", f"the stages of {part.id} were not released, only a total", "info")
        counted = [one.part for one in part.components if one.part in self.parts and self.parts[one.part].value]
        if counted and not value.is_secondary:
            message = f"{part.id} has a value that covers its components {', '.join(counted[:5])}: theirs do not count"
            self._tell(part.id, "pcf/double-count", message, "warning")

    def _tell(self, part_id: str, code: str, message: str, severity: Literal["error", "warning", "info"]) -> None:
        self._findings.setdefault(part_id, []).append(Finding(code, message, f"/parts/{part_id}", severity))

    # --- the shape of the tree

    def _cut_cycles(self) -> set[tuple[str, str]]:
        """The order of computing, components first; an edge that closes a cycle is left out and told."""
        self._order: list[str] = []
        broken: set[tuple[str, str]] = set()
        state: dict[str, int] = {}
        for start in self.parts:
            if start in state:
                continue
            state[start] = 1
            stack = [(start, self._edges(start))]
            while stack:
                name, edges = stack[-1]
                child = next(edges, None)
                if child is None:
                    state[name] = 2
                    self._order.append(name)
                    stack.pop()
                elif state.get(child) == 1:
                    broken.add((name, child))
                elif child not in state:
                    state[child] = 1
                    stack.append((child, self._edges(child)))
        self._cycles = dict(broken)
        return broken

    def _edges(self, name: str) -> Iterator[str]:
        return (one.part for one in self.parts[name].components if one.part in self.parts)

    def _above(self, part_id: str) -> list[str]:
        """The part and everything that depends on it, in the order of computing."""
        found, todo = {part_id}, [part_id]
        while todo:
            for user in self._users.get(todo.pop(), ()):
                if user not in found:
                    found.add(user)
                    todo.append(user)
        return sorted(found, key=self._rank.__getitem__)

    def held(self) -> dict[str, Decimal]:
        """How much of each part one unit of the root rests on, the root first; nothing below a value that counts."""
        reached, todo = {self.root}, [self.root]
        while todo:
            name = todo.pop()
            if _counted(self.parts[name]) is None:
                fresh = [one for one in self._edges(name) if one not in reached and (name, one) not in self._broken]
                reached.update(fresh)
                todo += fresh
        held: dict[str, Decimal] = {self.root: Decimal(1)}
        with localcontext(EXACT) as context:
            context.traps[Inexact] = False
            for name in reversed(self._order):
                if name not in reached or name not in held or _counted(self.parts[name]) is not None:
                    continue
                for component in self.parts[name].components:
                    if component.part in self.parts and (name, component.part) not in self._broken:
                        factor = self._quiet_factor(name, component)
                        held[component.part] = held.get(component.part, _ZERO) + held[name] * factor
        return held

    def _quiet_factor(self, name: str, component: Component) -> Decimal:
        kept = list(self._findings.get(name, ()))
        factor = self._factor(self.parts[name], component)
        if factor is None:
            self._findings[name] = kept
        return factor if factor is not None else _ZERO

    # --- gaps

    def _gaps(self, held: Mapping[str, Decimal]) -> list[Gap]:
        whole = self._figures[self.root][_B]
        masses = {name: amount * mass for name, amount in held.items() if (mass := self._leaf_mass(name)) is not None}
        mass = amounts.total(masses.values()) if len(masses) < 100_000 else sum(masses.values(), _ZERO)
        gaps = []
        for name, amount in held.items():
            why = self._why(name, amount, whole)
            if why is None:
                continue
            figures = self._figures[name]
            part = self.parts[name]
            weight = masses.get(name)
            gaps.append(
                Gap(
                    name,
                    part.supplier,
                    why,
                    amount,
                    _percent(weight, mass) if weight is not None else None,
                    _percent(amount * figures[_B], whole) if figures[_B] else None,
                )
            )
        return sorted(gaps, key=lambda gap: (-(gap.emissions_percent or _ZERO), -(gap.mass_percent or _ZERO), gap.part))

    def _leaf_mass(self, name: str) -> Decimal | None:
        part = self.parts[name]
        is_leaf = _counted(part) is not None or not part.components
        if not is_leaf:
            return None
        return part.mass if part.mass is not None else Decimal(1) if part.unit == "kilogram" else None

    def _why(self, name: str, amount: Decimal, whole: Decimal) -> Why | None:
        part = self.parts[name]
        value = _counted(part)
        if value is None:
            return "missing" if not part.components and part.own is None else None
        if value.is_secondary:
            return "withdrawn" if part.value is not None and part.value.is_withdrawn else "secondary"
        if value.is_verified:
            return None
        share = _percent(amount * self._figures[name][_B], whole)
        return None if share is not None and share < self._material else "unverified"

    @property
    def cycles(self) -> Mapping[str, str]:
        """Parts with a component that leads back to them: the edge that was left out."""
        return self._cycles


def findings_of_cycles(tree: RollUp) -> list[Finding]:
    """One finding `pcf/cycle` for each edge that was left out."""
    return [
        Finding("pcf/cycle", f"{name} and {child} contain each other: this edge does not count", f"/parts/{name}")
        for name, child in sorted(tree.cycles.items())
    ]


def _counted(part: Part) -> Value | None:
    """The value that counts: the supplier's, else secondary data where there are no components either."""
    if part.value is not None and not part.value.is_withdrawn:
        return part.value
    return part.fallback if not part.components or part.value is not None else None


def _vector(value: Value) -> tuple[Decimal, ...]:
    """Figures of one unit: kgCO2e by stage, the absolute sum, and its weighted shares and ratings."""
    total = value.total()
    weight = abs(total)
    primary = _ZERO if value.is_secondary else value.primary_share or _ZERO
    verified = value.verified_share if value.verified_share is not None else _ZERO
    worst = rules.WORST_DQR
    quality = value.quality
    with localcontext(EXACT) as context:
        context.traps[Inexact] = False
        return (
            *(value.stages.get(stage, _ZERO) for stage in STAGES),
            value.unsplit or _ZERO,
            weight,
            weight * primary,
            weight * (worst if quality.technological is None else quality.technological),
            weight * (worst if quality.geographical is None else quality.geographical),
            weight * (worst if quality.temporal is None else quality.temporal),
            weight * verified,
            weight * 100 if value.is_secondary else _ZERO,
        )


def _share(vector: Sequence[Decimal], index: int) -> Decimal | None:
    """A weighted share or rating of the whole; None where nothing contributes."""
    if not vector[_B]:
        return None
    return amounts.half_even(Fraction(vector[index]) / Fraction(vector[_B]), _PERCENT_PLACES)


def _percent(part: Decimal, whole: Decimal) -> Decimal | None:
    return amounts.half_even(Fraction(part) / Fraction(whole) * 100, _PERCENT_PLACES) if whole else None
