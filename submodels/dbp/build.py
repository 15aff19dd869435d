"""Build the seven submodels of a battery passport and its shell out of one BatteryPass 4.0.0 payload."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connector.notation.findings import Finding
from connector.notation.problems import Invalid
from submodels.aas import environment as aas
from submodels.aas.lexical import NotLexical, is_xml_text
from submodels.dbp import documents, tree
from submodels.dbp.context import MAX_ID, PassportContext
from submodels.dbp.edition import SEVEN, Edition
from submodels.dbp.homeless import tell_homeless
from submodels.dbp.instances import Builder, reference
from submodels.dbp.law.completeness import with_kind
from submodels.dbp.mapping import Row
from submodels.dbp.parts import Part
from submodels.dbp.paths import Found, Misshapen, resolve
from submodels.dbp.site import Scene, Site
from submodels.dbp.tree import Tree

if TYPE_CHECKING:
    from aas_core3 import types

_PLACE = re.compile(r"/[0-9]+(?=/|$)")
MAX_VERSION = 9999  # AAS Part 1 V3.0, VersionType: at most four digits
SHELL_ID_SHORT = "BatteryPassport"
# Names of specific asset ids as CX-0160 and the Industry Core have them <- key of identification.localIdentifier.
ASSET_ID_NAMES = {"partInstanceId": "PartInstanceId", "batchId": "BatchId", "modelId": "ModelId"}


@dataclass(frozen=True, slots=True)
class BuiltPassport:
    """The result: the submodels in the order of their parts, the shell that refers to them, what was noticed.

    `rows` are the rows of the mapping table that gave a value. Findings point into the payload; `source` names the
    target (`IDTA 02035-4 GeneralInformation.BatteryMass`).
    """

    shell: types.AssetAdministrationShell
    submodels: tuple[types.Submodel, ...]
    findings: tuple[Finding, ...]
    rows: tuple[Row, ...]

    def submodel(self, id_short: str) -> types.Submodel:
        """The submodel of that idShort (`parts.BY_ID_SHORT`); KeyError where there is none."""
        return {submodel.id_short or "": submodel for submodel in self.submodels}[id_short]


def build(payload: dict[str, Any], *, context: PassportContext, edition: Edition = SEVEN) -> BuiltPassport:
    """Map `payload` (amounts as Decimal, see exact_json) by the mapping table, to the parts of `edition`.

    Whatever the payload lacks or has in the wrong shape becomes a finding: `dbp/mandatory-missing`, `dbp/value`,
    `dbp/shape`, `dbp/assumed`, `dbp/derived`, `dbp/meaning`, ... Raises Invalid for a payload that is no object
    (`dbp/payload`) or a context without usable asset id (`dbp/asset-id`).
    """
    if not isinstance(payload, dict):
        raise Invalid("dbp/payload", f"a BatteryPass payload is a JSON object, {type(payload).__name__} was found")
    parts = {part.number: part for part in edition.parts}
    scene = Scene(payload, context.checked(), tuple(part.ids(edition.profile)[0] for part in edition.parts[:7]))
    trees: dict[int, Tree] = {number: {} for number in parts}
    used = tuple(row for row in edition.rows if _apply(row, parts[row.part], scene, trees[row.part]))
    _fill_documents(scene, trees[2])
    _tell_passed(scene)
    tell_homeless(scene, with_metadata=edition.with_metadata)
    submodels = tuple(_submodel(part, part.ids(edition.profile), trees[part.number], scene) for part in parts.values())
    shell = _shell(submodels, scene)
    return BuiltPassport(shell, submodels, tuple(with_kind(finding) for finding in scene.findings), used)


def environment_of(built: BuiltPassport) -> types.Environment:
    """Shell and submodels as one AAS environment."""
    return aas.environment([built.shell], built.submodels)


def submodel_id(asset_id: str, part: Part) -> str:
    """The id of an instance: UUID v5 of asset and part, the same for every version of the passport."""
    return _derived_id(asset_id, part.id_short)


def shell_id(asset_id: str) -> str:
    """The id of the shell, likewise."""
    return _derived_id(asset_id, SHELL_ID_SHORT)


def _derived_id(asset_id: str, name: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{asset_id}#{name}").urn


def _apply(row: Row, part: Part, scene: Scene, part_tree: Tree) -> bool:
    """Take every value of one row to its target; whether any arrived."""
    told: set[str] = set()
    is_used = False
    for found in _sources(row, scene):
        site = Site(scene, found, f"{part.standard} {row.target}")
        if _take(row, part, site, part_tree):
            scene.used.add(found.pointer)
            is_used = True
            if row.finding and (kind := _PLACE.sub("/-", found.pointer)) not in told:
                told.add(kind)
                site.note(row.finding, row.note, row.severity)
    return is_used


def _tell_passed(scene: Scene) -> None:
    """Values whose one target had another value already, and which stand nowhere else."""
    for pointer, site in scene.passed.items():
        if pointer and pointer not in scene.used and site.found.value not in ("", None):
            site.note("left-out", "The target takes one value, and has another already.", "info")


def _sources(row: Row, scene: Scene) -> list[Found]:
    if row.source.startswith("context."):
        reached = resolve(scene.settings, row.source, scene.configured)
        found = [one for one in reached if isinstance(one, Found)]
        return [Found(each.value, "") for each in found]
    values = []
    for place in resolve(scene.payload, row.source, scene.known):
        if isinstance(place, Found):
            values.append(place)
        else:
            _tell_shape(place, scene)
    return values


def _tell_shape(place: Misshapen, scene: Scene) -> None:
    if ("shape", place.pointer) not in scene.memory:
        scene.memory["shape", place.pointer] = place
        message = f"Here {place.wanted} was wanted, {place.found} was found; nothing below it is mapped."
        scene.findings.append(
            Finding(
                "dbp/shape", message, place.pointer, wanted=place.wanted, found=place.found, source="BatteryPass 4.0.0"
            )
        )


def _take(row: Row, part: Part, site: Site, part_tree: Tree) -> bool:
    element = tree.elements_by_path(part)[row.target]
    if row.part == 2:
        return _converted(row, site, element) is not None
    way = tree.keys(row.target, site.found)
    if row.when and not row.when(site.item, site):
        return False
    if tree.is_set(part_tree, way):
        site.scene.passed.setdefault(site.found.pointer, site)
        return False
    value = _converted(row, site, element)
    if way[-1] == tree.APPEND and value is not None:
        entries = value if isinstance(value, list) else [value]
        nodes = [tree.shaped(entry, element, site) for entry in entries]
        node: Any = [node for node in nodes if node is not None] or None
    else:
        node = tree.shaped(value, element, site)
    if node is None:
        return False
    tree.put(part_tree, way, node)
    return True


def _converted(row: Row, site: Site, element: Any) -> Any:
    try:
        return row.conversion(site.found.value, site)
    except NotLexical as error:
        tree.refuse(error, element, site)
        return None


def _fill_documents(scene: Scene, part_tree: Tree) -> None:
    """Part 2: every document that any row registered, in the order of registration."""
    element = tree.elements_by_path(2)["Documents[]"]
    for document in scene.documents.values():
        site = Site(scene, Found(document.content, document.pointer), "IDTA 02035-2 Documents[]")
        node = tree.shaped(documents.as_value(document, site), element, site)
        tree.put(part_tree, ("Documents", document.pointer), node)
    if scene.documents:
        place = Site(scene, Found(None, ""), "IDTA 02035-2 Documents[]")
        place.note("assumed", documents.ASSUMED, "info")


def _submodel(part: Part, ids: tuple[str, ...], part_tree: Tree, scene: Scene) -> types.Submodel:
    from aas_core3 import types

    builder = Builder(part, scene.context.language)
    elements = builder.members(part.elements, part_tree, "", "")
    scene.findings.extend(builder.findings)
    semantic_id, *supplemental = ids
    return types.Submodel(
        id=submodel_id(scene.context.asset_id, part),
        id_short=part.id_short,
        kind=types.ModellingKind.INSTANCE,
        administration=_administration(scene.context, part.template_id),
        semantic_id=reference(semantic_id),
        supplemental_semantic_ids=[reference(value) for value in supplemental] or None,
        submodel_elements=elements or None,
    )


def _administration(context: PassportContext, template_id: str | None = None) -> types.AdministrativeInformation:
    from aas_core3 import types

    version = str(context.version) if 0 <= context.version <= MAX_VERSION else None
    return types.AdministrativeInformation(version=version, template_id=template_id)


def _shell(submodels: tuple[types.Submodel, ...], scene: Scene) -> types.AssetAdministrationShell:
    from aas_core3 import types

    asset_ids = [types.SpecificAssetID(name, value) for name, value in _asset_ids(scene).items()]
    information = types.AssetInformation(
        types.AssetKind.INSTANCE, global_asset_id=scene.context.asset_id, specific_asset_ids=asset_ids or None
    )
    return types.AssetAdministrationShell(
        id=shell_id(scene.context.asset_id),
        id_short=SHELL_ID_SHORT,
        asset_information=information,
        administration=_administration(scene.context),
        submodels=[reference_to(submodel) for submodel in submodels],
    )


def reference_to(submodel: types.Submodel) -> types.Reference:
    """The reference by which a shell names a submodel."""
    from aas_core3 import types

    key = types.Key(types.KeyTypes.SUBMODEL, submodel.id)
    return types.Reference(types.ReferenceTypes.MODEL_REFERENCE, [key], submodel.semantic_id)


def _asset_ids(scene: Scene) -> dict[str, str]:
    """Specific asset ids by name: what the payload and the configuration identify the battery by."""
    context = scene.context
    configured = {"manufacturerId": context.manufacturer_bpnl, "manufacturerPartId": context.manufacturer_part_id}
    named = {name: _asset_id(Found(value, ""), name, scene) for name, value in configured.items()}
    for name, key in ASSET_ID_NAMES.items():
        for found in resolve(scene.payload, f"identification.localIdentifier[key={key}].value"):
            if isinstance(found, Found) and name not in named:
                named[name] = _asset_id(found, name, scene)
            elif isinstance(found, Found) and found.pointer not in scene.used:
                Site(scene, found, f"specificAssetIds.{name}").note("left-out", "One of each kind has a place.", "info")
    return {name: value for name, value in named.items() if value}


def _asset_id(found: Found, name: str, scene: Scene) -> str:
    value = found.value
    if isinstance(value, str) and len(value) <= MAX_ID and is_xml_text(value):
        return value
    site = Site(scene, found, f"specificAssetIds.{name}")
    site.note("value", f"{name} wants a text of at most {MAX_ID} characters that XML can carry.")
    return ""
