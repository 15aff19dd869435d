"""Models for the generic submodel: ours, published ones where they lie beside the repository, and one of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from submodels.samm.loader import aspects_in, load
from submodels.samm.model import Aspect

REPOSITORY = Path(__file__).resolve().parents[3]
REFERENCE = REPOSITORY / "../shared/reference/samm"
OURS = REPOSITORY / "samm-models"
MADE_UP = REPOSITORY / "tests/submodels/models"
"""Models of no meaning with every data type, collection, constraint, kind of value, inheritance and Either."""

EVERY_KIND = """
@prefix samm: <urn:samm:org.eclipse.esmf.samm:meta-model:2.2.0#> .
@prefix samm-c: <urn:samm:org.eclipse.esmf.samm:characteristic:2.2.0#> .
@prefix samm-e: <urn:samm:org.eclipse.esmf.samm:entity:2.2.0#> .
@prefix unit: <urn:samm:org.eclipse.esmf.samm:unit:2.2.0#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <urn:samm:org.example.kinds:1.2.3#> .
:Kinds a samm:Aspect ; samm:preferredName "Kinds"@en , "종류"@ko ; samm:operations ( :ask ) ; samm:events ( :seen ) ;
  samm:properties ( :text [ samm:property :half ; samm:payloadName "50PercentLife" ] [ samm:property :x ;
  samm:optional true ] [ samm:property :hidden ; samm:notInPayload true ] :amount :whole :day :moment :link :truth
  :words :mass :choice :chosen :state :numbers :tags :objects :wordsList :either :eithers :matrix :tree :series
  [ samm:property :coded ; samm:payloadName "a-b" ] [ samm:property :coded2 ; samm:payloadName "a b" ] ) .
:ask a samm:Operation ; samm:input ( :text :objects ) ; samm:output :text .
:seen a samm:Event ; samm:parameters ( :text ) .
:text a samm:Property ; samm:characteristic [ a samm-c:Trait ; samm-c:baseCharacteristic samm-c:Text ;
  samm-c:constraint [ a samm-c:RegularExpressionConstraint ; samm:value "^[a-z ]+$" ] ,
  [ a samm-c:LengthConstraint ; samm-c:maxValue 20 ] ] ; samm:exampleValue "some text" ;
  samm:description "No English here"@de .
:half a samm:Property ; samm:characteristic :Percent ; samm:exampleValue "12.50"^^xsd:decimal .
:Percent a samm-c:Measurement ; samm:dataType xsd:decimal ; samm-c:unit unit:percent .
:x a samm:Property ; samm:characteristic samm-c:Text .
:hidden a samm:Property ; samm:characteristic samm-c:Text .
:amount a samm:Property ; samm:characteristic [ a samm-c:Trait ;
  samm-c:baseCharacteristic [ a samm:Characteristic ; samm:dataType xsd:double ] ; samm-c:constraint
  [ a samm-c:RangeConstraint ; samm-c:minValue "0.5"^^xsd:double ; samm-c:lowerBoundDefinition samm-c:GREATER_THAN ] ] .
:whole a samm:Property ; samm:characteristic [ a samm:Characteristic ; samm:dataType xsd:byte ] .
:day a samm:Property ; samm:characteristic [ a samm:Characteristic ; samm:dataType xsd:date ] .
:moment a samm:Property ; samm:characteristic [ a samm:Characteristic ; samm:dataType xsd:dateTimeStamp ] .
:link a samm:Property ; samm:characteristic samm-c:ResourcePath .
:truth a samm:Property ; samm:characteristic samm-c:Boolean .
:words a samm:Property ; samm:characteristic samm-c:MultiLanguageText .
:mass a samm:Property ; samm:characteristic [ a samm-c:Enumeration ; samm:dataType samm:curie ;
  samm-c:values ( unit:kilogram unit:gram ) ] .
:choice a samm:Property ; samm:characteristic :Choice ; samm:see <https://example.org/choice> .
:Choice a samm-c:Enumeration ; samm:dataType xsd:string ; samm-c:values ( "a" "b / c" ) .
:chosen a samm:Property ; samm:characteristic :Chosen .
:Chosen a samm-c:Enumeration ; samm:dataType :Level ; samm-c:values ( :low :high ) .
:Level a samm:Entity ; samm:properties ( :whole ) . :low a :Level ; :whole 1 . :high a :Level ; :whole 2 .
:state a samm:Property ; samm:characteristic [ a samm-c:State ; samm:dataType xsd:boolean ;
  samm-c:values ( true false ) ; samm-c:defaultValue true ] .
:numbers a samm:Property ; samm:characteristic [ a samm-c:Trait ; samm-c:baseCharacteristic
  [ a samm-c:List ; samm:dataType xsd:float ] ; samm-c:constraint [ a samm-c:LengthConstraint ; samm-c:minValue 1 ] ] .
:tags a samm:Property ; samm:characteristic :Tags . :Tags a samm-c:Set ; samm-c:elementCharacteristic :Tag .
:Tag a samm-c:Code ; samm:dataType xsd:string .
:objects a samm:Property ; samm:characteristic [ a samm-c:Collection ; samm:dataType :Level ] .
:wordsList a samm:Property ; samm:characteristic [ a samm-c:List ;
  samm-c:elementCharacteristic samm-c:MultiLanguageText ] .
:either a samm:Property ; samm:characteristic :TextOrLevel .
:TextOrLevel a samm-c:Either ; samm-c:left samm-c:Text ; samm-c:right [ a samm-c:List ; samm:dataType :Level ] .
:eithers a samm:Property ; samm:characteristic [ a samm-c:List ; samm-c:elementCharacteristic :TextOrLevel ] .
:matrix a samm:Property ; samm:characteristic [ a samm-c:List ; samm-c:elementCharacteristic
  [ a samm-c:List ; samm:dataType xsd:int ] ] .
:tree a samm:Property ; samm:characteristic :Tree . :Tree a samm-c:SingleEntity ; samm:dataType :Node .
:Node a samm:Entity ; samm:properties ( :text [ samm:property :branches ; samm:optional true ] ) .
:branches a samm:Property ; samm:characteristic [ a samm-c:List ; samm-c:elementCharacteristic :Tree ] .
:series a samm:Property ; samm:characteristic [ a samm-c:TimeSeries ; samm:dataType :Reading ] .
:Reading a samm:Entity ; samm:extends samm-e:TimeSeriesEntity ;
  samm:properties ( [ samm:extends samm-e:value ; samm:characteristic samm-c:Boolean ] ) .
:coded a samm:Property ; samm:characteristic [ a samm-c:StructuredValue ; samm:dataType xsd:string ;
  samm-c:deconstructionRule "(.)-(.)" ; samm-c:elements ( :text "-" :text ) ] .
:coded2 a samm:Property ; samm:characteristic :Tag .
"""


def kinds() -> Aspect:
    return load("urn:samm:org.example.kinds:1.2.3#Kinds", {"kinds.ttl": EVERY_KIND})


def folder(*roots: Path) -> Any:
    """The Turtle texts of `<namespace>:<version>` under the first root that has them."""

    def texts(namespace: str) -> list[tuple[str, str]]:
        name, version = namespace.rsplit(":", 1)
        folders = [root / name / version for root in roots if (root / name / version).is_dir()]
        return [(path.name, path.read_text("utf-8")) for path in sorted(folders[0].glob("*.ttl"))] if folders else []

    return texts


def models() -> Iterator[tuple[str, Aspect]]:
    """Every aspect at hand by name."""
    yield "every kind", kinds()
    for name, roots in (("ours", (OURS,)), ("made up", (MADE_UP,)), ("published", (REFERENCE,))):
        for file in sorted(path for root in roots for path in root.glob("*/*/*.ttl")):
            for urn in aspects_in(file.read_text("utf-8")):
                yield f"{name} {urn.removeprefix('urn:samm:')}", load(urn, folder(*roots))


MODELS = dict(models())


@pytest.fixture(scope="session")
def every_kind() -> Aspect:
    return MODELS["every kind"]


@pytest.fixture(params=MODELS.values(), ids=MODELS.keys())
def aspect(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="session")
def made_up() -> Any:
    """A function that gives one of the made-up models by its URN without `urn:samm:`."""
    return lambda name: MODELS[f"made up {name}"]
