"""What is proved of a contract: both logs tell one story, a spoiled log is found, a package holds without any node."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nodes
import pytest
import pytest_asyncio
from nodes import Space

from connector.audit import comparison
from connector.cli.contracts import evidence_check, exported
from connector.dcp.did import did_document
from connector.notation.problems import Invalid, Refused
from connector.records.contracts import DELETION_RECEIPTS

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Told:
    """One exchange with everything in it, and both logs as they were exported afterwards."""

    def __init__(self, space: Space, agreement_id: str, maker: bytes, peer: bytes) -> None:
        self.space = space
        self.agreement_id = agreement_id
        self.maker = maker
        self.peer = peer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    """A contract, pulls good and bad, a retirement, a deletion and its receipt."""
    space = await nodes.open_space(tmp_path_factory.mktemp("evidence"))
    await nodes.offer_asset(space.maker, "pack")
    agreement_id = (await nodes.agree(space.peer, space.maker, "pack")).agreement_id
    transfer = await nodes.start_transfer(space.peer, space.maker, agreement_id)
    await space.peer.inventory.pull(transfer.id)
    await space.maker.transfers.suspend(transfer.provider_pid, "a pause")
    for node, pid in ((space.peer, transfer.id), (space.maker, transfer.provider_pid)):
        await nodes.transferred(node, pid, "SUSPENDED")
    await space.maker.transfers.resume(transfer.provider_pid)
    await nodes.transferred(space.peer, transfer.id, "STARTED")
    await space.peer.inventory.pull(transfer.id)
    agreement = await nodes.agreement_of(space.maker, agreement_id)
    assert agreement is not None
    await space.maker.retirements.retire(agreement_id, "recalled", actor="test")
    for _ in range(300):
        kept = await space.maker.store.read(lambda reader: reader.get(DELETION_RECEIPTS, agreement_id))
        if kept is not None and kept.jwt:
            break
        await asyncio.sleep(0.05)
    for node, pid in ((space.peer, transfer.id), (space.maker, transfer.provider_pid)):
        await nodes.transferred(node, pid, "TERMINATED")
    logs = [await node.audit_log.export() for node in (space.maker, space.peer)]
    yield Told(space, agreement_id, *logs)
    await space.close()


async def test_both_logs_tell_the_same_story(told: Told) -> None:
    ours, theirs = (exported.parse(raw, "x").entries for raw in (told.maker, told.peer))
    assert comparison.agreements_in(ours, theirs) == [told.agreement_id]
    story = comparison.story(ours, theirs, agreement_id=told.agreement_id)
    assert story is not None
    kinds = [(one.ours or {}).get("messageType") for one in story if one.key[0] == "messageId"]
    assert {"request", "agreement", "verification", "finalized", "start", "suspension", "termination"} <= set(kinds)
    assert sum(1 for one in story if one.key[0] == "pullId") == 2
    assert comparison.compare(ours, theirs, agreement_id=told.agreement_id) == []


async def test_a_refused_pull_is_told_alike(told: Told) -> None:
    space = told.space
    agreement_id = (await nodes.agree(space.peer, space.maker, "pack")).agreement_id
    transfer = await nodes.start_transfer(space.peer, space.maker, agreement_id)
    agreement = await nodes.agreement_of(space.maker, agreement_id)
    assert agreement is not None
    agreement.ended_at, agreement.ended_reason = space.maker.clock.now(), "over"
    await space.maker.store.write(lambda tx: tx.put(nodes.AGREEMENTS, agreement))
    with pytest.raises(Refused):
        await space.peer.inventory.pull(transfer.id)
    logs = [exported.parse(await node.audit_log.export(), "x").entries for node in (space.maker, space.peer)]
    story = comparison.story(*logs, agreement_id=agreement_id)
    (pull,) = [one for one in story or [] if one.key[0] == "pullId"]
    assert (pull.ours or {})["code"] == (pull.theirs or {})["code"] == "usage/agreement-ended"
    assert (pull.ours or {})["outcome"] == (pull.theirs or {})["outcome"] == "refused"
    assert comparison.compare(*logs, agreement_id=agreement_id) == []


def changed(raw: bytes, how: str) -> bytes:
    lines = raw.splitlines()
    middle = len(lines) // 2
    match how:
        case "edited":
            entry = json.loads(lines[middle])
            entry["actor"] = "somebody else"
            lines[middle] = json.dumps(entry).encode()
        case "cut":
            del lines[middle]
        case "cut off":
            lines = lines[:-3]
        case "reordered":
            lines[middle], lines[middle + 1] = lines[middle + 1], lines[middle]
    return b"\n".join(lines)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("edited", "audit/altered"),
        ("cut", "audit/gap"),
        ("cut off", "audit/truncated"),
        ("reordered", "audit/reordered"),
    ],
)
async def test_a_spoiled_export_is_found_and_the_place_named(told: Told, how: str, code: str) -> None:
    log = exported.parse(changed(told.maker, how), "maker.jsonl")
    found = exported.findings(log)
    assert code in [finding.code for finding in found]
    named = next(finding for finding in found if finding.code == code)
    assert any(digit.isdigit() for digit in named.message)
    assert not exported.verdict(log)["ok"]
    assert exported.verdict(exported.parse(told.maker, "maker.jsonl"))["ok"]


async def test_what_one_log_lacks_is_named(told: Told) -> None:
    ours, theirs = (exported.parse(raw, "x").entries for raw in (told.maker, told.peer))
    lost = next(one for one in theirs if one.event == "inventory.received")
    without = [one for one in theirs if one is not lost]
    (finding,) = comparison.compare(ours, without, agreement_id=told.agreement_id, names=("maker", "buyer"))
    assert finding.code == "audit/one-sided"
    assert lost.detail["pullId"] in finding.pointer
    assert finding.message.endswith("buyer has nothing of it")


def repacked(raw: bytes, name: str, change: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        files = {each: archive.read(each) for each in archive.namelist()}
    files[name] = change(files.get(name, b""))
    return files


async def package(told: Told, side: str, tmp_path: Path) -> tuple[Path, bytes]:
    raw = await getattr(told.space, side).desk.evidence.make(told.agreement_id)
    file = tmp_path / f"{side}.zip"
    file.write_bytes(raw)
    return file, raw


@pytest.mark.parametrize("side", ["maker", "peer"])
async def test_a_package_holds_offline(told: Told, side: str, tmp_path: Path) -> None:
    file, _ = await package(told, side, tmp_path)
    node = getattr(told.space, side)
    files = evidence_check.opened(file)
    published = did_document(
        node.settings.node.did, public_jwk=node.signer.public_jwk, key_id=node.signer.key_id, services={}
    )
    about, findings = evidence_check.verify(files, published)
    assert findings == []
    assert (about["agreementId"], about["madeBy"]) == (told.agreement_id, node.settings.node.did)
    receipt = json.loads(files["receipts.json"])["receipt"]
    assert receipt["role"] == ("received" if side == "maker" else "made")
    events = {json.loads(line)["entry"]["event"] for line in files["decisions.jsonl"].splitlines()}
    assert {"agreement.retired"} <= events
    other = told.space.anchor
    foreign = did_document(
        node.settings.node.did, public_jwk=other.signer.public_jwk, key_id=node.signer.key_id, services={}
    )
    assert [finding.code for finding in evidence_check.verify(files, foreign)[1]] == ["evidence/key"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("policy.json", "evidence/digest"),
        ("terms.txt", "evidence/digest"),
        ("decisions.jsonl", "evidence/digest"),
        ("receipts.json", "evidence/digest"),
        ("head.json", "evidence/digest"),
        ("manifest.json", "evidence/signature"),
        ("stranger.txt", "evidence/digest"),
    ],
)
async def test_any_change_of_a_package_is_found(told: Told, name: str, code: str, tmp_path: Path) -> None:
    _, raw = await package(told, "maker", tmp_path)
    about, findings = evidence_check.verify(repacked(raw, name, lambda old: old + b" "))
    assert code in [finding.code for finding in findings], findings
    assert about


async def test_what_is_no_package_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "no.zip"
    file.write_bytes(b"PK nonsense")
    with pytest.raises(Invalid):
        evidence_check.opened(file)
    assert [finding.code for finding in evidence_check.verify({})[1]] == ["evidence/missing"]
