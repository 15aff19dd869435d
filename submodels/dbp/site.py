"""Where a conversion stands: the place of the value, the whole payload, the configuration, the findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connector.notation.findings import Finding, Severity
from submodels.dbp.context import PassportContext
from submodels.dbp.paths import Found, Known


@dataclass(frozen=True, slots=True)
class Document:
    """One document of part 2, out of a DocumentEntity. `content` is a URL, or text that is kept out of File.value."""

    identifier: str
    title: str
    category: str
    kind: str
    content: str
    pointer: str


@dataclass(slots=True)
class Scene:
    """What all rows of one build share. `documents` are keyed by their content, `memory` by the question asked.

    `semantic_ids` are those of the seven submodels that are built; `used` are the pointers that gave a value, `passed`
    those whose target had one already. `settings` is the context as rows name it; `known`
    and `configured` are the paths that were walked in the payload and in it.
    """

    payload: dict[str, Any]
    context: PassportContext
    semantic_ids: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    memory: dict[Any, Any] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    passed: dict[str, Site] = field(default_factory=dict)
    known: Known = field(default_factory=dict)
    configured: Known = field(default_factory=dict)
    settings: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.settings = {"context": self.context.as_source()}


@dataclass(frozen=True, slots=True)
class Site:
    """One value on its way to one target (`target` as text: `IDTA 02035-4 GeneralInformation.BatteryMass`)."""

    scene: Scene
    found: Found
    target: str

    @property
    def item(self) -> Any:
        """The entry of the innermost list on the way, or what the path marked with `@`."""
        return self.found.items[-1][1]

    @property
    def item_name(self) -> str:
        """The last step of the item's pointer that is no `left` or `right`: the name under which it stands."""
        steps = [step for step in self.found.items[-1][0].split("/") if step not in ("left", "right")]
        return steps[-1]

    @property
    def context(self) -> PassportContext:
        return self.scene.context

    def note(self, code: str, message: str, severity: Severity = "warning", *, found: Any = None) -> None:
        """Add the finding `dbp/<code>` at this place."""
        self.scene.findings.append(
            Finding(f"dbp/{code}", message, self.found.pointer, severity, found=found, source=self.target)
        )
