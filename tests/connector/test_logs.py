"""Log lines: JSON on stderr, whoever writes them."""

import json
import subprocess
import sys

PROGRAM = """
import logging, structlog
from decimal import Decimal
from connector import logs
logs.configure("info")
log = structlog.get_logger("x")
log.debug("hidden")
log.info("shown", amount=Decimal("0.10"), nested={"a": [1, object]}, text="\\ud800 \\u6f22", none=None)
logging.getLogger("other").info("hidden too")
logging.getLogger("other").warning("from a %s", "library")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed")
    logging.getLogger("other").exception("failed there")
"""


def test_every_line_is_json_with_level_and_time() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["shown", "from a library", "failed", "failed there"]
    assert [line["level"] for line in lines] == ["info", "warning", "error", "error"]
    assert all(line["timestamp"].endswith("Z") for line in lines)
    assert lines[0]["amount"] == "0.10"
    assert lines[0]["nested"]["a"][0] == 1
    assert lines[0]["text"] == "\ud800 \u6f22"
    assert "ZeroDivisionError" in lines[2]["exception"]
    assert "ZeroDivisionError" in lines[3]["exception"]
