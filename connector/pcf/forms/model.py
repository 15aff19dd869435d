"""A form of a footprint document as a table: its groups, its fields and the canonical name of each field."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from connector.notation import pointers
from connector.notation.findings import Finding
from connector.pcf.forms.kinds import Kind

Values = dict[str, Any]
"""Values by canonical name."""
Hook = Callable[[Values, list[Finding]], None]
"""Changes values in place and tells what it did."""


Fit = Callable[[Values, list[Finding], str], None]
"""As a hook, with the form that the footprint was read from (empty where it was read from none)."""


def no_fit(values: Values, findings: list[Finding], source: str) -> None:
    """The way back of such a form."""


def no_change(values: Values, findings: list[Finding]) -> None:
    """The hook of a form that holds canonical values as they are."""


@dataclass(frozen=True, slots=True)
class Field:
    """`path` leads from the root through groups to the member; `name` is the canonical name of its value."""

    path: str
    name: str
    kind: Kind
    required: bool
    wraps: bool = True

    @property
    def group(self) -> str:
        """The path of the group that holds the field; empty for a member of the root."""
        return self.path.rpartition("/")[0]

    @property
    def member(self) -> str:
        """The payload name."""
        return self.path.rpartition("/")[2]

    @property
    def pointer(self) -> str:
        """The JSON pointer of the field in a well-formed document."""
        return pointers.join(pointer_of(self.group, self.wraps), self.member)


def pointer_of(group: str, wraps: bool = True) -> str:
    """The JSON pointer of the one object in `group`."""
    steps = group.split("/") if group else []
    return "".join(f"/{step}/0" if wraps else f"/{step}" for step in steps)


@dataclass(frozen=True)
class Model:
    """One form.

    `groups` has each group's path and whether its parent must hold it; with `wraps` a group is a list of exactly one
    object, else an object. `constants` are values that every document of the form states, whatever the source.
    `optional_when_written` are optional groups that a document of ours may lack. `settle` turns what was read into
    canonical values, `fit` the way back; `derive` gives what follows from stated values alone. `totals` lists
    (component prefix, including, excluding, group): the sums that are checked. `examine`
    looks for what only this form forbids. With `nets_land_use` land management is one net value. `refusal` is the code
    of a bad document.
    """

    source: str
    semantic_id: str
    groups: Mapping[str, bool]
    fields: tuple[Field, ...]
    wraps: bool
    refusal: str
    constants: Mapping[str, Any] = field(default_factory=dict)
    optional_when_written: frozenset[str] = frozenset()
    totals: tuple[tuple[str, str, str, str], ...] = ()
    settle: Hook = no_change
    fit: Fit = no_fit
    derive: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda values: {}
    examine: Callable[[Mapping[str, Any]], list[Finding]] = lambda values: []
    nets_land_use: bool = False
    by_name: Mapping[str, Field] = field(init=False)
    by_group: Mapping[str, Mapping[str, Field]] = field(init=False)
    children: Mapping[str, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        groups = ("", *self.groups)
        object.__setattr__(self, "by_name", {entry.name: entry for entry in self.fields})
        members = {group: {e.member: e for e in self.fields if e.group == group} for group in groups}
        object.__setattr__(self, "by_group", members)
        parents = {p: tuple(g for g in self.groups if g.rpartition("/")[0] == p) for p in groups}
        object.__setattr__(self, "children", parents)

    def pointer(self, group: str) -> str:
        """The JSON pointer of the one object in `group`."""
        return pointer_of(group, self.wraps)


def rows_of(group: str, *rows: tuple[str, str, Kind, str], wraps: bool = True) -> Iterator[Field]:
    """Fields of `group` from rows of member, canonical name, kind and need (`R` or `o`)."""
    for member, name, kind, need in rows:
        yield Field(f"{group}/{member}" if group else member, name, kind, need == "R", wraps)
