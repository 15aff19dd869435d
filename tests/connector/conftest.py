"""Makes `nodes` (real nodes inside the test's process) importable for the tests of services and doors."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
