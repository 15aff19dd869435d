"""How passports are built and weighed: whose semantic ids come first, which templates, how strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from connector.notation.problems import Invalid

if TYPE_CHECKING:
    from submodels.dbp.edition import Edition

Profile = Literal["idta", "catena-x"]
Strictness = Literal["draft", "catena-x", "regulatory"]
STRICTNESSES: Final = ("draft", "catena-x", "regulatory")


@dataclass(frozen=True, slots=True)
class Terms:
    """`templates`: number of a part -> version of its template; the newest where none is named."""

    profile: Profile = "idta"
    strictness: Strictness = "catena-x"
    templates: Mapping[str, str] = field(default_factory=dict, hash=False)

    def with_wishes(self, wishes: Mapping[str, Any]) -> Terms:
        """These terms where a caller says nothing else; `templates` may be texts `4=1.0.0`.

        Raises Invalid (`passport/terms`, `dbp/edition`).
        """
        known = {name: value for name, value in wishes.items() if value is not None}
        if isinstance(known.get("templates"), list):
            known["templates"] = dict(_template(each) for each in known["templates"])
        terms = replace(self, **known)
        if terms.strictness not in STRICTNESSES:
            raise Invalid("passport/terms", f"the strictness {terms.strictness!r} is none of {', '.join(STRICTNESSES)}")
        terms.edition()
        return terms

    def edition(self) -> Edition:
        """The parts to build. Raises Invalid (`passport/terms`, `dbp/edition`)."""
        from submodels.dbp.edition import Edition

        unknown = [number for number in self.templates if not number.isascii() or not number.isdecimal()]
        if unknown:
            raise Invalid("passport/terms", f"{unknown[0]!r} is not the number of a part, as in 4=1.0.0")
        versions = {int(number): version for number, version in self.templates.items()}
        return Edition(profile=self.profile, versions=versions, with_metadata=True)

    def as_dict(self) -> dict[str, Any]:
        """As it is kept with the passport."""
        return {"profile": self.profile, "strictness": self.strictness, "templates": dict(self.templates)}


def _template(wish: str) -> tuple[str, str]:
    """`4=1.0.0` as number and version. Raises Invalid (`passport/terms`)."""
    number, equals, version = wish.partition("=")
    if not equals:
        raise Invalid("passport/terms", f"{wish!r} names no part and version, as 4=1.0.0 does")
    return number.strip(), version.strip()


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for a passport that says nothing else: its terms, and members of its context (the company's)."""

    terms: Terms = Terms()
    context: Mapping[str, Any] = field(default_factory=dict, hash=False)


def terms_of(kept: Mapping[str, Any]) -> Terms:
    """The terms of a passport as `Terms.as_dict` gave them; one published before there were any has the first ones."""
    return Terms(**kept) if kept else Terms()
