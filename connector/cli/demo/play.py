"""The play: make the parties, start them, go through the steps, tell what was seen, leave nothing behind."""

from __future__ import annotations

import contextlib
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from connector.cli.demo import contracts, footprints, passports, proofs, setup
from connector.cli.demo.parties import Parties, make
from connector.cli.demo.report import Report
from connector.cli.demo.stage import MANUFACTURER_BPN, PEER_BPN, Stage
from connector.cli.exits import DONE, FINDINGS
from connector.cli.screen import OUT, show_json

STEPS: tuple[tuple[str, Callable[[Stage], str]], ...] = (
    ("publish", passports.publish),
    ("browse", contracts.browse),
    ("refused", contracts.refused),
    ("agreed", contracts.agreed),
    ("transfer", contracts.transferred),
    ("footprint in", footprints.asked_of_region),
    ("footprint out", footprints.asked_by_region),
    ("use it", footprints.used),
    ("scan", passports.scanned),
    ("reading", passports.read),
    ("end", contracts.ended),
    ("prove", proofs.proved),
    ("crash", contracts.crashed),
)


def run(keep: bool = False, out: Path = Path("build/demo"), as_json: bool = False) -> int:
    """Play the whole demo; 0 only if every step held. `keep` leaves the nodes up."""
    report = Report(quiet=as_json)
    out.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="nodes-", dir=out)).resolve()
    parties: Parties | None = None
    try:
        with _ending_at_signals():
            if not as_json:
                OUT.print(f"[bold]Ionport demo[/] in {folder}")
            parties = make(folder, manufacturer_bpn=MANUFACTURER_BPN, peer_bpn=PEER_BPN)
            stage = Stage(parties, out, is_quiet=as_json)
            if report.prepare("start", lambda: _start(stage)):
                for name, step in STEPS:
                    report.play(name, lambda step=step: step(stage))  # type: ignore[misc]
    finally:
        keep = keep and report.ok
        if parties is not None and not keep:
            for party in parties.all():
                party.stop()
        if not keep and report.ok:
            shutil.rmtree(folder, ignore_errors=True)
        written = report.write(out)
    if as_json:
        show_json(report.as_dict())
    else:
        OUT.print(report.table())
        OUT.print(f"report: {written}" if report.ok else f"report: {written}; logs: {folder}/*/node.log")
        if keep and parties is not None:
            _show_kept(parties, stage)
    return DONE if report.ok else FINDINGS


def _start(stage: Stage) -> str:
    """All nodes up, then what participants set up once."""
    began = time.perf_counter()
    for party in stage.parties.all():
        party.start()
    for party in stage.parties.all():
        party.wait_ready()
    up = time.perf_counter() - began
    setup.prepare(stage)
    names = ", ".join(f"{party.name} {party.settings.public.url}" for party in stage.parties.all())
    return f"4 nodes up in {up:.2f} s: {names}; credentials, policies and footprint assets in place"


@contextlib.contextmanager
def _ending_at_signals() -> Iterator[None]:
    """SIGTERM ends the play as Ctrl-C does, so that no process is left behind."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _show_kept(parties: Parties, stage: Stage) -> None:
    """Where everyone is, and what one would try next."""
    for party in parties.all():
        OUT.print(f"{party.name:13} public {party.settings.public.url}  management {party.settings.management.url}")
        OUT.print(f"{'':13} {party.did}  folder {party.folder}  pid {party.process.pid if party.process else '-'}")
    ionport = Path(sys.executable).with_name("ionport")
    OUT.print("\nThe nodes stay up. Try:", style="bold")
    OUT.print(f"  curl {stage.unit_url}")
    OUT.print(f"  {ionport} catalog {parties.manufacturer.did} --node {parties.peer.folder}", soft_wrap=True)
    OUT.print(f"  {ionport} audit show --node {parties.manufacturer.folder}", soft_wrap=True)
    OUT.print(f"\nEnd them: kill {' '.join(str(party.process.pid) for party in parties.all() if party.process)}")
