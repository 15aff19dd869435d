"""Whether an evidence package holds: offline, with nothing but the package and, if one has it, the maker's key."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from connector.audit import merkle
from connector.audit.entries import digest_of, read_entry
from connector.dcp import did, jws
from connector.notation.digests import digest_bytes
from connector.notation.exact_json import decode
from connector.notation.findings import Finding
from connector.notation.limits import Limits
from connector.notation.problems import Invalid, Problem
from connector.odrl.policy import digest, parse

MOST: Final = 256 * 1024 * 1024
"""Bytes that a package may hold, unpacked."""
_FORMAT: Final = "ionport-evidence/1"
_LIMITS: Final = Limits(size=MOST, depth=200)
Files = Mapping[str, bytes]


def opened(file: Path) -> dict[str, bytes]:
    """The files of a package. Raises Invalid (`evidence/package`)."""
    try:
        with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
            if sum(info.file_size for info in archive.infolist()) > MOST:
                raise Invalid("evidence/package", f"{file} unpacks to more than {MOST} bytes")
            if len(set(archive.namelist())) != len(archive.namelist()):
                raise Invalid("evidence/package", f"{file} holds a name twice")
            return {name: archive.read(name) for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise Invalid("evidence/package", f"{file} is no package of evidence: {error}") from None


def verify(files: Files, pinned: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], list[Finding]]:
    """What the package is about, and every fault in it; `pinned` is the maker's DID document as published.

    Codes: `evidence/missing`, `evidence/digest`, `evidence/signature`, `evidence/key`, `evidence/policy`,
    `evidence/entry`, `evidence/receipt`.
    """
    try:
        manifest, findings = _manifest(files)
    except Problem as problem:
        return {}, [Finding("evidence/missing", problem.detail, "/manifest.json")]
    for check in (_digests, _signatures, _policy, _entries, _receipt):
        try:
            findings += check(files, manifest)
        except Problem as problem:
            findings.append(Finding("evidence/signature", f"{problem.detail} [{problem.code}]", ""))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            findings.append(Finding("evidence/missing", f"a part of the package is not as it should be: {error!r}", ""))
    if pinned is not None:
        findings += _pinned(files, pinned)
    return manifest, findings


def _json(files: Files, name: str) -> Any:
    if name not in files:
        raise Invalid("evidence/missing", f"the package has no {name}")
    return decode(files[name], limits=_LIMITS)


def _manifest(files: Files) -> tuple[dict[str, Any], list[Finding]]:
    manifest = _json(files, "manifest.json")
    if (
        not isinstance(manifest, dict)
        or manifest.get("format") != _FORMAT
        or not isinstance(manifest.get("files"), dict)
    ):
        raise Invalid("evidence/missing", f"manifest.json is not of the format {_FORMAT}")
    return manifest, []


def _digests(files: Files, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """Every file that the manifest names is there as it was, and none beside them."""
    for name, wanted in manifest["files"].items():
        if name not in files:
            yield Finding("evidence/missing", f"{name} is missing", f"/{name}")
        elif digest_bytes(files[name]) != wanted:
            said = f"{name} was changed after the package was made"
            yield Finding("evidence/digest", said, f"/{name}", wanted=wanted, found=digest_bytes(files[name]))
    for name in files.keys() - {*manifest["files"], "manifest.json", "manifest.jws"}:
        yield Finding("evidence/digest", f"{name} was added after the package was made", f"/{name}")


def _key(files: Files, jwt: str) -> Mapping[str, Any]:
    header, claims = jws.peek(jwt)
    document = did.read_did_document(files["did.json"], str(claims.get("iss", "")))
    return did.key_for(document, str(header.get("kid", "")), "assertionMethod")


def _signatures(files: Files, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """The maker stands for the manifest and for the head of its log."""
    signed = files["manifest.jws"].decode("ascii")
    claims = jws.verify(signed, _key(files, signed))
    if claims.get("manifest") != digest_bytes(files["manifest.json"]) or claims.get("iss") != manifest.get("madeBy"):
        yield Finding("evidence/signature", "manifest.jws was signed over another manifest", "/manifest.jws")
    head_jwt = files["head.jws"].decode("ascii")
    head = jws.verify(head_jwt, _key(files, head_jwt))
    if head != _json(files, "head.json") or head.get("iss") != manifest.get("madeBy"):
        yield Finding("evidence/signature", "head.jws was signed over another head", "/head.jws")


def _policy(files: Files, _: Mapping[str, Any]) -> Iterator[Finding]:
    wanted, found = _json(files, "agreement.json")["policyDigest"], digest(parse(_json(files, "policy.json")))
    if wanted != found:
        said = "policy.json is not the policy that both sides signed"
        yield Finding("evidence/policy", said, "/policy.json", wanted=wanted, found=found)


def _entries(files: Files, _: Mapping[str, Any]) -> Iterator[Finding]:
    """Each decision is unaltered, and in the log of the signed head."""
    head = _json(files, "head.json")
    root, size = bytes.fromhex(str(head["root"]).removeprefix("sha256:")), int(head["size"])
    for number, line in enumerate(files["decisions.jsonl"].splitlines()):
        said = decode(line, limits=_LIMITS)
        entry = read_entry(said["entry"])
        place = f"/decisions.jsonl/{number}"
        if digest_of(entry) != entry.hash:
            yield Finding("evidence/entry", f"entry {entry.sequence} was altered after it was written", place)
            continue
        path = [bytes.fromhex(str(node).removeprefix("sha256:")) for node in said["path"]]
        if not merkle.verify_inclusion(entry.leaf, int(said["index"]), size, path, root):
            yield Finding("evidence/entry", f"entry {entry.sequence} is not in the log of the signed head", place)


def _receipt(files: Files, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """A deletion receipt is the consumer's own word about this contract."""
    receipt = _json(files, "receipts.json").get("receipt")
    if receipt is None or not receipt["jws"]:
        return
    source = "did.json" if receipt["role"] == "made" else "partner.json"
    if source not in files:
        said = "the partner's key is not in the package: its receipt cannot be checked"
        yield Finding("evidence/receipt", said, "/receipts.json", "warning")
        return
    header, _ = jws.peek(receipt["jws"])
    claims = jws.verify(receipt["jws"], _receipt_key(files, source, str(header.get("kid", ""))))
    consumer = _json(files, "agreement.json")["consumer"]["did"]
    is_about = claims.get("agreementId") == manifest.get("agreementId") and claims.get("iss") == consumer
    if not is_about or claims.get("digests") != receipt["digests"]:
        yield Finding(
            "evidence/receipt", "the receipt is not the consumer's, or about something else", "/receipts.json"
        )


def _receipt_key(files: Files, source: str, kid: str) -> Mapping[str, Any]:
    if source == "did.json":
        document = decode(files[source])
        return did.key_for(did.read_did_document(files[source], str(document["id"])), kid, "assertionMethod")
    keys = _json(files, source)["keys"]
    name = next((name for name in keys if name == kid or name.endswith(f"#{kid.rpartition('#')[2]}")), None)
    if name is None:
        raise Invalid("evidence/key", f"partner.json has no key {kid[:200]}")
    found: Mapping[str, Any] = keys[name]
    return found


def _pinned(files: Files, pinned: Mapping[str, Any]) -> Iterator[Finding]:
    """The key in the package is one that the maker publishes."""
    own = decode(files["did.json"])
    published = did.read_did_document(pinned, str(own.get("id")))
    included = did.read_did_document(files["did.json"], str(own.get("id")))
    for name, jwk in included.keys.items():
        if published.keys.get(name) != jwk:
            yield Finding("evidence/key", f"the published DID document has not this key {name}", "/did.json")
