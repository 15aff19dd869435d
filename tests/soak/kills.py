"""Exchanges between two processes, of which one is killed (SIGKILL): `python -m tests.soak.kills`; prints its seed.

Half of the kills come after the commit of a chosen state (the node's own fault hook), half at a random moment. Whoever
was killed is started again; at the end both sides must say the same of every exchange, once, and both logs must verify.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from connector.cli.demo.parties import NotReady, Party
from connector.notation.problems import Problem
from tests.conformance.clients import world
from tests.conformance.results import Result

STATES: Final = {
    "provider": ("AGREEING", "FINALIZING", "STARTING"),
    "consumer": ("REQUESTING", "VERIFYING", "COMPLETING"),
}
V3: Final = "/management/v3"
EDC: Final = {"@vocab": "https://w3id.org/edc/v0.0.1/ns/"}
PATIENCE: Final = 90.0
"""Seconds that one exchange may take with all its deaths."""
OVER: Final = ("FINALIZED", "COMPLETED", "TERMINATED")


@dataclass
class Exchanges:
    """Two participants, and what was done to them."""

    parties: dict[str, Party]
    choose: random.Random
    most: int
    kills: int = 0
    done: int = 0
    armed: str = ""
    timers: list[threading.Timer] = field(default_factory=list)

    def revive(self) -> None:
        """Start whoever is dead, with the next death in mind."""
        for name in ("provider", "consumer"):
            party = self.parties[name]
            if party.process is not None and party.process.poll() is not None:
                self.kills += 1
                fault = {}
                if self.kills < self.most and self.choose.random() < 0.5:
                    fault = {"IONPORT_NODE__UNSAFE_FAULT": f"after-commit:{self.choose.choice(STATES[name])}"}
                party.start(IONPORT_NODE__LOG_LEVEL="error", **fault)
                self.armed = name if fault else ""
                with contextlib.suppress(NotReady):  # it may be killed again before it is ready
                    party.wait_ready()

    def threaten(self) -> None:
        """Where no fault is set, kill one at a random moment from now."""
        if not self.armed and self.kills < self.most:
            party = self.parties[self.choose.choice(("provider", "consumer"))]
            timer = threading.Timer(self.choose.uniform(0.0, 0.25), party.kill)
            timer.start()
            self.timers.append(timer)

    def calm(self) -> None:
        """Let no timer outlive an exchange."""
        for timer in self.timers:
            timer.join()
        self.timers.clear()

    def must(self, step: Callable[[], Any], end: float) -> Any:
        """What `step` gives, once it gives something; the dead are revived meanwhile."""
        while time.monotonic() < end:
            try:
                found = step()
                if found:
                    return found
            except Problem as problem:
                if problem.code not in ("cli/unreachable", "cli/timeout") and not problem.code.startswith("peer/"):
                    raise
            self.revive()
            time.sleep(0.02)
        raise AssertionError("an exchange did not come to its end")

    def call(self, name: str, method: str, path: str, body: Any = None) -> Any:
        """A management call of a participant."""
        return self.parties[name].target.call(method, path, body, timeout=10.0)

    # --- one exchange

    def exchange(self, offer: dict[str, Any]) -> None:
        """From request to COMPLETED at both ends; each step is taken once, whoever dies."""
        end = time.monotonic() + PATIENCE
        negotiation = self._once("contractnegotiations", lambda: self._negotiate(offer), end)
        record = self.must(lambda: self._in(f"contractnegotiations/{negotiation}", "FINALIZED"), end)
        transfer = self._once("transferprocesses", lambda: self._transfer(record["contractAgreementId"]), end)
        self.must(lambda: self._in(f"transferprocesses/{transfer}", "STARTED", "COMPLETED"), end)
        self.must(lambda: self._completed(transfer), end)
        self.calm()
        self.must(lambda: self._agree("contractnegotiations", negotiation, "FINALIZED"), end)
        self.must(lambda: self._agree("transferprocesses", transfer, "COMPLETED"), end)
        self.done += 1

    def _once(self, kind: str, ask: Callable[[], Any], end: float) -> str:
        """The id of a new process; asked for again only where it was not kept."""
        known = self.must(lambda: (self._ids("consumer", kind),), end)[0]
        self.threaten()

        def begin() -> str:
            new = self._ids("consumer", kind) - known
            if not new:
                ask()
                new = self._ids("consumer", kind) - known
            assert len(new) == 1, f"{kind}: {new}"
            return new.pop()

        found: str = self.must(begin, end)
        return found

    def _ids(self, name: str, kind: str) -> set[str]:
        found = self.call(name, "POST", f"{V3}/{kind}/request", {"@context": EDC, "limit": 10_000})
        return {one["@id"] for one in found}

    def _negotiate(self, offer: dict[str, Any]) -> None:
        did = self.parties["provider"].did
        asked = {"counterPartyId": did, "counterPartyAddress": self.parties["provider"].settings.dsp_url}
        policy = {**offer, "assigner": did, "target": "asset"}
        body = {"@context": EDC, "@type": "ContractRequest", **asked, "policy": policy}
        self.call("consumer", "POST", f"{V3}/contractnegotiations", body)

    def _transfer(self, agreement_id: str) -> None:
        body = {
            "@context": EDC,
            "@type": "TransferRequest",
            "contractId": agreement_id,
            "transferType": "HttpData-PULL",
        }
        self.call("consumer", "POST", f"{V3}/transferprocesses", body)

    def _in(self, path: str, *states: str) -> Any:
        record = self.call("consumer", "GET", f"{V3}/{path}")
        assert record["state"] in states or record["state"] not in OVER, record
        return record if record["state"] in states else None

    def _completed(self, transfer: str) -> Any:
        record = self._in(f"transferprocesses/{transfer}", "STARTED", "COMPLETED", "COMPLETING")
        if record and record["state"] == "STARTED":
            self.call("consumer", "POST", f"/api/transfers/{transfer}/complete")
        return record if record and record["state"] == "COMPLETED" else None

    def _agree(self, kind: str, own_pid: str, state: str) -> bool:
        """Whether the provider has the one counterpart, in the same state."""
        criterion = {"operandLeft": "correlationId", "operator": "=", "operandRight": own_pid}
        body = {"@context": EDC, "filterExpression": [criterion]}
        found = self.call("provider", "POST", f"{V3}/{kind}/request", body)
        assert len(found) == 1, f"{len(found)} at the provider for one of {kind} at the consumer"
        assert found[0]["state"] == state or found[0]["state"] not in OVER, found
        return bool(found[0]["state"] == state)

    def judge(self) -> list[str]:
        """What is wrong at the end."""
        problems = []
        for name in ("provider", "consumer"):
            verified = self.call(name, "GET", "/api/audit/verify")
            if verified["ok"] is not True:
                problems.append(f"the log of the {name} does not verify: {verified}")
            for kind in ("contractnegotiations", "transferprocesses"):
                count = len(self._ids(name, kind))
                if count != self.done:
                    problems.append(f"{count} {kind} at the {name}, {self.done} exchanges")
        return problems


def offered(parties: dict[str, Party], backend: str) -> dict[str, Any]:
    """The provider's one dataset on offer; its offer as the consumer sees it."""
    said, provider = world.description(parties, backend, ""), parties["provider"].target
    address = {"type": "HttpData", "baseUrl": backend}
    provider.call("POST", f"{V3}/assets", {"@context": EDC, "@id": "asset", "properties": {}, "dataAddress": address})
    for name in ("access", "usage"):
        provider.call("POST", f"{V3}/policydefinitions", {"@context": EDC, "@id": name, "policy": said[name]})
    policies = {"accessPolicyId": "access", "contractPolicyId": "usage"}
    definition = {"@context": EDC, "@id": "all", **policies, "assetsSelector": []}
    provider.call("POST", f"{V3}/contractdefinitions", definition)
    asked = {"@context": EDC, "@id": "asset", "counterPartyId": parties["provider"].did}
    dataset = parties["consumer"].target.call("POST", f"{V3}/catalog/dataset/request", asked)
    policy = dataset.get("hasPolicy", dataset.get("odrl:hasPolicy"))
    found: dict[str, Any] = policy[0] if isinstance(policy, list) else policy
    return found


def main() -> int:
    """Kill until it is enough; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=400.0, help="no new exchange after so many seconds")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    begun, result = time.monotonic(), Result()
    with (
        tempfile.TemporaryDirectory(prefix="ionport-kills-") as folder,
        world.backend() as backend,
        world.opened(Path(folder), IONPORT_NODE__LOG_LEVEL="error") as parties,
    ):
        run = Exchanges(parties, random.Random(asked.seed), asked.kills)
        try:
            offer = offered(parties, backend)
            while run.kills < asked.kills and time.monotonic() - begun < asked.seconds:
                run.exchange(offer)
            problems = run.judge()
        except AssertionError as error:
            problems = [f"seed {asked.seed}, after {run.kills} kills: {error}"]
        finally:
            run.calm()
    if run.kills < min(asked.kills, 10):
        problems.append(f"only {run.kills} kills within {asked.seconds:g} s")
    said = f"{run.kills} kills in {run.done} exchanges: both sides alike, none lost, none doubled (seed {asked.seed})"
    result.judge(said, problems)
    result.seconds = round(time.monotonic() - begun, 1)
    return result.write("kills")


if __name__ == "__main__":
    sys.exit(main())
