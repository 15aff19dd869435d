"""The AAS HTTP API (Part 2, V3.1) for the owner: repositories, single services, registry, discovery, packages.

The paths stand below `/api/v3` (and `/api/v3.0`) of the management listener. Beside the repositories' paths, each shell
and each submodel is a service of its own: `/shells/{id}` is the base address of `/aas`, `/submodels/{id}` that of
`/submodel`. What Part 2 names and this node does not offer is answered with 501.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from connector.services.passports.shells import Shells
from connector.services.passports.shells.shells import PROFILE, REGISTRY_PROFILES
from connector.web.aas import forms
from connector.web.aas.environments import EnvironmentDoor
from connector.web.aas.registry import RegistryDoor
from connector.web.aas.shells import SHELL_PROFILES, ShellDoor
from connector.web.aas.submodels import SubmodelDoor
from connector.web.management.access import permitted

PROFILES: Final = (
    *(
        f"{PROFILE}{minor}/{name}ServiceSpecification/SSP-{number}"
        for minor in "10"
        for name in ("SubmodelRepository", "AssetAdministrationShellRepository")
        for number in ("001", "002")
    ),
    f"{PROFILE}1/ConceptDescriptionRepositoryServiceSpecification/SSP-001",
    f"{PROFILE}0/ConceptDescriptionServiceSpecification/SSP-001",
    *(f"{PROFILE}{minor}/AasxFileServerServiceSpecification/SSP-001" for minor in "10"),
    *(f"{PROFILE}{minor}/AssetAdministrationShellRegistryServiceSpecification/SSP-001" for minor in "10"),
    *REGISTRY_PROFILES,
)
"""What is whole at the root."""

PREFIXES: Final = ("/api/v3", "/api/v3.0")

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""The methods of Part 2; any other is answered with 405."""

ROOTS: Final = (
    "shells|submodels|shell-descriptors|submodel-descriptors|lookup|concept-descriptions|packages|query|bulk"
    "|serialization"
)
"""First segments of the paths of Part 2: what is not answered below them is not offered, not unknown."""

UPLOAD_BYTES: Final = 2 * 1024 * 1024 * 1024


class AasDoor:
    """Routes below the prefixes of the API, whose error form is `forms.error_form`.

    `upload_bytes` bounds a package, a thumbnail and an attachment.
    """

    def __init__(self, shells: Shells, upload_bytes: int = UPLOAD_BYTES) -> None:
        self._shells = shells
        submodels = SubmodelDoor(shells, upload_bytes)
        self._doors = (
            submodels,
            ShellDoor(shells, submodels, upload_bytes),
            EnvironmentDoor(shells, upload_bytes),
            RegistryDoor(shells),
        )

    def routes(self) -> list[web.RouteDef]:
        """Every path below every prefix. They stand in the listener itself: a sub-application would look twice."""
        return [
            web.route(route.method, prefix + route.path, route.handler)
            for prefix in PREFIXES
            for route in self._routes()
        ]

    def _routes(self) -> list[web.RouteDef]:
        """The most asked first; the last answers for what is not offered."""
        return [
            *(route for door in self._doors for route in door.routes()),
            web.get("/description", self._description),
            *(web.route(method, f"/{{root:{ROOTS}}}" + "{rest:(?:/.*)?}", self._not_offered) for method in METHODS),
        ]

    async def _description(self, _: web.Request) -> web.Response:
        return forms.json({"profiles": list(PROFILES)})

    @permitted("read")
    async def _not_offered(self, request: web.Request) -> web.Response:
        raise web.HTTPNotImplemented


__all__ = ["METHODS", "PROFILES", "SHELL_PROFILES", "UPLOAD_BYTES", "AasDoor"]
