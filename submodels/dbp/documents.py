"""The DOC rule: each DocumentEntity of 4.0.0 becomes one document of part 2, and the other parts point to it by id.

4.0.0 gives a document no id, so a URL is its own id and other content is named by its digest; equal content is one
document, however often the payload repeats it.
"""

from __future__ import annotations

from typing import Any

from connector.notation.digests import digest_bytes
from submodels.aas.lexical import NotLexical, is_xml_text
from submodels.aas.lexical import is_link as is_web_address
from submodels.dbp.site import Document, Site

MAX_LINK = 2000  # AAS Part 1 V3.0, PathType
CLASSIFICATION_SYSTEM = "VDI2770:2020"
CATEGORY_SYSTEM = "urn:samm:io.catenax.battery.battery_pass:4.0.0"
"""The second classification: the category that the payload itself gives."""
OTHER_CLASS = "02-01"
CLASSES = {
    "01-01": "Identification",
    "02-01": "Technical specification",
    "02-04": "Certificates, declarations",
    "03-02": "Operation",
    "03-03": "General safety",
    "03-04": "Inspection, maintenance, testing",
    "03-05": "Repair",
    "03-06": "Spare parts",
    "04-01": "Contract documents",
}
# Category of 4.0.0 -> class of VDI 2770. The choice is ours: neither standard gives one.
CLASS_OF_CATEGORY = {
    "Product Specifications": "02-01",
    "Manufacturer Information": "01-01",
    "User Manuals and Guides": "03-02",
    "Certifications and Compliance": "02-04",
    "Product Images and Videos": "02-01",
    "Warranty Information": "04-01",
    "Reviews and Ratings": "02-01",
    "Product Variations": "02-01",
    "Supply Chain Information": "02-04",
    "Environmental Impact": "02-04",
    "Compatibility and Accessories": "03-06",
    "FAQs and Support": "03-02",
    "Purchase and Retail Information": "04-01",
    "Privacy and Data Handling": "04-01",
    "Third-Party Integrations": "02-01",
    "Legal Information": "04-01",
    "Safety Information": "03-03",
    "Repair and Installation": "03-05",
    "Waste Generation and Prevention": "03-04",
    "Specific Voluntary Labels": "02-04",
    "Product Packaging": "02-01",
    "Return and Disposal": "03-04",
    "End of Life": "03-04",
    "Material and Substance Information": "02-01",
    "Technical Documentation": "02-01",
    "Other": OTHER_CLASS,
}
# What 4.0.0 calls a document's type -> MIME type; a link to a PDF is one, whatever its type says.
CONTENT_TYPES = {"PDF": "application/pdf", "URL": "text/html", "Other": "application/octet-stream"}

# Documents that no other part points to: registered for part 2 only.
SOURCES = (
    "sources[]",
    "chemicalMaterial.activeMaterials.{nickel,lithium,cobalt,lead}.left.supportingDocument[]",
    "chemicalMaterial.activeMaterials.otherMaterials.left[].supportingDocument[]",
    "chemicalMaterial.otherMaterials.left[].supportingDocument[]",
    "chemicalMaterial.hazardousSubstance.{lead,cadmium,mercury}.left.supportingDocument[]",
    "chemicalMaterial.hazardousSubstance.other.left[].supportingDocument[]",
    "circularity.documents.impactOfSubstances[]",
    "circularity.documents.euTaxonomyDisclosureStatement[]",
    "circularity.documents.sustainabilityReport[]",
    "performance.rated.performanceDocument[]",
    "performance.rated.testReport[]",
    "performance.rated.lifetime.report[]",
    "performance.dynamic.operatingEnvironment[]",
    "performance.dynamic.performanceDocument[]",
    "conformity.thirdPartyAssurance[]",
    "conformity.dueDiligencePolicy[]",
    "safety.usableExtinguishAgent[].document[]",
    "safety.meaningOfLabels[]",
)


def document(value: Any, site: Site) -> str:
    """Register a DocumentEntity and give the identifier to point to it."""
    return _register(value, site, "")


def declaration(value: Any, site: Site) -> str:
    """The same for a declaration of conformity: the first has the id that the payload declares."""
    conformity = site.scene.payload.get("conformity")
    declared = conformity.get("declarationOfConformityId") if isinstance(conformity, dict) else None
    is_first = site.found.pointer.endswith("/0")
    return _register(value, site, declared if is_first and isinstance(declared, str) else "")


def declaration_link(value: Any, site: Site) -> str | None:
    """A footprint's public declaration, which 4.0.0 gives as bare link or text."""
    if not isinstance(value, str):
        raise NotLexical(f"a link was wanted, {type(value).__name__} was found")
    entity = {"content": value, "header": "Carbon footprint declaration", "category": "Environmental Impact"}
    return _register({**entity, "type": "URL"}, site, "") if value else None


def link_file(value: Any, site: Site) -> dict[str, str] | None:
    """A link as File value."""
    if isinstance(value, str) and is_link(value):
        return {"value": value, "contentType": content_type("URL", value)}
    site.note("not-a-link", "A link was wanted; what is found stays out.", found=str(value)[:100])
    return None


def is_link(content: str) -> bool:
    """Whether `content` is an absolute web address that File.value can carry."""
    return len(content) <= MAX_LINK and is_web_address(content)


def content_type(kind: str, content: str) -> str:
    """The MIME type of a document."""
    path = content.partition("?")[0].partition("#")[0]
    return CONTENT_TYPES["PDF"] if path.lower().endswith(".pdf") else CONTENT_TYPES.get(kind, CONTENT_TYPES["Other"])


def as_value(registered: Document, site: Site) -> dict[str, Any]:
    """A registered document as part 2 has it; what 4.0.0 does not say is assumed (see `ASSUMED`)."""
    context = site.context
    class_id = CLASS_OF_CATEGORY.get(registered.category, OTHER_CLASS)
    domain = context.manufacturer_bpnl or context.manufacturer_name or context.asset_id
    classes = [{"ClassName": CLASSES[class_id], "ClassId": class_id, "ClassificationSystem": CLASSIFICATION_SYSTEM}]
    if registered.category:
        named = {"ClassName": registered.category, "ClassId": registered.category}
        classes.append({**named, "ClassificationSystem": CATEGORY_SYSTEM})
    return {
        "DocumentClassifications": classes,
        "DocumentIds": [
            {"DocumentDomainId": domain, "DocumentIdentifier": registered.identifier, "DocumentIsPrimary": True}
        ],
        "DocumentVersions": [
            {"Language": [context.language], "Title": registered.title, "DigitalFiles": _files(registered, site)}
        ],
    }


ASSUMED = (
    "BatteryPass 4.0.0 gives documents no id, class, language or domain: ids are links or digests, classes come from "
    "our table of categories, language and domain from the configuration."
)


def _files(registered: Document, site: Site) -> list[dict[str, str]]:
    kind = content_type(registered.kind, registered.content)
    if is_link(registered.content):
        return [{"value": registered.content, "contentType": kind}]
    site.note("not-a-link", "The content is no absolute web address: the File names its type only.")
    return [{"contentType": kind}]


def _register(value: Any, site: Site, declared: str) -> str:
    if not isinstance(value, dict):
        raise NotLexical(f"a document was wanted, {type(value).__name__} was found")
    content = _member(value, "content")
    if not content:
        raise NotLexical("the document has no content")
    documents = site.scene.documents
    if content not in documents:
        title = _member(value, "header") or content[:100]
        pointer, identifier = site.found.pointer, declared or identifier_of(content)
        category, kind = _member(value, "category"), _member(value, "type")
        documents[content] = Document(identifier, title, category, kind, content, pointer)
        if _kind_back(content_type(kind, content)) != kind:
            site.note("derived", "The link's ending says what the document is, not its type.", "info", found=kind)
    elif documents[content].pointer != site.found.pointer:
        _tell_repeated(value, documents[content], site)
    return documents[content].identifier


def _kind_back(mime: str) -> str:
    return next((kind for kind, known in CONTENT_TYPES.items() if known == mime), "Other")


def _tell_repeated(value: dict[str, Any], known: Document, site: Site) -> None:
    """Equal content is one document: tell where that leaves something out."""
    own = (_member(value, "header") or known.content[:100], _member(value, "category"), _member(value, "type"))
    is_same = own == (known.title, known.category, known.kind)
    if not is_same or site.target.startswith("IDTA 02035-2"):
        message = f"Part 2 has this document once, as it stands at {known.pointer}."
        site.note("repeated-document", message, "info")


def identifier_of(content: str) -> str:
    """The identifier of a document that is given none: its address, or the digest of its content."""
    return content if is_link(content) else digest_bytes(content.encode("utf-8", "surrogatepass"))


def _member(value: dict[str, Any], name: str) -> str:
    member = value.get(name, "")
    if not isinstance(member, str):
        raise NotLexical(f"its {name} is {type(member).__name__}, a text was wanted")
    if not is_xml_text(member):
        raise NotLexical(f"its {name} contains a character that XML 1.0 forbids")
    return member
