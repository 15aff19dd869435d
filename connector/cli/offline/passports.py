"""Passport payloads judged on this machine: by their aspect model, and by what the submodels need."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from connector.cli import exits, screen
from connector.cli.offline import diagnosis, documents, payloads
from connector.notation.findings import Finding, has_errors

if TYPE_CHECKING:
    from submodels.dbp.context import PassportContext
    from submodels.dbp.edition import Edition
    from submodels.dbp.law.completeness import Strictness
    from submodels.samm.model import Aspect
    from submodels.samm.validation import Validator

BATTERY_PASS: Final = "urn:samm:io.catenax.battery.battery_pass:4.0.0#BatteryPass"
NODE_FILE: Final = "ionport.toml"
"""As `settings.FILE_NAME`, which takes as long to import as a payload to judge."""
_ASSET: Final = "urn:uuid:00000000-0000-0000-0000-000000000000"
"""The asset of a passport that is judged and not published."""


def battery_pass() -> Aspect:
    """The aspect model of payloads."""
    from connector.adapters.library import FolderLibrary
    from submodels.samm.loader import load

    return load(BATTERY_PASS, FolderLibrary().turtle)


@dataclass(frozen=True)
class Judge:
    """Judges payloads as a node of this configuration would; `context` are members of a passport's context."""

    context: Mapping[str, Any]
    edition: Edition
    strictness: Strictness | None

    @cached_property
    def validator(self) -> Validator:
        """The compiled model."""
        from submodels.samm.validation import validator

        return validator(battery_pass())

    @cached_property
    def passport_context(self) -> PassportContext:
        """The context of a build. Raises Invalid (`passport/context`)."""
        from submodels.dbp.context import read_context

        own = {"asset_id": _ASSET, "unit_url": "https://unpublished.invalid/p/0", "last_update": "1970-01-01T00:00:00Z"}
        return read_context(self.context, **own)

    def with_context(self, own: Mapping[str, Any]) -> Judge:
        """The judge for a payload that comes with members of a context; the compiled model is kept."""
        if not own:
            return self
        other = replace(self, context={**self.context, **{_snake(name): _snaked(value) for name, value in own.items()}})
        other.__dict__["validator"] = self.validator
        return other

    def findings(self, payload: Any) -> list[Finding]:
        """Everything that is wrong with a payload."""
        from submodels.dbp.verdict import verdict

        found = self.validator.findings(payload, strict=True)
        told = verdict(payload, found, self.passport_context, edition=self.edition, strictness=self.strictness)
        return [finding for finding in told if finding.code != "dbp/unit-url"]


def judge_of(folder: Path, context_file: str, wishes: Mapping[str, Any]) -> Judge:
    """The judge that a node's folder, a context file and options ask for; without a node nothing missing is an error.

    Raises Invalid (`settings/...`, `passport/...`, `dbp/edition`, `cli/file`, `json/...`).
    """
    from submodels.dbp.edition import Edition

    configured = _configured(folder)
    terms = {**configured.pop("terms"), **wishes}
    given = documents.read_object(context_file) if context_file else {}
    context = {**configured, **{_snake(name): _snaked(value) for name, value in given.items()}}
    versions = {int(number): version for number, version in terms["templates"].items()}
    edition = Edition(profile=terms["profile"], versions=versions, with_metadata=True)
    return Judge(context, edition, terms["strictness"])


def _configured(folder: Path) -> dict[str, Any]:
    if not (folder / NODE_FILE).is_file():
        return {"terms": {"profile": "idta", "strictness": None, "templates": {}}}
    from connector import settings

    found = settings.load(folder)
    terms = found.passports
    templates = dict(one.replace(" ", "").split("=", 1) for one in terms.templates if "=" in one)
    bpnl = {"manufacturer_bpnl": found.node.bpn} if found.node.bpn else {}
    kept = {"profile": terms.profile, "strictness": terms.strictness, "templates": templates}
    return {**bpnl, **terms.context, "terms": kept}


def _snaked(value: Any) -> Any:
    return {_snake(name): member for name, member in value.items()} if isinstance(value, dict) else value


def _snake(name: str) -> str:
    """`facilityBpns` as the API writes it -> `facility_bpns`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def validate(names: list[str], judge: Judge, *, most: int, with_info: bool, as_json: bool) -> int:
    """Judge files, print what was found, one report on stdout; the exit status."""
    with _without_collection():
        results = [_validated(name, judge, None if as_json else (most, with_info)) for name in names]
    is_ok = all(result["ok"] for result in results)
    if as_json:
        screen.show_json(results[0] if len(results) == 1 else {"ok": is_ok, "payloads": results})
    else:
        for result in results:
            said = "valid" if result["ok"] else "not valid"
            screen.show_text(f"{result['payload']}: {said}{result['counted']}")
    return exits.DONE if is_ok else exits.FINDINGS


@contextmanager
def _without_collection() -> Iterator[None]:
    """Leave garbage alone: thousands of findings are kept to the end, and to look through them again and again takes
    as long as to make them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _validated(name: str, judge: Judge, shown: tuple[int, bool] | None) -> dict[str, Any]:
    """The result for one file; `shown` says how much of it is printed at once, None that all of it is returned."""
    document = payloads.read(name)
    findings = judge.findings(document.value) if document.value is not None or not document.slips else []
    told = diagnosis.located(document, findings)
    is_ok = not has_errors([finding for finding, _ in told])
    if shown is None:
        return {"payload": name, "ok": is_ok, "findings": diagnosis.as_dicts(told)}
    diagnosis.show(document, told, *shown)
    return {"payload": name, "ok": is_ok, "counted": _counted([finding for finding, _ in told])}


def _counted(findings: list[Finding]) -> str:
    """How many findings of each severity, as `, 2 errors, 1 warning`; empty where there are none."""
    severities = [finding.severity for finding in findings]
    counts = [(severities.count(severity), severity) for severity in ("error", "warning")]
    named = [f", {count} {severity}{'s' if count > 1 else ''}" for count, severity in counts if count]
    return "".join(named)


def take_back(names: list[str], *, with_view: bool, out: Path | None, as_json: bool) -> int:
    """A partner's submodels as payload (or view) on stdout or in `out`, findings on stderr; the exit status.

    The payload is judged by its model: what it lacks is told as warnings, since a partner need not give everything.
    """
    from connector.notation.exact_json import pretty
    from submodels.dbp.back.foreign import imported
    from submodels.samm.validation import validator

    aspect = battery_pass()
    read = imported({name: documents.read_bytes(name) for name in names}, aspect)
    lacks = [replace(finding, severity="warning") for finding in validator(aspect).findings(read.payload)]
    findings = [*read.findings, *lacks]
    if as_json:
        told = [finding.as_dict() for finding in findings]
        screen.show_json(
            {"payload": read.payload, "view": read.view.values, "isWhole": read.is_whole, "findings": told}
        )
        return exits.DONE
    screen.show_findings(findings)
    made = read.view.values if with_view else read.payload
    if out is None:
        screen.show_json(made)
    else:
        documents.write(out, (pretty(made) + "\n").encode())
        screen.show_progress(f"wrote {out}")
    return exits.DONE
