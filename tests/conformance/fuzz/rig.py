"""The nodes of the tests (`tests/connector/nodes.py`), for runs outside of pytest."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "connector"))

from nodes import agree, message, offer_asset, offer_of, open_space, start_transfer

__all__ = ["agree", "message", "offer_asset", "offer_of", "open_space", "start_transfer"]
