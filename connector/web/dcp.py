"""Identity's door: the DID document, our credential service, the issuer's status list (DCP 1.0, did:web)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from connector.dcp.did import did_document
from connector.services.contracts.clearing import SERVICE
from connector.services.exchange.ending.notices import CONTRACT_SERVICE
from connector.services.identity.identity import Identity
from connector.services.identity.issuer import STATUS_PATH, Issuer
from connector.services.identity.wallet import Wallet
from connector.web import answers
from connector.web.bodies import read_bytes


class DcpDoor:
    """Routes `/<name>/did.json` and below `/dcp`."""

    def __init__(
        self,
        *,
        identity: Identity,
        wallet: Wallet,
        issuer: Issuer | None,
        name: str,
        public_url: str,
        is_clearing_house: bool = False,
    ) -> None:
        self._wallet = wallet
        self._issuer = issuer
        self._name = name
        services = {
            "CredentialService": f"{public_url}/dcp",
            "DataService": f"{public_url}/dsp/.well-known/dspace-version",
            CONTRACT_SERVICE: f"{public_url}/contracts",
        }
        if is_clearing_house:
            services[SERVICE] = f"{public_url}/clearing"
        if issuer is not None:
            services["IssuerService"] = f"{public_url}/dcp/issuer"
        self._document: dict[str, Any] = did_document(
            identity.own.did,
            public_jwk=identity.signer.public_jwk,
            key_id=identity.signer.key_id,
            services=services,
        )

    def routes(self) -> list[web.RouteDef]:
        """The DID document and the status list are open; all else wants a token."""
        found = [
            web.get(f"/{self._name}/did.json", self._did),
            web.post("/dcp/presentations/query", self._present),
            web.post("/dcp/credentials", self._receive),
        ]
        if self._issuer is not None:
            found.append(web.get(STATUS_PATH, self._status_list))
        return found

    async def _did(self, _: web.Request) -> web.Response:
        return answers.json(self._document, headers={"Cache-Control": "max-age=60"})

    async def _present(self, request: web.Request) -> web.Response:
        body = await read_bytes(request)
        return answers.json(await self._wallet.present(request.headers.get("Authorization"), body))

    async def _receive(self, request: web.Request) -> web.Response:
        await self._wallet.receive(request.headers.get("Authorization"), await read_bytes(request))
        return web.Response()

    async def _status_list(self, _: web.Request) -> web.Response:
        assert self._issuer is not None
        jwt = await self._issuer.status_list()
        return web.Response(text=jwt, content_type="application/vc+jwt", headers={"Cache-Control": "no-cache"})
