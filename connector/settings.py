"""A node's configuration: `ionport.toml`, checked; secrets come from files or the environment, never from it."""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from connector.notation.findings import Finding
from connector.notation.problems import Invalid

FILE_NAME = "ionport.toml"
ENVIRONMENT_PREFIX = "IONPORT_"
_DID_WEB = re.compile(r"did:web:[A-Za-z0-9.%:_-]+", re.ASCII)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _networks(given: list[str]) -> list[str]:
    for each in given:
        ipaddress.ip_network(each)
    return given


class NodeSettings(_Table):
    """Who this node is."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$", description="short name, the last part of the DID")
    did: str = Field(pattern=r"^[!-~]{1,2048}$", description="the participant's did:web")
    bpn: str = Field(default="", pattern=r"^(BPNL[0-9A-Z]{12})?$", description="business partner number, if any")
    profile: Literal["catena-x", "ouranos"] = Field(default="catena-x", description="the space behind this node")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    unsafe_fault: str = Field(
        default="",
        pattern=r"^(after-commit:[A-Z]+)?$",
        description="die by SIGKILL after committing this state (tests)",
    )


class ListenerSettings(_Table):
    """One listener: where it binds, and the address that others use."""

    bind: list[str] = Field(default=["127.0.0.1", "::1"], description="addresses to listen on")
    port: int = Field(ge=1, le=65535)
    address: str = Field(default="", description="address as others see it; default http(s)://localhost:<port>")
    certificate: str = Field(default="", description="TLS certificate chain (PEM), relative to this file; empty: http")
    private_key: str = Field(default="", description="the certificate's private key (PEM)")

    @property
    def url(self) -> str:
        """The address without a trailing slash."""
        scheme = "https" if self.certificate else "http"
        return (self.address or f"{scheme}://localhost:{self.port}").rstrip("/")


class StoreSettings(_Table):
    """Where records are kept."""

    url: str = Field(default="", description="SQLAlchemy URL; default: SQLite file `ionport.sqlite` beside this file")
    content: str = Field(default="content", description="folder of received bytes, relative to this file")


class IdentitySettings(_Table):
    """Whom this node believes, and with which key it signs."""

    key_file: str = Field(default="key.pem", description="P-256 private key (PEM, mode 0600); made if missing")
    trusted_issuers: list[str] = Field(default=[], description="DIDs whose credentials are believed")
    status_max_age: int = Field(default=60, ge=0, le=60, description="seconds that a status list may be old")
    unsafe_did_web_http: bool = Field(default=False, description="resolve did:web over http (tests on one machine)")
    unsafe_mock_identity: bool = Field(
        default=False, description="believe whoever a message names, as EDC's mock does; `did` may be any name then"
    )


class ExchangeSettings(_Table):
    """How contracts are decided."""

    behaviour: str = Field(
        default="",
        pattern=r"^([A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*)?$",
        description="`package.module:function` that decides what follows a message; default: the node's rule",
    )
    approval: Literal["by-rule", "by-hand"] = Field(
        default="by-rule", description="`by-hand`: a person agrees to each request for a contract (`ionport approval`)"
    )
    only_accepted_policies: bool = Field(
        default=False, description="ask for contracts only under policies of the accept-list (`ionport policy accept`)"
    )
    receipt_within: int = Field(
        default=86400, ge=1, le=31_536_000, description="seconds that a partner has for its deletion receipt"
    )
    policy_profile: Literal["", "catena-x", "open"] = Field(
        default="", description="which policies are accepted; default: catena-x, open with the mock identity"
    )


_Scheme = Literal["https", "http"]
_Networks = Annotated[list[str], AfterValidator(_networks)]


class ExportSettings(_Table):
    """Export control."""

    required: bool = Field(default=False, description="what has no export profile is neither offered nor delivered")
    rule_sets: list[str] = Field(default=[], description="files with further rule sets, relative to this file")


class AuditSettings(_Table):
    """Who else keeps what the audit log says of contracts."""

    clearing_house: str = Field(
        default="",
        pattern=r"^([!-~]{1,2048})?$",
        description="DID of a third node that gets signed entries; empty: none",
    )
    is_clearing_house: bool = Field(default=False, description="take signed entries of participants, and compare them")


class EgressSettings(_Table):
    """Whom this node may call. Addresses that partners name are one matter, those of own back ends another."""

    schemes: list[_Scheme] = Field(default=["https"], description="schemes of addresses that partners name")
    hosts: list[str] = Field(default=[], description="hosts that partners may name, as *.example.com; empty: any")
    private: _Networks = Field(default=[], description="private ranges that partners may name, as 10.1.0.0/16")
    backend_schemes: list[_Scheme] = Field(
        default=["https", "http"], description="schemes of data and callback addresses that own users name"
    )
    backend_hosts: list[str] = Field(default=[], description="hosts that own users may name; empty: any")
    backend_private: _Networks = Field(default=[], description="private ranges that own users may name")

    @property
    def backends(self) -> dict[str, list[str]]:
        """The rule for what own users name, as `Egress` takes it."""
        return {"schemes": [*self.backend_schemes], "hosts": self.backend_hosts, "private": self.backend_private}


class PassportSettings(_Table):
    """How passports are built, and what the templates demand and a payload does not say."""

    profile: Literal["idta", "catena-x"] = Field(
        default="idta", description="whose semantic ids come first: the templates' or those of CX-0160"
    )
    strictness: Literal["draft", "catena-x", "regulatory"] = Field(
        default="catena-x", description="what a passport must hold before it is published"
    )
    templates: list[str] = Field(
        default=[], description="versions of templates, as 4=1.0.0 for part 4; default: the newest"
    )
    manufacturer_name: str = Field(default="", description="name of the company")
    manufacturer_street: str = Field(default="", description="its street and number")
    manufacturer_zipcode: str = Field(default="", description="its postal code")
    manufacturer_city: str = Field(default="", description="its town")
    manufacturer_country: str = Field(default="", pattern=r"^([A-Z]{2})?$", description="ISO 3166-1 alpha-2")
    manufacturer_phone: str = Field(default="", description="its telephone number")
    manufacturer_email: str = Field(default="", description="its e-mail address")
    manufacturer_website: str = Field(default="", description="its web address")
    facility_bpns: str = Field(
        default="", pattern=r"^(BPNS[0-9A-Z]{12})?$", description="site where batteries are made"
    )
    operator_id: str = Field(default="", description="identifier of the economic operator")
    language: str = Field(default="en", description="language of the payloads' texts (BCP 47)")
    functional_unit: str = Field(default="kWh", min_length=1, description="what a carbon footprint is counted for")
    functional_quantity: Decimal = Field(default=Decimal(1), gt=0, description="how much of that unit")
    recycled_share: Literal["PostConsumerShare", "PreConsumerShare"] = Field(
        default="PostConsumerShare", description="as what the undivided recycled content of a payload is declared"
    )

    @property
    def context(self) -> dict[str, Any]:
        """The company's part of a passport's context; empty members are left out."""
        members = self.model_dump(exclude={"profile", "strictness", "templates"})
        parts = {name: members.pop(f"manufacturer_{name}") for name in _ADDRESS}
        address = parts if all(parts[name] for name in _ADDRESS[:4]) else None
        return {name: value for name, value in {**members, "manufacturer_address": address}.items() if value}


_ADDRESS = ("street", "zipcode", "city", "country", "phone", "email", "website")
"""Parts of the manufacturer's address; the first four are needed for there to be one."""


class FederationSettings(_Table):
    """Whose catalogs are looked at, for the federated catalogue."""

    participants: list[str] = Field(default=[], description="DIDs of participants whose catalogs are looked at")
    every: int = Field(default=3600, ge=0, le=604800, description="seconds between two looks; 0: only when asked")


class IssuerSettings(_Table):
    """Present only at a trust anchor: it may issue and revoke credentials."""

    valid_days: int = Field(default=365, ge=1, le=3650)


class AasSettings(_Table):
    """How Asset Administration Shells are served."""

    scalar: Literal["named", "bare"] = Field(
        default="named", description='how one value is answered: {"Mass": 450.0}, or 450.0; `?scalar=` asks for either'
    )
    datasets: Literal["per-passport", "per-submodel-type"] = Field(
        default="per-passport", description="what a published passport puts on offer"
    )
    visible_to: list[str] = Field(
        default=[], description="BPNs (or PUBLIC_READABLE) that see new passports in the registry"
    )
    package_bytes: int = Field(
        default=2 * 1024 * 1024 * 1024, ge=1024, description="largest AASX package, as sent and as unpacked"
    )


class LimitSettings(_Table):
    """Bounds on what callers may send."""

    body_bytes: int = Field(default=16 * 1024 * 1024, ge=1024, description="largest request body in bytes")
    depth: int = Field(default=64, ge=8, le=1000, description="deepest nesting of a JSON body")
    requests_per_second: float = Field(default=200.0, gt=0, description="sustained rate per caller address")
    burst: int = Field(default=1000, ge=1, description="requests that a caller may send at once")


class RegionSettings(_Table):
    """The regional platform behind this node, and the identities there that the bridge uses."""

    address: str = Field(default="", description="base URL of the platform; default: the stand-in of this node")
    operator_account: str = Field(default="", description="the bridge's account there")
    api_key_env: str = Field(default="IONPORT_REGION_API_KEY", description="environment variable with the API key")
    password_env: str = Field(default="IONPORT_REGION_PASSWORD", description="environment variable with the password")
    secrets_file: str = Field(
        default="region.secrets", description="file with both, used where the environment has none"
    )
    longest_poll: float = Field(
        default=30.0, ge=1, le=3600, description="longest pause in seconds between two looks at the platform"
    )
    response_days: int = Field(
        default=30, ge=1, le=365, description="days until an answer is due that is asked for on the platform"
    )


class FootprintSettings(_Table):
    """How requests of partners for product carbon footprints are answered."""

    answers: Literal["rule", "person"] = Field(
        default="rule",
        description="whoever holds the contract gets a stored footprint at once, or a person accepts each request",
    )
    answer_days: int = Field(
        default=28, ge=1, le=365, description="days within which a partner's request is to be answered"
    )


class PactSettings(_Table):
    """The PACT facade: what happens to requests that no footprint on offer answers."""

    unknown_products: Literal["reject", "keep"] = Field(
        default="reject",
        description="a request for products without a footprint on offer: reject at once, or keep for a person",
    )


class Settings(_Table):
    """The whole file."""

    node: NodeSettings
    public: ListenerSettings
    management: ListenerSettings
    region_listener: ListenerSettings | None = None
    store: StoreSettings = StoreSettings()
    identity: IdentitySettings = IdentitySettings()
    exchange: ExchangeSettings = ExchangeSettings()
    export: ExportSettings = ExportSettings()
    audit: AuditSettings = AuditSettings()
    egress: EgressSettings = EgressSettings()
    federation: FederationSettings = FederationSettings()
    passports: PassportSettings = PassportSettings()
    issuer: IssuerSettings | None = None
    aas: AasSettings = AasSettings()
    limits: LimitSettings = LimitSettings()
    region: RegionSettings | None = None
    pact_listener: ListenerSettings | None = None
    pact: PactSettings = PactSettings()
    footprints: FootprintSettings = FootprintSettings()
    partners: dict[str, str] = Field(default={}, description="DID -> BPN of partners, where no credential says it")
    folder: Path = Field(default=Path(), exclude=True)

    def path(self, name: str) -> Path:
        """`name` relative to the folder of the configuration file."""
        return self.folder / name

    @property
    def certificates(self) -> list[str]:
        """The certificate files of the listeners."""
        listeners = (self.public, self.management, self.region_listener, self.pact_listener)
        return [each.certificate for each in listeners if each is not None and each.certificate]

    @property
    def store_url(self) -> str:
        """The store's SQLAlchemy URL."""
        return self.store.url or f"sqlite:///{self.path('ionport.sqlite')}"

    @property
    def policy_profile(self) -> Literal["catena-x", "open"]:
        """The rules that policies are held to."""
        is_open = self.exchange.policy_profile == "open" or (
            not self.exchange.policy_profile and self.identity.unsafe_mock_identity
        )
        return "open" if is_open else "catena-x"

    @property
    def dsp_url(self) -> str:
        """The base of the protocol's endpoints."""
        return f"{self.public.url}/dsp/2025-1"


def load(path: Path) -> Settings:
    """Read a configuration file (or the one in a folder). Raises Invalid (`settings/...`), one finding a mistake."""
    file = path
    try:
        file = path / FILE_NAME if path.is_dir() else path
        document = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise Invalid("settings/missing", f"there is no {file}: `ionport init` makes one") from None
    except OSError as error:
        raise Invalid("settings/unreadable", f"{file} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid("settings/syntax", f"{file}: {error}") from None
    return read({**_with_environment(document), "folder": file.resolve().parent}, str(file))


def read(document: dict[str, Any], name: str = FILE_NAME) -> Settings:
    """Check a configuration document."""
    try:
        settings = Settings.model_validate(document)
        findings = [*_participants(settings), *_region(settings), *_address(settings.passports)]
    except ValidationError as error:
        findings = [_finding(item) for item in error.errors()]
    if findings:
        lines = "; ".join(f"{finding.pointer.strip('/').replace('/', '.')}: {finding.message}" for finding in findings)
        raise Invalid("settings/invalid", f"{name}: {lines}", findings=findings)
    return settings


def _participants(settings: Settings) -> Iterator[Finding]:
    """Participants are DIDs, our own a did:web whose document is served here; with the mock identity they are names.

    The document is served at `/<name>/did.json`, perhaps behind a front with a path of its own.
    """
    if settings.identity.unsafe_mock_identity:
        return
    did, name = settings.node.did, settings.node.name
    if not _DID_WEB.fullmatch(did):
        yield Finding(
            "settings/value", f"the participant must be a did:web, as {_DID_WEB.pattern}", "/node/did", found=did
        )
    elif did.split(":")[3:][-1:] != [name]:
        message = f"the DID must end in :{name}, so that it leads to /{name}/did.json"
        yield Finding("settings/value", message, "/node/did", found=did)
    for partner in settings.partners:
        if not partner.startswith("did:"):
            yield Finding("settings/value", f"{partner!r} is not a DID", "/partners", found=partner)


def _address(settings: PassportSettings) -> Iterator[Finding]:
    """An address of the manufacturer is whole or not there."""
    given = [name for name in _ADDRESS if getattr(settings, f"manufacturer_{name}")]
    for name in _ADDRESS[:4] if given else ():
        if name not in given:
            message = f"an address of the manufacturer needs its {name} (given: {', '.join(given)})"
            yield Finding("settings/value", message, f"/passports/manufacturer_{name}")


def _region(settings: Settings) -> Iterator[Finding]:
    """A bridge needs another bank: the platform's address, or the stand-in of this node."""
    if settings.node.profile != "ouranos" or settings.region_listener is not None:
        return
    if settings.region is None or not settings.region.address:
        message = "the profile ouranos needs region.address (the platform), or a table [region_listener] (its stand-in)"
        yield Finding("settings/value", message, "/region/address")


def _with_environment(document: dict[str, Any]) -> dict[str, Any]:
    """`IONPORT_NODE__LOG_LEVEL=debug` sets `node.log_level`, and so for every key of a table; a list by commas."""
    changed = {key: dict(value) if isinstance(value, dict) else value for key, value in document.items()}
    for variable, value in os.environ.items():
        table, separator, key = variable.removeprefix(ENVIRONMENT_PREFIX).lower().partition("__")
        if variable.startswith(ENVIRONMENT_PREFIX) and separator and isinstance(changed.setdefault(table, {}), dict):
            changed[table][key] = _listed(value) if (table, key) in _LISTS else value
    return changed


_LISTS = frozenset({("public", "bind"), ("management", "bind"), ("region_listener", "bind")}) | {
    ("identity", "trusted_issuers"),
    ("federation", "participants"),
    *(("egress", name) for name in EgressSettings.model_fields),
    ("passports", "templates"),
    ("aas", "visible_to"),
}


def _listed(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _finding(item: Any) -> Finding:
    pointer = "".join(f"/{step}" for step in item["loc"])
    if item["type"] != "extra_forbidden":
        return Finding("settings/value", str(item["msg"]), pointer, found=str(item.get("input"))[:100])
    nearest = difflib.get_close_matches(str(item["loc"][-1]), _keys(item["loc"][:-1]), n=1, cutoff=0.4)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else f"; known here: {', '.join(_keys(item['loc'][:-1]))}"
    return Finding("settings/unknown-key", f"there is no such key{hint}", pointer)


def _keys(table: tuple[Any, ...]) -> list[str]:
    model: Any = Settings
    for step in table:
        annotation = model.model_fields[step].annotation
        model = next(
            (arm for arm in getattr(annotation, "__args__", (annotation,)) if hasattr(arm, "model_fields")), None
        )
        if model is None:
            return []
    return [key for key in model.model_fields if key != "folder"]
