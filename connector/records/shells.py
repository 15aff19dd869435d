"""What a node keeps of Asset Administration Shells beside passports: who finds and sees which, and what is hosted."""

from __future__ import annotations

from datetime import datetime

from connector.records.collection import Collection, Record


class AssetLink(Record, kw_only=True):
    """A name by which a shell is found (globalAssetId, manufacturerPartId, ...); `readers` are those who may use it."""

    unit_id: str
    name: str
    value: str
    readers: list[str] = []


class ShellReader(Record, kw_only=True):
    """Who may see a shell: `subject` is a BPN, or PUBLIC_READABLE; `id` is `<unit id> <subject>`."""

    unit_id: str
    subject: str


class HostedShell(Record, kw_only=True):
    """A shell that its owner put here as it is; `id` is `~<uuid>`, so that it sorts behind every passport.

    `shell` is its JSON text, `submodels` lists the ids of those that it refers to.
    """

    shell_id: str
    global_asset_id: str = ""
    id_short: str = ""
    shell: str
    submodels: list[dict[str, str]] = []
    created_at: datetime
    updated_at: datetime


class RegisteredShell(Record, kw_only=True):
    """A shell that stands elsewhere, as its owner described it; `id` is `~~<uuid>`: behind every hosted shell.

    `descriptor` is the JSON text that was given, `shell` what it says of the shell itself, in the form of Part 1.
    """

    shell_id: str
    shell: str
    descriptor: str
    created_at: datetime
    updated_at: datetime


class ShellPart(Record, kw_only=True):
    """That a hosted shell refers to a submodel; `id` is `<unit id> <n>`."""

    unit_id: str
    submodel_id: str


class HostedFile(Record, kw_only=True):
    """A file of a hosted shell or submodel; `id` is `<unit id> <name>`, the bytes lie with the AAS files."""

    owner: str
    name: str
    media_type: str
    digest: str
    size: int


class SubmodelMeaning(Record, kw_only=True):
    """What a hosted submodel means (semanticId and its supplements); `id` is `<submodel's record id> <n>`."""

    submodel: str
    value: str


class Concept(Record, kw_only=True):
    """A ConceptDescription; `id` is its identifier, `document` its JSON text."""

    id_short: str = ""
    document: str
    created_at: datetime


ASSET_LINKS = Collection("asset_link", AssetLink, index=("unit_id", "name", "value"), paged=(("name", "value"),))
SHELL_READERS = Collection("shell_reader", ShellReader, index=("unit_id", "subject"), paged=(("subject",),))
HOSTED_SHELLS = Collection(
    "hosted_shell",
    HostedShell,
    index=("shell_id", "global_asset_id", "id_short", "created_at"),
    unique=("shell_id",),
)
REGISTERED_SHELLS = Collection(
    "registered_shell", RegisteredShell, index=("shell_id", "created_at"), unique=("shell_id",)
)
SHELL_PARTS = Collection("shell_part", ShellPart, index=("unit_id", "submodel_id"))
HOSTED_FILES = Collection("hosted_file", HostedFile, index=("owner", "digest"))
SUBMODEL_MEANINGS = Collection("submodel_meaning", SubmodelMeaning, index=("submodel", "value"), paged=(("value",),))
CONCEPTS = Collection("concept", Concept, index=("id_short", "created_at"))
