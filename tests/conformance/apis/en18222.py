"""EN 18222 by the description beside us, at both listeners of a node that has one passport.

Not asked of an answer: whether it satisfies the description's schemas of a passport and of a data element. Both are a
`oneOf` of schemas that admit each other's documents, so that no document satisfies exactly one of them.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from connector.node import Node
from connector.records.offers import POLICY_DEFINITIONS, PolicyDefinition
from tests.conformance.apis import kit
from tests.conformance.results import Result
from tests.connector.nodes import settings_of
from tests.connector.passport_rig import CONTEXT, EXAMPLE

DESCRIPTION = kit.REFERENCE / "en18222" / "dpp-api.openapi.yaml"
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance")
EXAMPLES = 20
SCHEMAS = "a oneOf of schemas that admit each other's documents: no document satisfies exactly one"
REGISTRY = "RegisterProductDPP is the registry's own method; a node answers 501, which the description has"


def judge(result: Result) -> None:
    """Two runs: without a key at the public listener, with one at the management listener."""
    if not DESCRIPTION.is_file():
        result.absent.append("the description of EN 18222 (../shared/reference/en18222) is not on this machine")
        return
    result.set_aside += [
        {"case": "en18222: response_schema_conformance", "why": SCHEMAS},
        {"case": "en18222: POST /v1/registerDPP", "why": REGISTRY},
    ]
    with TemporaryDirectory() as folder:
        asyncio.run(_judged(result, Path(folder)))


async def _judged(result: Result, folder: Path) -> None:
    node = Node(settings_of("dpp", folder, bpn="BPNL00000075MFCT"))
    await node.start()
    try:
        key = await _seeded(node)
        for listener, url, headers in (
            ("public", node.settings.public.url, {}),
            ("management", node.settings.management.url, {"X-Api-Key": key}),
        ):
            said = await asyncio.to_thread(
                kit.run, _without_501(folder), url, headers=headers, checks=CHECKS, examples=EXAMPLES
            )
            result.judge(f"en18222 at the {listener} listener", [said] if said else [])
    finally:
        await node.stop()


def _without_501(folder: Path) -> Path:
    """The description without the registry's method, which answers 501 as it should."""
    text = DESCRIPTION.read_text("utf-8")
    start, end = text.index("  /v1/registerDPP:"), text.index("  /v1/dpps/{dppId}/elements/")
    file = folder / "en18222.yaml"
    file.write_text(text[:start] + text[end:], "utf-8")
    return file


async def _seeded(node: Node) -> str:
    from connector.notation.exact_json import decode

    for name in ("access", "usage"):
        record = PolicyDefinition(id=name, policy={"@type": "Set"}, created_at=node.clock.now())
        await node.store.write(lambda tx, record=record: tx.put(POLICY_DEFINITIONS, record))
    payload = decode(node.library.text(EXAMPLE))
    payload["identification"]["idDmc"] = "a code of the maker's own"
    await node.passports.publish(
        payload, actor="test", access_policy_id="access", usage_policy_id="usage", context=CONTEXT
    )
    return await node.keys.create("kit", "admin", actor="test")
