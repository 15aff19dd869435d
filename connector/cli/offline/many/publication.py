"""Many passports in one run: judged or published, resumable, with one report of all findings."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from connector.cli import exits, screen
from connector.cli.offline import documents
from connector.cli.offline.many.records import Record
from connector.notation.exact_json import decode, encode, pretty
from connector.notation.findings import Finding, has_errors
from connector.notation.problems import Conflict, Invalid, PeerFailed, Problem, TooMany, Unauthenticated, Unavailable

FATAL: Final = (PeerFailed, Unavailable, Unauthenticated)
"""Problems that the next record would meet as well: the run stops, and goes on when it is called again."""
DONE: Final = ("published", "valid")


class Journal:
    """What was done with each record, a line each, written at once: a run that was killed goes on from there."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, Any]] = {}
        if file is not None and file.is_file():
            for line in documents.read_bytes(file).splitlines():
                self._take(line)

    def _take(self, line: bytes) -> None:
        """One line; the last may have been cut when the run was killed."""
        try:
            entry = decode(line)
        except Invalid:
            return
        if isinstance(entry, dict) and isinstance(entry.get("digest"), str):
            self._known[entry["digest"]] = entry

    def entry(self, digest: str) -> dict[str, Any]:
        """What is known of a record; empty for a new one."""
        return self._known.get(digest, {})

    def note(self, digest: str, **members: Any) -> None:
        """Keep what was done with a record."""
        entry = {"digest": digest, **members}
        with self._lock:
            self._known[digest] = entry
            if self._file is not None:
                with self._file.open("ab") as file:
                    file.write(encode(entry) + b"\n")
                    file.flush()


@dataclass(slots=True)
class Report:
    """The results of one run, in the order in which they came; what is only for information is counted by code.

    With `with_info` each such finding is kept too: some fifty kilobytes for a passport.
    """

    with_info: bool = False
    results: list[dict[str, Any]] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)

    def add(self, result: dict[str, Any]) -> None:
        """One more result."""
        findings = result.get("findings", [])
        self.codes.update(f"{one.get('severity', 'error')} {one['code']}" for one in findings)
        if not self.with_info and findings:
            told = Counter(one["code"] for one in findings if one.get("severity") == "info")
            kept = [one for one in findings if one.get("severity") != "info"]
            result = {**result, "findings": kept, "forInformation": dict(told)}
        self.results.append(result)

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        counts = Counter(result["result"] for result in self.results)
        return {"total": len(self.results), **counts, "codes": dict(self.codes.most_common()), "records": self.results}


Work = Callable[[Record], dict[str, Any]]


def run(
    records: Iterator[Record], work: Work, *, jobs: int, total: int, with_info: bool = False
) -> tuple[Report, Problem | None]:
    """Work on all records, `jobs` at a time, with a progress bar; the problem that stopped the run, if one did."""
    report = Report(with_info)
    with _progress(total) as advance, ThreadPoolExecutor(max_workers=jobs) as pool:
        pending: set[Future[dict[str, Any]]] = set()
        try:
            for record in records:
                pending.add(pool.submit(work, record))
                if len(pending) >= 2 * jobs:
                    pending = _gathered(pending, report, advance)
            while pending:
                pending = _gathered(pending, report, advance)
        except FATAL as problem:
            for future in pending:
                future.cancel()
            return report, problem
    return report, None


def _gathered(pending: set[Future[dict[str, Any]]], report: Report, advance: Callable[[], None]) -> set[Any]:
    done, left = wait(pending, return_when=FIRST_COMPLETED)
    for future in done:
        report.add(future.result())
        advance()
    return left


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar on a terminal, a line for every five hundred elsewhere."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    count = 0

    def plain() -> None:
        nonlocal count
        count += 1
        if count % 500 == 0:
            screen.show_progress(f"{count} of {total} passports")

    if not screen.ERR.is_terminal:
        yield plain
        return
    columns = (TextColumn("passports"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen.ERR) as bar:
        task = bar.add_task("passports", total=total)
        yield lambda: bar.advance(task)


def judging(judge: Callable[[Any, Mapping[str, Any]], list[Finding]]) -> Work:
    """Only judge: what a node would say."""

    def work(record: Record) -> dict[str, Any]:
        if record.problem is not None:
            return _refused(record, record.problem)
        try:
            findings = judge(record.payload, record.context)
        except Problem as problem:
            return _refused(record, problem)
        result = "refused" if has_errors(findings) else "valid"
        return {"record": record.name, "result": result, "findings": [one.as_dict() for one in findings]}

    return work


def publishing(publish: Callable[[Record, str], dict[str, Any]], journal: Journal) -> Work:
    """Publish, unless the journal says that it is done. `publish` gets the record and its globalAssetId."""

    def work(record: Record) -> dict[str, Any]:
        if record.problem is not None:
            return _refused(record, record.problem)
        known = journal.entry(record.digest)
        if known.get("result") == "published":
            return {"record": record.name, "result": "skipped", "unit": known.get("unit", "")}
        asset = known.get("asset") or f"urn:uuid:{uuid.uuid4()}"
        journal.note(record.digest, result="begun", asset=asset, record=record.name)
        try:
            made = _patiently(lambda: publish(record, asset))
        except Conflict as problem:
            if not (known and problem.code == "passport/exists"):
                return _refused(record, problem)
            made = {}  # the run before was killed after the node had stored it
        except FATAL:
            raise
        except Problem as problem:
            return _refused(record, problem)
        unit = made.get("unitId", "")
        journal.note(record.digest, result="published", asset=asset, unit=unit, record=record.name)
        return {"record": record.name, "result": "published", "unit": unit, "findings": made.get("findings", [])}

    return work


def _patiently(publish: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Try again where the node asks for patience."""
    import time

    for pause in (0.5, 1.0, 2.0, 4.0, 8.0):
        try:
            return publish()
        except TooMany:
            time.sleep(pause)
    return publish()


def _refused(record: Record, problem: Problem) -> dict[str, Any]:
    said = problem.as_dict()
    findings = said.get("findings") or [{"code": problem.code, "message": problem.detail, "severity": "error"}]
    return {
        "record": record.name,
        "result": "refused",
        "code": problem.code,
        "reason": problem.detail,
        "findings": findings,
    }


def tell(report: Report, stopped: Problem | None, *, file: Path | None, as_json: bool) -> int:
    """The report into `file` or on stdout, and how it ended; the exit status."""
    told = report.as_dict()
    if file is not None:
        documents.write(file, (pretty(told) + "\n").encode())
    if as_json:
        screen.show_json(told)
    else:
        _show(report, told, file)
    if stopped is not None:
        screen.show_problem(stopped)
        screen.show_progress("stopped: the same command goes on where it was")
        return exits.status_of(stopped)
    return exits.FINDINGS if told.get("refused") else exits.DONE


def _show(report: Report, told: dict[str, Any], file: Path | None) -> None:
    for result in [one for one in report.results if one["result"] == "refused"][:20]:
        errors = [one for one in result["findings"] if one.get("severity", "error") == "error"]
        first = errors[0] if errors else {"message": result.get("reason", ""), "code": result.get("code", "")}
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        where = first.get("pointer", "")
        screen.show_progress(f"{result['record']}: {where} {first['message']} [{first['code']}]{more}")
    for name, count in report.codes.most_common(20):
        screen.show_progress(f"{count} x {name}")
    counts = ", ".join(
        f"{told[name]} {name}" for name in ("published", "valid", "skipped", "refused") if told.get(name)
    )
    screen.show_text(f"{told['total']} passports: {counts or 'nothing there'}{f'; report in {file}' if file else ''}")
