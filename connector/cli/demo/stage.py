"""What the steps of the demo share: the parties, and what earlier steps found."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connector.adapters.library import FolderLibrary
from connector.cli.demo.parties import Parties

MANUFACTURER_BPN = "BPNL00000075MFCT"
PEER_BPN = "BPNL00000067CELL"
STRANGER_BPN = "BPNL0000000STRNG"

PACK_PART = "ION-E75"
CELL_PART = "CELL-67AH"
CELLS = 300
DPP = "cx.circular.dpp:1"
PCF = "cx.pcf.base:1"


@dataclass(slots=True)
class Stage:
    """State of one run."""

    parties: Parties
    out: Path
    is_quiet: bool = False
    library: FolderLibrary = field(default_factory=FolderLibrary)
    unit_id: str = ""
    unit_url: str = ""
    dataset_id: str = ""
    dataset: dict[str, Any] = field(default_factory=dict)
    agreement_id: str = ""
    transfer_id: str = ""
    cell_request: str = ""
    roll_up: dict[str, Any] = field(default_factory=dict)
    region: dict[str, Any] = field(default_factory=dict)
