"""The SDK's calls, one case each, as JSON lines. Run by a Python that has `tractusx-sdk`: `flow.py world.json`.

The releases `saturn` (Dataspace Protocol 2025-1) and `jupiter` are both played: provide, browse, negotiate, get.
"""

from __future__ import annotations

import json
import logging
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tractusx_sdk.dataspace.services.connector import ServiceFactory

WORLD = json.loads(Path(sys.argv[1]).read_text("utf-8"))
EDC = "https://w3id.org/edc/v0.0.1/ns/"
PROTOCOLS = {"saturn": "dataspace-protocol-http:2025-1", "jupiter": "dataspace-protocol-http"}
QUIET = logging.getLogger("quiet")
QUIET.setLevel(logging.ERROR)


def case(name: str, step: Callable[[], Any]) -> Any:
    """Take a step, and say how it went; what it gives."""
    try:
        found = step()
    except Exception as error:
        print(json.dumps({"case": name, "ok": False, "why": f"{type(error).__name__}: {error}"[:600]}), flush=True)
        return None
    print(json.dumps({"case": name, "ok": True, "why": ""}), flush=True)
    return found


def check(holds: bool, why: Any) -> None:
    """Raise AssertionError where it does not hold."""
    if not holds:
        raise AssertionError(str(why)[:500])


def headers(party: dict[str, str]) -> dict[str, str]:
    """The key of a node."""
    return {"X-Api-Key": party["key"], "Content-Type": "application/json"}


def service(kind: Callable[..., Any], party: dict[str, str], release: str, **more: Any) -> Any:
    """A service of the SDK for a node."""
    return kind(
        dataspace_version=release,
        base_url=party["management"],
        dma_path="/management",
        headers=headers(party),
        logger=QUIET,
        verbose=False,
        **more,
    )


def play(release: str) -> None:
    """Everything with one release."""
    maker, peer = WORLD["provider"], WORLD["consumer"]
    provider = case(
        f"{release}: provider service", lambda: service(ServiceFactory.get_connector_provider_service, maker, release)
    )
    consumer = case(
        f"{release}: consumer service", lambda: service(ServiceFactory.get_connector_consumer_service, peer, release)
    )
    if provider is None or consumer is None:
        return
    name = f"{release}-{uuid.uuid4().hex[:8]}"
    provide(release, provider, name)
    consume(release, consumer, maker, name)


def provide(release: str, provider: Any, name: str) -> None:
    """Asset, policies, contract definition; found again."""
    case(
        f"{release}: create_asset",
        lambda: provider.create_asset(
            asset_id=name,
            base_url=f"{WORLD['backend']}/{name}",
            dct_type="https://w3id.org/catenax/taxonomy#Submodel",
            headers={"X-Own": "open"},
        ),
    )
    for kind in ("access", "usage"):
        rules = WORLD[kind]["permission"]
        case(
            f"{release}: create_policy ({kind})",
            lambda kind=kind, rules=rules: provider.create_policy(
                policy_id=f"{kind}-{name}", context=WORLD[kind]["@context"], permissions=rules
            ),
        )
    case(
        f"{release}: create_contract",
        lambda: provider.create_contract(
            contract_id=f"d-{name}",
            usage_policy_id=f"usage-{name}",
            access_policy_id=f"access-{name}",
            asset_id=name,
        ),
    )

    def shown() -> None:
        answer = provider.assets.get_by_id(name)
        check(answer.status_code == 200 and answer.json()["@id"] == name, answer.text)
        found = provider.assets.get_all()
        check(found.status_code == 200 and any(one["@id"] == name for one in found.json()), found.text)

    case(f"{release}: assets shown, an empty body asks for all", shown)


def consume(release: str, consumer: Any, maker: dict[str, str], name: str) -> None:
    """Catalog, contract, transfer and the bytes."""
    protocol = PROTOCOLS[release]
    by_id = [consumer.get_filter_expression(key=f"{EDC}id", value=name)]

    def browsed() -> None:
        found = consumer.get_catalog_by_asset_id(
            counter_party_id=maker["did"], counter_party_address=maker["protocol"], asset_id=name
        )
        datasets = found.get("dataset", found.get("dcat:dataset"))
        datasets = datasets if isinstance(datasets, list) else [datasets]
        check([one["@id"] for one in datasets] == [name], found)
        policy = datasets[0].get("hasPolicy", datasets[0].get("odrl:hasPolicy"))
        policy = policy[0] if isinstance(policy, list) else policy
        allowed.update({key: value for key, value in policy.items() if not key.startswith("@")})

    allowed: dict[str, Any] = {}
    case(f"{release}: get_catalog_by_asset_id", browsed)

    def got() -> None:
        answer = consumer.do_get(
            counter_party_id=maker["did"],
            counter_party_address=maker["protocol"],
            filter_expression=by_id,
            path="/a/path",
            policies=None if release == "saturn" else [allowed],  # jupiter's own None does not work
            protocol=protocol,
        )
        check(answer.status_code == 200, answer.text)
        check(answer.text == f"the bytes of /{name}/a/path", answer.text)

    case(f"{release}: do_get: catalog, contract, transfer, data", got)
    if release == "saturn":

        def discovered() -> None:
            found = consumer.get_discovery_info(bpnl=maker["did"], counter_party_address=maker["root"])
            check(found == (maker["protocol"], maker["did"], protocol), found)

        case(f"{release}: get_discovery_info", discovered)


for each in PROTOCOLS:
    play(each)
