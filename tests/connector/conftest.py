"""Makes `nodes` (real nodes inside the test's process) importable for the tests of services and doors, and `stores`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stores import (  # noqa: F401
    open_store,
    postgresql_cluster,
    postgresql_template,
    postgresql_url,
    sqlite_template,
    store,
    store_url,
)
