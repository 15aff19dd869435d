"""The properties file of the kit: who is under test, where, and which ids stand for which test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.conformance.dsp.script import SCRIPT

DEFINITION: Final = "CD123"
"""The contract definition in the offer ids that the kit sends: it writes one of them itself, so the name is fixed."""
VERSION: Final = "456"
CATALOG_TESTS: Final = ("CAT0101", "CAT0102", "CAT0103")
ABSENT_DATASET: Final = "CAT0103"
"""The dataset that must not be there."""
PREFIXES: Final = {"ACNC": "CN_C", "ACN": "CN", "ATPC": "TP_C", "ATP": "TP"}
"""How an id of the script begins -> how the names of its tests begin, the longer one first."""


@dataclass(frozen=True, slots=True)
class Target:
    """The connector under test, as the kit is told of it; `kit_address` is where the kit itself listens."""

    participant: str
    protocol: str
    root: str
    authorization: str
    negotiation_trigger: str
    transfer_trigger: str
    kit_port: int
    wait_seconds: int = 10


def text(target: Target) -> str:
    """The whole file."""
    prefix = "dataspacetck."
    settings = {
        "ansi": "false",
        "debug": "false",
        "port": target.kit_port,
        "host": "0.0.0.0",
        "callback.address": f"http://localhost:{target.kit_port}",
        "dsp.local.connector": "false",
        "dsp.default.wait": target.wait_seconds,
        "dsp.connector.agent.id": target.participant,
        "dsp.connector.http.url": target.protocol,
        "dsp.connector.http.base.url": target.root,
        "dsp.connector.http.headers.authorization": target.authorization,
        "dsp.connector.negotiation.initiate.url": target.negotiation_trigger,
        "dsp.connector.transfer.initiate.url": target.transfer_trigger,
    }
    lines = [f"{prefix}{name}={value}" for name, value in settings.items()]
    for each in (*CATALOG_TESTS, *SCRIPT):
        lines += _of_test(each)
    lines += _of_test("ATPC0104", "TP_C_01_05")
    return "\n".join(lines) + "\n"


def offer_id(dataset: str) -> str:
    """The id of the offer of a dataset, unencoded as the kit wants it."""
    return f"{DEFINITION}:{dataset}:{VERSION}"


def _of_test(own_id: str, test: str = "") -> list[str]:
    """The lines of the test that an id belongs to."""
    if own_id in CATALOG_TESTS:
        return [f"CAT_{own_id[3:5]}_{own_id[5:]}_DATASETID={own_id}"]
    start = next(start for start in PREFIXES if own_id.startswith(start))
    test = test or f"{PREFIXES[start]}_{own_id[-4:-2]}_{own_id[-2:]}"
    if start.startswith("ATP"):
        return [f"{test}_AGREEMENTID={own_id}", f"{test}_FORMAT=HttpData-PULL"]
    offer = [f"{test}_OFFERID={offer_id(own_id)}"] if start == "ACN" else []
    return [f"{test}_DATASETID={own_id}", *offer]
