"""A contract as a page for a person: no script, nothing loaded from elsewhere, ready to be printed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from jinja2 import Template

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render(sheet: Mapping[str, Any]) -> str:
    """The page of a contract; every text that came from outside is escaped."""
    return _template().render(one=sheet)


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    loader = PackageLoader("connector", "web/templates")
    return Environment(loader=loader, autoescape=select_autoescape(), undefined=StrictUndefined).get_template(
        "agreement.html"
    )
